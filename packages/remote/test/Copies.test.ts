/** Copies of trees with large files among small ones, between folders of this computer. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import type { Shell } from "@runctl/core/Shell"
import * as NodeSha256 from "@runctl/platform-node/NodeSha256"
import * as Transfer from "@runctl/remote/Transfer"
import * as Upload from "@runctl/remote/Upload"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as FS from "node:fs"
import * as Machine from "./Machine.ts"

const megabyte = 1_000_000

/** Bytes that differ everywhere. */
const noise = (seed: number, bytes: number): string => {
  let state = seed
  const words = Array.from({ length: Math.ceil(bytes / 8) }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state.toString(16).padStart(8, "0")
  })
  return words.join("").slice(0, bytes)
}

const tree: Readonly<Record<string, string>> = {
  "a/first.bin": noise(1, 9 * megabyte),
  "a/small": "small",
  "second one.bin": noise(2, 10 * megabyte),
  "third.bin": noise(3, 8.5 * megabyte),
  "new\nline.bin": noise(4, 9 * megabyte),
  "back\\slash": "5",
  empty: ""
}

/** A machine whose scripts begin with some lines of their own. */
const beginning = (shell: Shell, lines: string): Shell => ({
  ...shell,
  exec: (command) => shell.exec({ ...command, script: `${lines}\n${command.script}` })
})

layer(NodeServices.layer, { excludeTestServices: true })("a copy", (it) => {
  for (const [what, lines] of [
    ["on a machine as it is", ""],
    ["with a head that reads too much", 'head() { if [ $# = 2 ]; then command cat; else command head "$@"; fi; }'],
    ["without a tool that reads so many bytes and no more", "head() { command cat; }; dd() { return 1; }"]
  ] as const) {
    it.effect(`brings large and small files whole, up and down, ${what}`, () =>
      Effect.gen(function* () {
        const [machine, local, back] = [yield* Machine.make(), yield* Machine.temporary, yield* Machine.temporary]
        Machine.write(local, tree)
        FS.chmodSync(`${local}/third.bin`, 0o755)
        FS.utimesSync(`${local}/third.bin`, 1_700_000_000, 1_700_000_000)
        const shell = beginning(machine.shell, lines)
        const sent = yield* Upload.upload(shell, local, "there")
        assert.strictEqual(sent.files.length, Object.keys(tree).length)
        assert.isTrue(sent.files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)))
        assert.deepStrictEqual(Machine.read(`${machine.home}/there`), tree)
        const { mode, mtimeMs } = FS.statSync(`${machine.home}/there/third.bin`)
        assert.deepStrictEqual([mode & 0o777, mtimeMs], [0o755, 1_700_000_000_000])
        const brought = yield* Transfer.download(machine.shell, "there", back)
        assert.deepStrictEqual(Machine.read(back), tree)
        assert.deepStrictEqual(
          new Map(brought.files.map(({ path, sha256 }) => [path, sha256])),
          new Map(sent.files.map(({ path, sha256 }) => [path, sha256]))
        )
        assert.strictEqual((yield* Upload.upload(shell, local, "there")).unchanged, Object.keys(tree).length)
        assert.strictEqual((yield* Transfer.download(shell, "there", back)).unchanged, Object.keys(tree).length)
      })
    )
  }

  for (const [what, lines] of [
    ["with a python", ""],
    ["with a python that does not work", "python3() { return 1; }"]
  ] as const) {
    it.effect(`takes very large files, also behind what lies there of one, ${what}`, () =>
      Effect.gen(function* () {
        const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
        const words = tree["third.bin"] ?? ""
        for (const name of ["new", "begun", "wrong"]) {
          const file = FS.openSync(`${local}/${name}`, "w")
          for (let at = 0; at < 68 * megabyte; at += words.length) FS.writeSync(file, words)
          FS.closeSync(file)
        }
        Machine.write(`${machine.home}/there`, {
          ".begun.runctl-part": words.slice(0, 200_000),
          ".wrong.runctl-part": (tree["a/first.bin"] ?? "").slice(0, 200_000)
        })
        const sent = yield* Upload.upload(beginning(machine.shell, lines), local, "there")
        const received = machine.commands
          .map(({ script }) =>
            [...script.matchAll(/^keep=swiftly receive .*\/\.(\w+)\.runctl-part'/gm)].map(([, name]) => name)
          )
          .filter(({ length }) => length > 0)
        assert.deepStrictEqual(received, [["begun", "new", "wrong"], ["wrong"]])
        const digests = (folder: string): ReadonlyArray<readonly [string, string]> =>
          FS.readdirSync(folder).map((name) => [
            name,
            createHash("sha256")
              .update(FS.readFileSync(`${folder}/${name}`))
              .digest("hex")
          ])
        assert.deepStrictEqual(digests(`${machine.home}/there`), digests(local))
        assert.deepStrictEqual(new Map(sent.files.map(({ path, sha256 }) => [path, sha256])), new Map(digests(local)))
        // Portable digests take seconds for what is as large.
      }).pipe(Effect.provide(NodeSha256.layer))
    )
  }

  it.effect("takes few commands, however many files are large", () =>
    Effect.gen(function* () {
      const [machine, local, back] = [yield* Machine.make(), yield* Machine.temporary, yield* Machine.temporary]
      Machine.write(local, tree)
      yield* Upload.upload(machine.shell, local, "there")
      assert.isAtMost(machine.commands.length, 3)
      machine.commands.length = 0
      yield* Transfer.download(machine.shell, "there", back)
      assert.isAtMost(machine.commands.length, 3)
    })
  )

  it.effect("goes on behind what lies there of a large file, and begins anew when that was of another one", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      const [right, wrong] = [tree["third.bin"] ?? "", tree["a/first.bin"] ?? ""]
      Machine.write(local, { "right.bin": right, "wrong.bin": right })
      Machine.write(`${machine.home}/there`, {
        ".right.bin.runctl-part": right.slice(0, 6 * megabyte),
        ".wrong.bin.runctl-part": wrong.slice(0, 7 * megabyte)
      })
      let bytes = 0
      const onProgress = (progress: { readonly bytes: number }) =>
        Effect.sync(() => {
          bytes = progress.bytes
        })
      yield* Upload.upload(machine.shell, local, "there", { onProgress })
      assert.deepStrictEqual(Machine.read(`${machine.home}/there`), { "right.bin": right, "wrong.bin": right })
      assert.isAbove(bytes, 0)
      const inputs = machine.commands.filter(({ stdin }) => typeof stdin === "object")
      // What is right, what is wrong and then all of it, and the small files, of which there are none.
      assert.strictEqual(inputs.length, 3)
    })
  )

  it.effect("fetches anew what lies here of another large file, and goes on behind what is right", () =>
    Effect.gen(function* () {
      const [machine, folder] = [yield* Machine.make(), yield* Machine.temporary]
      const [right, wrong] = [tree["third.bin"] ?? "", tree["a/first.bin"] ?? ""]
      Machine.write(`${machine.home}/there`, { "right.bin": right, "wrong.bin": right })
      const partOf = (name: string): string => {
        const { mtimeMs, size } = FS.statSync(`${machine.home}/there/${name}`)
        const words = [name, size, Math.floor(mtimeMs / 1000)].join("\n")
        return `.runctl-${createHash("sha256").update(words).digest("hex").slice(0, 20)}.part`
      }
      Machine.write(folder, {
        [partOf("right.bin")]: right.slice(0, 6 * megabyte),
        [partOf("wrong.bin")]: wrong.slice(0, 7 * megabyte)
      })
      machine.commands.length = 0
      yield* Transfer.download(machine.shell, "there", folder)
      assert.deepStrictEqual(Machine.read(folder), { "right.bin": right, "wrong.bin": right })
      const asked = machine.commands.flatMap(({ stdin }) =>
        typeof stdin === "string"
          ? [...stdin.matchAll(/^give (\S+) (\d+) /gm)].map(([, name, from]) => `${name} ${from}`)
          : []
      )
      assert.deepStrictEqual(asked.toSorted(), [
        `'./right.bin' ${6 * megabyte + 1}`,
        "'./wrong.bin' 1",
        `'./wrong.bin' ${7 * megabyte + 1}`
      ])
    })
  )

  it.effect("refuses a file that the machine announces otherwise than it sends it", () =>
    Effect.gen(function* () {
      const [machine, folder] = [yield* Machine.make(), yield* Machine.temporary]
      Machine.write(machine.home, { "there/small": "small", "there/large": tree["third.bin"] ?? "" })
      for (const name of ["small", "large"]) {
        const lying: Shell = {
          ...machine.shell,
          stream: (command) =>
            Stream.map(machine.shell.stream(command), (part) =>
              part._tag === "Stderr"
                ? {
                    ...part,
                    bytes: Buffer.from(
                      Buffer.from(part.bytes)
                        .toString()
                        .replaceAll(/[0-9a-f]{64}/g, "0".repeat(64))
                    )
                  }
                : part
            )
        }
        const error = yield* Effect.flip(Transfer.download(lying, `there/${name}`, folder))
        assert.strictEqual(error.reason._tag, "DigestMismatch")
        assert.deepStrictEqual(Machine.read(folder), {})
      }
    })
  )
})
