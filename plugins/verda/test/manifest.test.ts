import { assert, it } from "@effect/vitest"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { ProviderManifest } from "@runctl/core/ProviderManifest"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { servicesFor, shells } from "./rented.ts"

const PackageFile = Schema.fromJsonString(
  Schema.Struct({ peerDependencies: Schema.Struct({ effect: Schema.String }), runctl: Schema.Unknown })
)

it.effect("the manifest is one, and says what the loaded provider says", () =>
  Effect.gen(function* () {
    const packageFile = yield* Schema.decodeEffect(PackageFile)(
      readFileSync(new URL("../package.json", import.meta.url), "utf8")
    )
    const manifest = yield* Schema.decodeUnknownEffect(ProviderManifest, { onExcessProperty: "error" })(
      packageFile.runctl
    )
    const registry = yield* ProviderRegistry
    yield* registry.register({
      origin: "bundled",
      manifest,
      trusted: true,
      load: () => import("@runctl/plugin-verda")
    })
    const provider = yield* registry.get("verda")
    assert.strictEqual(provider.name, manifest.name)
    assert.deepStrictEqual(provider.capabilities, manifest.capabilities)
    assert.strictEqual(manifest.effect, packageFile.peerDependencies.effect)
  }).pipe(
    Effect.provide(
      Layer.unwrap(Effect.map(PluginContext, (here) => ProviderRegistry.layer(() => here))).pipe(
        Layer.provide([FetchHttpClient.layer, shells]),
        Layer.provide(servicesFor({ home: "/nonexistent", settings: undefined, env: {} }))
      )
    )
  )
)
