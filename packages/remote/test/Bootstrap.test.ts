import { assert, describe, it } from "@effect/vitest"
import * as Bootstrap from "@runctl/remote/Bootstrap"
import { program } from "@runctl/remote/boot/hostKeyChange"
import { packed } from "@runctl/remote/clocks/packed"
import { script } from "@runctl/remote/clocks/script"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Yaml from "effect/encoding/Yaml"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { which } from "./runner/Variants.ts"

const hostKey: Bootstrap.HostKeyPair = {
  privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n",
  publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHost"
}
const clocks: Bootstrap.BootClocks = {
  deadlineEpochSeconds: 1_800_000_000,
  leftSeconds: 86_400,
  orphanSeconds: 1800,
  graceSeconds: 90,
  holdSeconds: undefined,
  endAction: "poweroff"
}
const request = (change: Partial<Bootstrap.BootRequest> = {}): Bootstrap.BootRequest => ({
  format: "cloud-config",
  maxBytes: 65_536,
  login: "root",
  authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOwner runctl"],
  hostKey,
  clocks,
  ...change
})

const contentOf = (change: Partial<Bootstrap.BootRequest> = {}): string =>
  Result.getOrThrow(Bootstrap.render(request(change))).content

interface CloudConfig {
  readonly bootcmd?: ReadonlyArray<string>
  readonly ssh_deletekeys: boolean
  readonly ssh_pwauth: boolean
  readonly disable_root: boolean
  readonly users: ReadonlyArray<unknown>
  readonly ssh_keys: Readonly<Record<string, string>>
}
const configOf = (content: string): CloudConfig => JSON.parse(content.slice(content.indexOf("\n")))

/** Our own list of top-level keys: `cloud-init schema` lets a word that it does not know pass. */
const known = new Set([
  "bootcmd",
  "disable_root",
  "ssh_deletekeys",
  "ssh_genkeytypes",
  "ssh_keys",
  "ssh_pwauth",
  "users"
])

const inFile = <A>(name: string, text: string, use: (file: string) => A): A => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-boot-"))
  try {
    const file = join(folder, name)
    writeFileSync(file, text)
    return use(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const shapes: ReadonlyArray<Partial<Bootstrap.BootRequest>> = [
  {},
  { login: "ubuntu" },
  { clocks: undefined },
  { clocks: { ...clocks, holdSeconds: 7200, endAction: "echo 'it''s over'\npoweroff" } }
]

describe("what a machine does at boot", () => {
  it("is the same bytes for the same request", () => {
    for (const shape of shapes) assert.strictEqual(contentOf(shape), contentOf(shape))
  })

  it("is cloud-config with nothing in it but keys that cloud-init knows", () => {
    for (const shape of shapes) {
      const content = contentOf(shape)
      assert.isTrue(content.startsWith("#cloud-config\n"))
      assert.deepStrictEqual(
        Object.keys(configOf(content)).filter((key) => !known.has(key)),
        []
      )
    }
  })

  it("shows the given host key alone", () => {
    assert.deepInclude(configOf(contentOf()), {
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey }
    })
  })

  it("lets the owner in as root and makes no other user, or makes a user who may do everything", () => {
    const { authorizedKeys } = request()
    const root = configOf(contentOf())
    assert.strictEqual(root.disable_root, false)
    assert.deepStrictEqual(root.users, [{ name: "root", lock_passwd: false, ssh_authorized_keys: authorizedKeys }])
    const named = configOf(contentOf({ login: "ubuntu" }))
    assert.deepInclude(named, { disable_root: true, ssh_pwauth: false })
    assert.deepInclude(named.users[0], { name: "ubuntu", ssh_authorized_keys: authorizedKeys, lock_passwd: true })
  })

  it("has the whole clocks in it, packed", () => {
    assert.strictEqual(gunzipSync(Buffer.from(packed, "base64")).toString(), script)
    assert.include(configOf(contentOf()).bootcmd?.[0], packed.trim())
    assert.notProperty(configOf(contentOf({ clocks: undefined })), "bootcmd")
  })

  it("fits the smallest user data there is, of 16 KiB", () => {
    for (const format of ["cloud-config", "script"] as const) {
      for (const shape of shapes) assert.isBelow(Buffer.byteLength(contentOf({ ...shape, format })), 16_384)
    }
  })

  it("is refused when the provider carries less, and the error says how much", () => {
    const bytes = Buffer.byteLength(contentOf())
    assert.isTrue(Result.isSuccess(Bootstrap.render(request({ maxBytes: bytes }))))
    const refused = Bootstrap.render(request({ maxBytes: bytes - 1 }))
    assert.isTrue(Result.isFailure(refused))
    if (Result.isFailure(refused)) {
      assert.deepInclude(refused.failure, { _tag: "BootstrapTooLong", bytes, maxBytes: bytes - 1 })
    }
  })

  for (const [what, change] of [
    ["a user's name with a space", { login: "a b" }],
    ["a user's name with a command in it", { login: "$(reboot)" }],
    ["nobody to let in", { authorizedKeys: [] }],
    ["a key of two lines", { authorizedKeys: ["ssh-ed25519 AAAA\nssh-rsa BBBB"] }],
    ["a key with options", { authorizedKeys: ['command="x" ssh-ed25519 AAAA'] }],
    ["a host key that is none", { hostKey: { ...hostKey, privateKey: "' ; reboot" } }],
    ["an empty end action", { clocks: { ...clocks, endAction: " \n" } }],
    ["an end action that would end the script around it", { clocks: { ...clocks, endAction: "RUNCTL_LOGIN_END" } }],
    ["a time that is no number", { clocks: { ...clocks, leftSeconds: Number.NaN } }]
  ] as const satisfies ReadonlyArray<readonly [string, Partial<Bootstrap.BootRequest>]>) {
    it(`is refused for ${what}`, () => {
      const refused = Bootstrap.render(request(change))
      assert.isTrue(Result.isFailure(refused))
      if (Result.isFailure(refused)) assert.strictEqual(refused.failure._tag, "BootstrapRefused")
    })
  }

  it.prop(
    "is YAML that means what was given, whatever the end action says",
    { endAction: Arbitrary.schema(Schema.NonEmptyString), format: Arbitrary.schema(Schema.Literals(["cloud-config"])) },
    ({ endAction, format }) => {
      const rendered = Bootstrap.render(request({ format, clocks: { ...clocks, endAction } }))
      if (Result.isFailure(rendered)) return endAction.trim() === "" || endAction.includes("\0")
      const { content } = rendered.success
      assert.match(content, /^[\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u)
      assert.deepStrictEqual(Yaml.parse(content), configOf(content))
      return true
    }
  )

  it("is YAML also with characters that YAML bears in no other way", () => {
    const endAction = "echo '\u007f\u0085\u009f\u2028\ufeff\uffff \u{1f642} \\ \t'"
    const content = contentOf({ clocks: { ...clocks, endAction } })
    assert.notMatch(content, /[\u007f-\u009f\u2028\ufeff\uffff]/)
    assert.deepStrictEqual(Yaml.parse(content), configOf(content))
    assert.include(configOf(content).bootcmd?.[0], endAction.replaceAll("'", `'\\''`))
  })

  it.prop(
    "hands over the end action to the byte",
    { endAction: Arbitrary.schema(Schema.NonEmptyString) },
    ({ endAction }) => {
      const rendered = Bootstrap.render(request({ format: "script", clocks: { ...clocks, endAction } }))
      if (Result.isFailure(rendered)) return true
      const said = rendered.success.content.split("\n").findIndex((line) => line.startsWith("printf '%s\\n' "))
      const line = rendered.success.content.split("\n").slice(said).join("\n").split(' | sh "$clocks"')[0] ?? ""
      const { stdout } = spawnSync("sh", { input: line, encoding: "utf8" })
      // Lone surrogates are no text that a file can hold.
      assert.strictEqual(stdout, `${Buffer.from(endAction).toString()}\n`)
      return true
    },
    { arbitrary: { runs: 40 } }
  )

  const shellcheck = which("shellcheck")
  it.skipIf(shellcheck === undefined)(
    `is clean for shellcheck${shellcheck === undefined ? " (skipped: it is not here)" : ""}`,
    () => {
      for (const shape of shapes) {
        const texts = [contentOf({ ...shape, format: "script" }), ...(configOf(contentOf(shape)).bootcmd ?? [])]
        for (const text of [...texts, `#!/bin/sh\n${program}`]) {
          const { stdout } = inFile("boot.sh", text, (file) =>
            spawnSync("shellcheck", ["-s", "sh", file], { encoding: "utf8" })
          )
          assert.strictEqual(stdout, "")
        }
      }
    },
    60_000
  )

  const cloudInit = which("cloud-init")
  it.skipIf(cloudInit === undefined)(
    `is valid for cloud-init schema${cloudInit === undefined ? " (skipped: there is no cloud-init here)" : ""}`,
    () => {
      for (const shape of shapes) {
        const { status, stderr } = inFile("user-data", contentOf(shape), (file) =>
          spawnSync("cloud-init", ["schema", "--config-file", file], { encoding: "utf8" })
        )
        assert.strictEqual(status, 0, stderr)
      }
    },
    60_000
  )
})
