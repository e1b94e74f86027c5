import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import type { Shell, ShellCommand } from "@runctl/core/Shell"
import * as NodeCompression from "@runctl/platform-node/NodeCompression"
import * as LocalShell from "@runctl/remote/LocalShell"
import * as Transfer from "@runctl/remote/Transfer"
import * as Upload from "@runctl/remote/Upload"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"

const isMissing = spawnSync("sh", ["-c", "command -v zstd"]).status !== 0

/** Counts the bytes that travel. */
const counted = (shell: Shell) => {
  const bytes = { up: 0, down: 0 }
  const decompressing: Array<string> = []
  const inputOf = ({ stdin }: ShellCommand) =>
    typeof stdin === "object"
      ? { stdin: Stream.tap(stdin, ({ length }) => Effect.sync(() => (bytes.up += length))) }
      : {}
  const counting: Shell = {
    ...shell,
    exec: (command) => {
      if (command.script.startsWith("zstd -dcq |")) decompressing.push(command.script)
      return shell.exec({ ...command, ...inputOf(command) })
    },
    stream: (command) => {
      return Stream.tap(shell.stream({ ...command, ...inputOf(command) }), (part) =>
        Effect.sync(() => (bytes.down += part._tag === "Stdout" ? part.bytes.length : 0))
      )
    }
  }
  return { bytes, decompressing, shell: counting }
}

const temporary = FileSystem.FileSystem.use((files) => files.makeTempDirectoryScoped({ prefix: "runctl-zstd-" }))

layer(Layer.merge(NodeServices.layer, NodeCompression.layer), { excludeTestServices: true })("compression", (it) => {
  it.effect.skipIf(isMissing)(
    `makes what travels much smaller, in both directions, and changes nothing else${isMissing ? " (left out: zstd is not installed)" : ""}`,
    () =>
      Effect.gen(function* () {
        const [home, local, back] = [yield* temporary, yield* temporary, yield* temporary]
        const names = Array.from({ length: 600 }, (_, index) => `file ${index}`)
        for (const name of names)
          fs.writeFileSync(`${local}/${name}`, `${name}: the same again and again\n`.repeat(100))
        const { bytes, shell } = counted(yield* LocalShell.open({ _tag: "Local", home, environment: {} }))
        yield* Upload.upload(shell, local, "there")
        yield* Transfer.download(shell, "there", back)
        for (const name of names) {
          assert.strictEqual(fs.readFileSync(`${back}/${name}`, "utf8"), fs.readFileSync(`${local}/${name}`, "utf8"))
        }
        const total = 600 * 3000
        assert.isBelow(bytes.up, total / 5)
        assert.isBelow(bytes.down, total / 5)
      })
  )

  it.effect.skipIf(isMissing)(
    `makes large files smaller where a try of them says so, also behind what was brought before${isMissing ? " (left out: zstd is not installed)" : ""}`,
    () =>
      Effect.gen(function* () {
        const [home, words, noise] = [yield* temporary, yield* temporary, yield* temporary]
        const bytesOf = 12_000_000
        const line = "the same again and again, with a number here and there: "
        const text = Array.from({ length: 200_000 }, (_, index) => `${line}${index}\n`)
          .join("")
          .slice(0, bytesOf)
        for (const name of ["a", "b"]) fs.writeFileSync(`${words}/${name}`, text)
        fs.writeFileSync(`${noise}/c`, randomBytes(bytesOf))
        fs.mkdirSync(`${home}/words`)
        fs.writeFileSync(`${home}/words/.b.runctl-part`, text.slice(0, bytesOf / 2))
        const shell = yield* LocalShell.open({ _tag: "Local", home, environment: {} })
        const compressed = counted(shell)
        yield* Upload.upload(compressed.shell, words, "words")
        for (const name of ["a", "b"]) assert.strictEqual(fs.readFileSync(`${home}/words/${name}`, "utf8"), text)
        assert.isBelow(compressed.bytes.up, (1.5 * bytesOf) / 4)
        const plain = counted(shell)
        yield* Upload.upload(plain.shell, noise, "noise")
        assert.isTrue(fs.readFileSync(`${home}/noise/c`).equals(fs.readFileSync(`${noise}/c`)))
        assert.isBelow(Math.abs(plain.bytes.up - bytesOf), 10_000)
        assert.deepStrictEqual([compressed.decompressing.length, plain.decompressing.length], [1, 0])
      })
  )

  it.effect.skipIf(isMissing)(
    `refuses what is not compressed as it was said to be${isMissing ? " (left out: zstd is not installed)" : ""}`,
    () =>
      Effect.gen(function* () {
        const [home, folder] = [yield* temporary, yield* temporary]
        fs.mkdirSync(`${home}/there`)
        fs.writeFileSync(`${home}/there/a`, "a")
        const shell = yield* LocalShell.open({ _tag: "Local", home, environment: {} })
        const lying: Shell = {
          ...shell,
          stream: (command) => shell.stream({ ...command, script: command.script.replace("| zstd -1cq", "| cat") })
        }
        const error = yield* Effect.flip(Transfer.download(lying, "there", folder))
        assert.strictEqual(error.reason._tag, "MachineRefused")
        assert.include(error.message, "did not send an archive")
        assert.deepStrictEqual(fs.readdirSync(folder), [])
      })
  )
})
