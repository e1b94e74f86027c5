import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import type { Shell } from "@runctl/core/Shell"
import * as Digests from "@runctl/remote/Digests"
import * as Download from "@runctl/remote/Download"
import * as Listing from "@runctl/remote/Listing"
import * as Effect from "effect/Effect"
import * as FS from "node:fs"
import * as Machine from "./Machine.ts"
import { file, sha256 } from "./outputFile.ts"

layer(NodeServices.layer, { excludeTestServices: true })("Download", (it) => {
  it.effect("brings what is really there: names, modes, hard links, many files", () =>
    Effect.gen(function* () {
      const [machine, folder] = [yield* Machine.make(), yield* Machine.temporary]
      const files: Record<string, string> = {
        "a b": "1",
        "new\nline": "2",
        "back\\slash": "3",
        "-dash": "4",
        "日本/x": "5",
        ["l".repeat(140)]: "6",
        empty: "",
        "*?[]$'\"": "7"
      }
      for (let i = 0; i < 700; i++) files[`many/${"x".repeat(80)}${i}`] = `content ${i}`
      Machine.write(`${machine.home}/there`, files)
      FS.chmodSync(`${machine.home}/there/a b`, 0o750)
      FS.linkSync(`${machine.home}/there/a b`, `${machine.home}/there/also`)
      const listing = yield* machine.shell.exec({ script: Listing.script("there", "N", { filesOnly: true }) })
      const wanted = yield* Digests.of(machine.shell, "outputs", "there", Listing.parse(listing.stdout, "N"))
      machine.commands.length = 0
      yield* Download.files(machine.shell, "download", "there", wanted, folder)
      assert.deepStrictEqual(Machine.read(folder), { ...files, also: "1" })
      assert.strictEqual(FS.statSync(`${folder}/a b`).mode & 0o777, 0o750)
      assert.isBelow(machine.commands.length, 10)
    })
  )

  it.effect("notices that a file changed since it was announced", () =>
    Effect.gen(function* () {
      const [machine, folder] = [yield* Machine.make(), yield* Machine.temporary]
      Machine.write(machine.home, { "there/a": "after" })
      const error = yield* Effect.flip(Download.files(machine.shell, "download", "there", [file("a", "befor")], folder))
      assert.strictEqual(error.reason._tag, "DigestMismatch")
      assert.deepStrictEqual(Machine.read(folder), {})
    })
  )

  for (const [name, hidden] of [
    ["shasum", ["sha256sum"]],
    ["openssl", ["sha256sum", "shasum"]],
    ["python3", ["sha256sum", "shasum", "openssl"]]
  ] as const) {
    it.effect(`makes digests with ${name} where there is nothing better`, () =>
      Effect.gen(function* () {
        const machine = yield* Machine.make()
        const names = ["a b", "new\nline", "back\\slash", "日本"]
        Machine.write(`${machine.home}/there`, Object.fromEntries(names.map((each) => [each, each])))
        const without: Shell = {
          ...machine.shell,
          stream: (command) =>
            machine.shell.stream({
              ...command,
              script: "exec sh",
              stdin: `command() { case $2 in ${hidden.join("|")}) return 1 ;; esac; true; }\n${typeof command.stdin === "string" ? command.stdin : ""}`
            })
        }
        const entries = names.map((path) => ({
          path,
          kind: "file" as const,
          bytes: Buffer.byteLength(path),
          mtimeSeconds: 0,
          mode: 0o644
        }))
        const found = yield* Digests.of(without, "outputs", "there", entries)
        assert.deepStrictEqual(
          found.map((each) => each.sha256),
          names.map(sha256)
        )
      })
    )
  }
})
