import { assert, it } from "@effect/vitest"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import { ResourceId } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import { judge } from "@runctl/testkit/Law"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Esbuild from "esbuild"
import { fileURLToPath, pathToFileURL } from "node:url"
import { capabilities } from "../src/LocalProvider.ts"
import { context, services } from "./rented.ts"

/** The plugin with everything it imports in one file, as a package with its own node_modules would load. */
const bundled = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const outfile = `${yield* fs.makeTempDirectoryScoped({ prefix: "runctl-own-" })}/index.mjs`
  const entryPoints = [fileURLToPath(new URL("../src/index.ts", import.meta.url))]
  yield* Effect.promise(() =>
    Esbuild.build({ entryPoints, outfile, bundle: true, format: "esm", platform: "node", conditions: ["source"] })
  )
  return pathToFileURL(outfile).href
})

const registry = Layer.unwrap(Effect.map(PluginContext, (here) => ProviderRegistry.layer(() => here))).pipe(
  Layer.provideMerge(Layer.mergeAll(context, FetchHttpClient.layer)),
  Layer.provideMerge(services)
)

it.live(
  "a plugin that carries its own Effect and its own core is as good as one that shares ours",
  () =>
    Effect.gen(function* () {
      const module = yield* bundled
      const providers = yield* ProviderRegistry
      yield* providers.register({
        origin: "a package with its own node_modules",
        manifest: {
          api: 1,
          kind: "provider",
          provider: "./index.mjs",
          name: "local",
          title: "This computer",
          capabilities,
          credentials: { environment: [], files: [] }
        },
        trusted: true,
        load: () => import(module)
      })
      const provider = yield* providers.get("local")

      const recognised = yield* provider
        .getResource(ResourceId.make("local/here/nobody"))
        .pipe(Effect.catchReason("ProviderError", "NotFound", (reason) => Effect.succeed(reason.message)))
      assert.strictEqual(recognised, "there is no machine local/here/nobody")

      // Jobs run on what `endpoint` says, through our own copy: what crosses the border there is one plain value.
      const laws = ProviderLaws.laws.filter(({ name }) => !/\b(job|unit|log|outputs|checkpoint)\b/.test(name))
      const verdicts = yield* Effect.forEach(laws, judge, { concurrency: 8 }).pipe(
        Effect.provide(ProviderLaws.services({ every: "50 millis", within: "20 seconds", timeout: "1 minute" })),
        Effect.provideService(TrainingProvider, provider)
      )
      assert.deepStrictEqual(
        verdicts.flatMap((verdict, index) => (verdict._tag === "Broken" ? [[laws[index]?.name, verdict.why]] : [])),
        []
      )
      assert.isAbove(verdicts.filter(({ _tag }) => _tag === "Kept").length, 25)
    }).pipe(Effect.provide(registry)),
  // A law alone may take a minute.
  120_000
)
