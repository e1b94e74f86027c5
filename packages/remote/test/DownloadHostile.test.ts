import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import type { OutputFile } from "@runctl/core/Job"
import type { Shell, ShellCommand } from "@runctl/core/Shell"
import * as Digests from "@runctl/remote/Digests"
import * as Download from "@runctl/remote/Download"
import * as Transfer from "@runctl/remote/Transfer"
import * as Effect from "effect/Effect"
import * as Tar from "effect/encoding/Tar"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as FS from "node:fs"
import * as Machine from "./Machine.ts"
import { file } from "./outputFile.ts"

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

/** The word by which a script wants to know what is said to it. */
const markOf = (stdin: ShellCommand["stdin"]): string =>
  typeof stdin === "string" ? (/~[a-z0-9]+~/.exec(stdin)?.[0] ?? "") : ""

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

layer(NodeServices.layer, { excludeTestServices: true })("Download from a machine that is not trusted", (it) => {
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

  it.effect("refuses a listing that names a file outside, also when some are left out", () =>
    Effect.gen(function* () {
      const root = yield* Machine.temporary
      const machine: Shell = {
        ...hostile(Stream.empty),
        stream: ({ stdin = "" }) =>
          Stream.make(
            {
              _tag: "Stdout" as const,
              bytes: Buffer.from(`/work${markOf(stdin)}${markOf(stdin)}${markOf(stdin)} 5 1700000000 81a4 ./../evil\n`)
            },
            { _tag: "Exit" as const, exitCode: 0 }
          )
      }
      for (const options of [{}, { exclude: ["*.log"] }]) {
        const error = yield* Effect.flip(Transfer.download(machine, "/work", `${root}/in`, options))
        assert.strictEqual(error.reason._tag, "PathEscapes")
      }
      assert.deepStrictEqual(FS.readdirSync(root), [])
    })
  )

  it.effect("holds no answer in memory that has no end", () =>
    Effect.gen(function* () {
      const piece = Buffer.alloc(4 * 1024 * 1024, "x")
      const machine = hostile(Stream.forever(Stream.succeed(piece)))
      const entry = { path: "a", kind: "file", bytes: 1, mtimeSeconds: 0, mode: 0o644 } as const
      const error = yield* Effect.flip(Digests.of(machine, "download", "/work", [entry]))
      assert.include(error.message, "no end")
    })
  )

  it.effect("does not wait for digests for ever", () =>
    Effect.gen(function* () {
      const entry = { path: "a", kind: "file", bytes: 2_000_000_000, mtimeSeconds: 0, mode: 0o644 } as const
      const waiting = yield* Effect.forkChild(
        Effect.flip(Digests.of(hostile(Stream.never), "download", "/work", [entry]))
      )
      yield* TestClock.adjust("15 minutes")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* Fiber.join(waiting)).reason._tag, "MachineUnreachable")
    }).pipe(Effect.provide(TestClock.layer()))
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
})
