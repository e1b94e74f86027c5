import type { ProviderManifest } from "@runctl/core/ProviderManifest"
import { OwnerId } from "@runctl/core/Ownership"
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { type HostServices, ProviderRegistry, type ProviderSource } from "@runctl/core/ProviderRegistry"
import { Shells } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"

export const manifest = (name: string, changes: Partial<ProviderManifest> = {}): ProviderManifest => ({
  api: 1,
  kind: "provider",
  provider: "./dist/index.js",
  name,
  title: name,
  capabilities: {
    spot: "none",
    stop: "none",
    idempotency: "none",
    userData: "none",
    endAction: "stopsJobOnly",
    runMode: "machine",
    groupCreate: false
  },
  credentials: { environment: [], files: [] },
  ...changes
})

export const provider = (name: string) =>
  TrainingProvider.of({
    name,
    capabilities: manifest(name).capabilities,
    offers: () => Effect.succeed([]),
    estimateCost: () => Effect.succeed(0),
    billing: () => Effect.succeed([]),
    createResource: () => Effect.die("not called"),
    getResource: () => Effect.die("not called"),
    listResources: Effect.succeed([]),
    companions: { list: Effect.succeed([]), remove: () => Effect.void },
    startResource: () => Effect.die("not called"),
    stopResource: () => Effect.die("not called"),
    terminate: () => Effect.void,
    endpoint: () => Effect.die("not called"),
    endActionScript: () => undefined,
    preemptionProbe: undefined,
    preemptionEvidence: () => Effect.succeed({ preempted: "unknown", message: "" })
  })

export const pluginOf = (name: string): ProviderPlugin =>
  define({ name, layer: Layer.succeed(TrainingProvider, provider(name)) })

interface Loads {
  readonly source: ProviderSource
  count: number
}

/** A source that counts how often its code was asked for. */
export const source = (name: string, changes: Partial<ProviderSource> = {}): Loads => {
  const loads: Loads = {
    count: 0,
    source: {
      origin: `the package ${name}`,
      manifest: manifest(name),
      trusted: true,
      ...changes,
      load: () => {
        loads.count += 1
        return changes.load?.() ?? Promise.resolve({ plugin: pluginOf(name) })
      }
    }
  }
  return loads
}

const host: Layer.Layer<HostServices> = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Layer.mock(Shells, {}),
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make(() => Effect.die("no network"))
  )
)

/** A registry whose providers have these settings, whenever they are asked for. */
export const registryWith = (settingsFor: (name: string) => unknown) =>
  ProviderRegistry.layer((name) => ({
    home: `/home/${name}`,
    owner: OwnerId.make("ourselve"),
    settings: settingsFor(name)
  })).pipe(Layer.provide(host))

export const registry = registryWith(() => undefined)
