import { assert, it } from "@effect/vitest"
import * as Esbuild from "esbuild"
import { isBuiltin } from "node:module"
import { fileURLToPath } from "node:url"
import * as Vm from "node:vm"

const index = fileURLToPath(new URL("../src/index.ts", import.meta.url))

/** Everything in one script, as a page would load it. */
const bundle = (contents: string) =>
  Esbuild.build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
    bundle: true,
    platform: "browser",
    format: "iife",
    globalName: "core",
    conditions: ["source"],
    write: false,
    metafile: true,
    logLevel: "silent"
  })

const everything = `export * from ${JSON.stringify(index)}`

it("core bundles for a browser and asks for nothing of Node's", async () => {
  const { metafile } = await bundle(everything)
  const inputs = Object.entries(metafile.inputs)
  assert.isAbove(inputs.filter(([path]) => path.includes("packages/core/src/")).length, 20)
  const imported = inputs.flatMap(([, { imports }]) => imports.map(({ path }) => path))
  assert.deepStrictEqual(
    imported.filter((path) => isBuiltin(path)),
    []
  )
  assert.deepStrictEqual(
    Object.values(metafile.outputs).flatMap(({ imports }) => imports),
    []
  )
})

it("the check sees a Node built-in where there is one", async () => {
  const error = await bundle(`${everything}\nexport { readFileSync } from "node:fs"`).then(
    () => undefined,
    (cause: unknown) => String(cause)
  )
  assert.include(error, "node:fs")
})

it("core runs where there is nothing but the language and what every browser has for text", async () => {
  const { outputFiles } = await bundle(everything)
  const context = Vm.createContext({ TextDecoder, TextEncoder })
  Vm.runInContext(outputFiles[0]?.text ?? "", context)
  const answer: unknown = Vm.runInContext(
    `JSON.stringify([
      core.Durations.format(core.Durations.parse("1h30m")),
      core.Money.format(core.Money.overSeconds(core.Money.UsdPerHour.make(2.5), 1800)),
      core.ResourceState.normalizeState("shutting_down")._tag,
      core.Ownership.fromName("runctl-abcd1234-0123456789abcdefghij-1700000000").owner,
      core.Ranking.rank([], {}).ranked.length,
      typeof globalThis.process + typeof globalThis.require
    ])`,
    context
  )
  assert.deepStrictEqual(JSON.parse(String(answer)), [
    "1h 30m",
    "$1.25",
    "Terminating",
    "abcd1234",
    0,
    "undefinedundefined"
  ])
})
