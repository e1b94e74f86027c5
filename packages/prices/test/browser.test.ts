import { assert, it } from "@effect/vitest"
import * as Esbuild from "esbuild"
import { isBuiltin } from "node:module"
import { fileURLToPath } from "node:url"
import * as Vm from "node:vm"
import { gzipSync } from "node:zlib"

const src = fileURLToPath(new URL("../src/", import.meta.url))

const bundle = (contents: string, external: ReadonlyArray<string> = []) =>
  Esbuild.build({
    stdin: { contents, resolveDir: src, loader: "ts" },
    bundle: true,
    minify: true,
    platform: "browser",
    format: "iife",
    globalName: "prices",
    conditions: ["source"],
    external: [...external],
    write: false,
    metafile: true,
    logLevel: "silent"
  })

const everything = 'export * from "./index.ts"'

it("the library asks for nothing of Node's, and for nothing of Effect's", async () => {
  const { metafile } = await bundle(everything)
  const inputs = Object.entries(metafile.inputs)
  const imported = inputs.flatMap(([, { imports }]) => imports.map(({ path }) => path))
  assert.deepStrictEqual(
    imported.filter((path) => isBuiltin(path)),
    []
  )
  assert.deepStrictEqual(
    inputs.map(([path]) => path).filter((path) => path.includes("node_modules")),
    []
  )
  assert.isTrue(inputs.some(([path]) => path.endsWith("SnapshotData.ts")))
})

it("the service in Effect asks for nothing of Node's either", async () => {
  const { metafile } = await bundle('export * from "./Prices.ts"')
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  assert.deepStrictEqual(
    imported.filter((path) => isBuiltin(path)),
    []
  )
})

it("it is below 60 kB without data, the service in Effect included", async () => {
  const { outputFiles } = await bundle(`${everything}\nexport * from "./Prices.ts"`, ["./SnapshotData.ts"])
  assert.isBelow(gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length, 60_000)
})

it("it runs where there is nothing but the language", async () => {
  const { outputFiles } = await bundle(everything)
  const context = Vm.createContext({})
  Vm.runInContext(outputFiles[0]?.text ?? "", context)
  const answer: unknown = await Vm.runInContext(
    `prices.compareCosts({ gpu: "h100:8", hours: 24, market: "on-demand", limit: 1 }).then(JSON.stringify)`,
    context
  )
  const { offers }: { offers: ReadonlyArray<{ gpu: string; gpuCount: number }> } = JSON.parse(String(answer))
  assert.deepInclude(offers[0], { gpu: "H100", gpuCount: 8 })
  const refusal: unknown = await Vm.runInContext(
    `prices.compareCosts({ gpu: "H10" }).catch((error) => error.code)`,
    context
  )
  assert.strictEqual(refusal, "UnknownGpu")
})
