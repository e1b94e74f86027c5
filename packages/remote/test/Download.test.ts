import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import type { OutputFile } from "@runctl/core/Job"
import type { Shell } from "@runctl/core/Shell"
import * as Digests from "@runctl/remote/Digests"
import * as Download from "@runctl/remote/Download"
import * as Listing from "@runctl/remote/Listing"
import * as Effect from "effect/Effect"
import * as Tar from "effect/encoding/Tar"
import * as Stream from "effect/Stream"
import * as Crypto from "node:crypto"
import * as FS from "node:fs"
import * as Machine from "./Machine.ts"

const sha256 = (content: string): string => Crypto.createHash("sha256").update(content).digest("hex")

const file = (path: string, content: string, mode = 0o644): OutputFile => ({
  path,
  bytes: Buffer.byteLength(content),
  mode,
  sha256: sha256(content)
})

/** A machine that answers every command with the archive it was given. */
const hostile = (archive: Stream.Stream<Uint8Array>): Shell => ({
  exec: () => Effect.die("not asked"),
  put: () => Effect.die("not asked"),
  get: () => Stream.die("not asked"),
  stream: () =>
    Stream.concat(
      Stream.map(archive, (bytes) => ({ _tag: "Stdout" as const, bytes })),
      Stream.succeed({ _tag: "Exit" as const, exitCode: 0 })
    )
})

const archiveOf = (entries: ReadonlyArray<Tar.Entry>): Stream.Stream<Uint8Array> =>
  Stream.orDie(Stream.pipeThroughChannel(Stream.fromIterable(entries), Tar.encode()))

const evil = "owned"

const device = (path: string, type: "CharDevice" | "Fifo"): Tar.Entry => {
  const entry = Tar.file(path, "")
  return { ...entry, header: { ...entry.header, type, devMajor: 1, devMinor: 3 } }
}

/** What the machine announces, what it sends, and how that ends. */
const attacks: Readonly<
  Record<
    string,
    { readonly wanted: ReadonlyArray<OutputFile>; readonly sent: ReadonlyArray<Tar.Entry>; readonly tag: string }
  >
> = {
  "an announced name with ..": {
    wanted: [file("../evil", evil)],
    sent: [Tar.file("../evil", evil)],
    tag: "PathEscapes"
  },
  "an announced absolute name": {
    wanted: [file("/tmp/evil", evil)],
    sent: [Tar.file("/tmp/evil", evil)],
    tag: "PathEscapes"
  },
  "an announced name with .. inside": { wanted: [file("a/../../evil", evil)], sent: [], tag: "PathEscapes" },
  "an unasked entry with ..": { wanted: [file("a", evil)], sent: [Tar.file("../evil", evil)], tag: "PathEscapes" },
  "an unasked absolute entry": { wanted: [file("a", evil)], sent: [Tar.file("/tmp/evil", evil)], tag: "PathEscapes" },
  "an unasked entry": { wanted: [file("a", evil)], sent: [Tar.file("b", evil)], tag: "DigestMismatch" },
  "a symbolic link instead of a file": {
    wanted: [file("a", evil)],
    sent: [Tar.symlink("a", "/etc/passwd")],
    tag: "PathEscapes"
  },
  "a symbolic link to write through": {
    wanted: [file("a/b", evil)],
    sent: [Tar.symlink("a", ".."), Tar.file("a/b", evil)],
    tag: "PathEscapes"
  },
  "a hard link to a file of this computer": {
    wanted: [file("a", evil)],
    sent: [Tar.hardlink("a", "/etc/passwd")],
    tag: "PathEscapes"
  },
  "a folder instead of a file": { wanted: [file("a", evil)], sent: [Tar.directory("a")], tag: "PathEscapes" },
  "a device": { wanted: [file("a", "")], sent: [device("a", "CharDevice")], tag: "PathEscapes" },
  "a pipe": { wanted: [file("a", "")], sent: [device("a", "Fifo")], tag: "PathEscapes" },
  "a file twice": {
    wanted: [file("a", evil)],
    sent: [Tar.file("a", evil), Tar.file("a", evil)],
    tag: "DigestMismatch"
  },
  "other bytes than announced": { wanted: [file("a", evil)], sent: [Tar.file("a", "OWNED")], tag: "DigestMismatch" },
  "more bytes than announced": { wanted: [file("a", evil)], sent: [Tar.file("a", evil + evil)], tag: "DigestMismatch" },
  "fewer bytes than announced": { wanted: [file("a", evil)], sent: [Tar.file("a", "own")], tag: "DigestMismatch" },
  "nothing at all": { wanted: [file("a", evil)], sent: [], tag: "DigestMismatch" }
}

const look = (folder: string) => ({ inside: Machine.read(folder) })

layer(NodeServices.layer, { excludeTestServices: true })("Download", (it) => {
  for (const [attack, { wanted, sent, tag }] of Object.entries(attacks)) {
    it.effect(`refuses ${attack} and leaves nothing behind`, () =>
      Effect.gen(function* () {
        const outer = yield* Machine.temporary
        Machine.write(outer, { secret: "untouched", "in/": "" })
        const error = yield* Effect.flip(
          Download.files(hostile(archiveOf(sent)), "download", "anywhere", wanted, `${outer}/in`)
        )
        assert.strictEqual(error.reason._tag, tag)
        const { inside } = look(outer)
        assert.deepStrictEqual(
          Object.fromEntries(Object.entries(inside).filter(([name]) => name !== "in/" && name !== "in/a")),
          { secret: "untouched" }
        )
        if (inside["in/a"] !== undefined) assert.strictEqual(inside["in/a"], evil)
      })
    )
  }

  it.effect("refuses what is no archive", () =>
    Effect.gen(function* () {
      const folder = yield* Machine.temporary
      const noise = Stream.make(new Uint8Array(2048).fill(77))
      const error = yield* Effect.flip(Download.files(hostile(noise), "download", "x", [file("a", "a")], folder))
      assert.strictEqual(error.reason._tag, "MachineRefused")
    })
  )

  it.effect("writes through no link that lies in the local folder already, and replaces one in a file's place", () =>
    Effect.gen(function* () {
      const outer = yield* Machine.temporary
      Machine.write(outer, { "elsewhere/keep": "keep", "in/sub": "->../elsewhere", "in/f": "->../elsewhere/keep" })
      const through = Download.files(
        hostile(archiveOf([Tar.file("sub/x", "x")])),
        "download",
        "x",
        [file("sub/x", "x")],
        `${outer}/in`
      )
      assert.strictEqual((yield* Effect.flip(through)).reason._tag, "PathEscapes")
      yield* Download.files(
        hostile(archiveOf([Tar.file("f", "new")])),
        "download",
        "x",
        [file("f", "new")],
        `${outer}/in`
      )
      assert.deepStrictEqual(Machine.read(outer), {
        "elsewhere/keep": "keep",
        "in/sub": "->../elsewhere",
        "in/f": "new"
      })
    })
  )

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
