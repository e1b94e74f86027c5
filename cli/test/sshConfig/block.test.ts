import { assert, describe, it } from "@effect/vitest"
import type { SshTarget } from "@runctl/remote/Ssh"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { lacking } from "../../../test/harness/tools.ts"
import { renderConfig } from "../../src/sshConfig/block.ts"

const plain: SshTarget = {
  host: "10.1.2.3",
  port: 2222,
  user: "ubuntu",
  hostKeyName: undefined,
  hostKey: undefined,
  knownHostsFiles: ["/state/machines/known_hosts"],
  isStrict: false,
  identityFiles: [{ path: "/state/machines/id_ed25519", isExplicit: true }],
  identitiesOnly: true,
  agent: undefined,
  jump: [],
  proxyCommand: undefined,
  keepAliveSeconds: 15,
  keepAliveCount: 3,
  connectSeconds: 10
}

const around = { pinnedKeys: "/state/ssh/known_hosts", agent: "/run/agent" }
const render = (target: Partial<SshTarget>, name = "one") =>
  renderConfig([{ name, target: { ...plain, ...target } }], around)

it("a machine of a cloud is known by its id, whose slashes say nothing to OpenSSH", () => {
  const { blocks } = render({ hostKeyName: "lyceum/lyceum/9918b72c-1dce" })
  assert.match(blocks, /HostKeyAlias "?lyceum\/lyceum\/9918b72c-1dce\b/)
})

it("values that OpenSSH would read as something else are refused, and the others still written", () => {
  const evil: ReadonlyArray<Partial<SshTarget>> = [
    { host: "a\nProxyCommand evil" },
    { host: "-oProxyCommand=evil" },
    { host: "a b" },
    { user: "me\n  ProxyCommand evil" },
    { user: 'a"b' },
    { user: "-x" },
    { user: "$(touch sprung)" },
    { hostKeyName: "a b" },
    { hostKeyName: "/-x" },
    { hostKey: "no key" },
    { hostKey: "ssh-ed25519\nAAAA" },
    { identityFiles: [{ path: "/a\nb", isExplicit: true }] },
    { identityFiles: [{ path: "/a${HOME}", isExplicit: true }] },
    { knownHostsFiles: ['/a"b'] },
    { agent: "/a\\b" },
    { proxyCommand: "nc x 22\n  LocalCommand evil" },
    { jump: [{ ...plain, user: "a b" }] }
  ]
  for (const target of evil) {
    const written = renderConfig(
      [
        { name: "bad", target: { ...plain, ...target } },
        { name: "good", target: plain }
      ],
      around
    )
    assert.deepStrictEqual(written.names, ["good"], JSON.stringify(target))
    assert.strictEqual(written.refused[0]?.name, "bad")
    assert.notInclude(written.blocks, "evil")
    assert.notInclude(written.blocks, "bad")
  }
})

it("a key that the provider told is the only one that OpenSSH accepts", () => {
  const { blocks, pinned } = render({ hostKey: "ssh-ed25519 AAAAC3Nz a comment" })
  assert.strictEqual(pinned, "runctl-one ssh-ed25519 AAAAC3Nz\n")
  assert.include(blocks, "  UserKnownHostsFile /state/ssh/known_hosts\n")
  assert.include(blocks, "  HostKeyAlias runctl-one\n")
})

const missing = lacking("ssh", "-V")
describe.skipIf(missing !== undefined)(`OpenSSH itself${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const asked = (text: string, host: string): ReadonlyMap<string, ReadonlyArray<string>> => {
    const folder = mkdtempSync(join(tmpdir(), "runctl-sshconfig-"))
    try {
      const file = join(folder, "config")
      writeFileSync(file, text, { mode: 0o600 })
      const { status, stderr, stdout } = spawnSync("ssh", ["-G", "-F", file, host], { encoding: "utf8" })
      assert.strictEqual(status, 0, stderr)
      const lines = stdout.split("\n").map((line): readonly [string, string] => {
        const at = line.indexOf(" ")
        return [line.slice(0, at), line.slice(at + 1)]
      })
      return new Map(
        [...Map.groupBy(lines, ([name]) => name)].map(([name, all]) => [name, all.map(([, value]) => value)])
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  const says = (target: Partial<SshTarget>, keyword: string, name = "one", rest = "") =>
    asked(render(target, name).blocks + rest, `runctl-${name}`).get(keyword)

  it("goes where runctl goes, with the same keys", () => {
    const found = asked(render({}).blocks, "runctl-one")
    const one = (name: string) => found.get(name)?.[0]
    assert.strictEqual(one("hostname"), "10.1.2.3")
    assert.strictEqual(one("port"), "2222")
    assert.strictEqual(one("user"), "ubuntu")
    assert.deepStrictEqual(found.get("identityfile"), ["/state/machines/id_ed25519"])
    assert.strictEqual(one("identitiesonly"), "yes")
    assert.strictEqual(one("userknownhostsfile"), "/state/machines/known_hosts")
    assert.match(one("stricthostkeychecking") ?? "", /^(yes|true)$/)
    assert.isUndefined(found.get("proxyjump"))
    assert.isUndefined(found.get("proxycommand"))
  })

  it("reads names with capitals, paths with spaces and percent signs, and addresses of every kind", () => {
    assert.deepStrictEqual(says({}, "hostname", "My.Box_2"), ["10.1.2.3"])
    for (const host of ["example.org", "::1", "fe80::1%eth0"])
      assert.deepStrictEqual(says({ host }, "hostname"), [host])
    const path = "/home/a user's/100%h/key"
    const literal = path.replaceAll("%", "%%")
    assert.include([path, literal], says({ identityFiles: [{ path, isExplicit: true }] }, "identityfile")?.[0])
    assert.include([path, literal], says({ agent: path }, "identityagent")?.[0])
    const files = ["/a b/known", "/c"]
    assert.deepStrictEqual(says({ knownHostsFiles: files }, "userknownhostsfile"), ["/a b/known /c"])
  })

  it("goes through the same hosts, each with its own address, user and key", () => {
    const jump = [
      { ...plain, host: "bastion.example.org", port: 22, user: "gate" },
      { ...plain, host: "10.9.9.9", identityFiles: [{ path: "/keys/inner", isExplicit: true }] }
    ]
    const { blocks } = render({ jump })
    const [way = ""] = asked(blocks, "runctl-one").get("proxyjump") ?? []
    const [first = "", second = ""] = way.split(",")
    assert.deepStrictEqual(asked(blocks, first).get("hostname"), ["bastion.example.org"])
    assert.deepStrictEqual(asked(blocks, first).get("user"), ["gate"])
    assert.deepStrictEqual(asked(blocks, second).get("identityfile"), ["/keys/inner"])
  })

  it("takes no jump and no proxy from the user's own configuration where runctl takes none", () => {
    const rest = "\nHost *\n  ProxyJump elsewhere\n  ProxyCommand nc %h %p\n  User somebody\n"
    const found = asked(render({}).blocks + rest, "runctl-one")
    assert.isUndefined(found.get("proxyjump"))
    assert.isUndefined(found.get("proxycommand"))
    assert.deepStrictEqual(found.get("user"), ["ubuntu"])
  })

  it("runs the same proxy program", () => {
    assert.deepStrictEqual(says({ proxyCommand: "connect --to 'a b' 5%" }, "proxycommand"), ["connect --to 'a b' 5%%"])
  })

  it("uses the agent's keys where runctl does, and no other", () => {
    assert.deepStrictEqual(says({ agent: "/other/agent" }, "identityagent"), ["/other/agent"])
    assert.isUndefined(says({ agent: "/run/agent" }, "identityagent"))
    assert.deepStrictEqual(says({}, "identityagent"), ["none"])
  })
})
