import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import type { Shell } from "@runctl/core/Shell"
import * as Transfer from "@runctl/remote/Transfer"
import * as Upload from "@runctl/remote/Upload"
import * as Effect from "effect/Effect"
import * as FS from "node:fs"
import * as localLinks from "../src/internal/localLinks.ts"
import * as Machine from "./Machine.ts"

describe("a link", () => {
  const cases: ReadonlyArray<readonly [path: string, target: string, stays: boolean]> = [
    ["a", "b", true],
    ["a", "./b/c/", true],
    ["a", ".", true],
    ["d/a", "..", true],
    ["d/e/a", "../../f", true],
    ["a", "..", false],
    ["d/a", "../..", false],
    ["d/a", "../../d", false],
    ["a", "/etc/passwd", false],
    ["a", "b/../../c", false],
    ["a", "b/../c", false],
    ["a", "", false]
  ]
  for (const [path, target, stays] of cases) {
    it(`${path} -> ${target} ${stays ? "stays inside" : "is left out"}`, () => {
      assert.strictEqual(localLinks.staysInside({ path, target }, "/"), stays)
    })
  }

  it("that names a drive or a share is left out where those are names", () => {
    for (const target of ["c:x", "..\\x", "\\\\share\\x"]) {
      assert.isFalse(localLinks.staysInside({ path: "a", target }, "\\"))
    }
  })
})

layer(NodeServices.layer, { excludeTestServices: true })("links of a machine", (it) => {
  it.effect("come as links, and those that lead away, pipes and sockets are told", () =>
    Effect.gen(function* () {
      const [machine, local, back] = [yield* Machine.make(), yield* Machine.temporary, yield* Machine.temporary]
      Machine.write(local, { "run/step-1": "1", "run/latest": "->step-1", top: "->run", "no logs": "->run/latest" })
      yield* Upload.upload(machine.shell, local, "there")
      FS.symlinkSync("/etc/passwd", `${machine.home}/there/passwd`)
      FS.symlinkSync("../..", `${machine.home}/there/run/up`)
      yield* machine.shell.exec({ script: "mkfifo there/pipe" })
      for (const round of [1, 2]) {
        const { skipped, unchanged } = yield* Transfer.download(machine.shell, "there", back)
        assert.deepStrictEqual(skipped.toSorted(), ["passwd", "pipe", "run/up"])
        assert.strictEqual(unchanged, round - 1)
        assert.deepStrictEqual(Machine.read(back), Machine.read(local))
      }
      const { skipped } = yield* Transfer.download(machine.shell, "there", `${back}/less`, {
        exclude: ["passwd", "run"]
      })
      assert.deepStrictEqual(skipped, ["pipe"])
      assert.deepStrictEqual(Machine.read(`${back}/less`), { top: "->run", "no logs": "->run/latest" })
    })
  )

  it.effect("never lead out of the folder, however they are combined", () =>
    Effect.gen(function* () {
      const names = ["a", "b", "d/a", "d/e/b", "d/e/f/a", "d"]
      const targets = [
        "a",
        "b",
        ".",
        "..",
        "../..",
        "../../..",
        "d/e",
        "a/..",
        "a/../..",
        "../a",
        "d/e/f/a/../b",
        "/tmp"
      ]
      const all = names.flatMap((path) => targets.map((target) => ({ path, target })))
      const pairs = [
        // The second looks as if it stayed, and goes through the first.
        [
          { path: "d/e/b", target: "../.." },
          { path: "a", target: "d/e/b/.." }
        ],
        ...all.flatMap((one, index) =>
          all.filter((_, other) => (index + other) % 11 === 0).map((another) => [one, another])
        )
      ]
      for (const pair of pairs) {
        const outer = yield* Machine.temporary
        const root = `${outer}/in`
        yield* Effect.ignore(localLinks.place("download", root, pair))
        for (const { path } of pair) {
          const real = FS.existsSync(`${root}/${path}`) ? FS.realpathSync(`${root}/${path}`) : root
          assert.isTrue(`${real}/`.startsWith(`${root}/`), `${JSON.stringify(pair)}: ${real}`)
        }
        FS.rmSync(outer, { recursive: true })
      }
    })
  )

  it.effect("are never written through", () =>
    Effect.gen(function* () {
      const folder = yield* Machine.temporary
      const links = [
        { path: "a", target: "." },
        { path: "a/b", target: "c" }
      ]
      const error = yield* Effect.flip(localLinks.place("download", folder, links))
      assert.strictEqual(error.reason._tag, "PathEscapes")
      assert.deepStrictEqual(Machine.read(folder), { a: "->." })
    })
  )

  it.effect("with names that lead away are refused before anything is written", () =>
    Effect.gen(function* () {
      const [machine, folder] = [yield* Machine.make(), yield* Machine.temporary]
      Machine.write(machine.home, { "there/a": "a", "there/l": "->a" })
      const lying: Shell = {
        ...machine.shell,
        stream: (command) =>
          machine.shell.stream({
            ...command,
            script: `sh | sed 's,\\./l,../l,'`
          })
      }
      const error = yield* Effect.flip(Transfer.download(lying, "there", folder))
      assert.strictEqual(error.reason._tag, "PathEscapes")
      assert.deepStrictEqual(Machine.read(folder), {})
    })
  )
})
