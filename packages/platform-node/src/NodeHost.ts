/**
 * A plugin as runctl loads it, without the rest of runctl: what its tests are run against.
 *
 * @since 0.1.0
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import type { OwnerId } from "@runctl/core/Ownership"
import { ProviderManifest } from "@runctl/core/ProviderManifest"
import type { PluginContext } from "@runctl/core/ProviderPlugin"
import { ProviderRegistry, type RegistryError } from "@runctl/core/ProviderRegistry"
import type { Shells } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as RemoteShells from "@runctl/remote/Shells"
import * as SshPool from "@runctl/remote/SshPool"
import { Home } from "@runctl/runtime/Home"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { SshAccess } from "@runctl/runtime/SshAccess"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as NodeHostKeys from "./NodeHostKeys.ts"
import * as NodeSsh from "./NodeSsh.ts"

/**
 * A plugin, and what it finds around it.
 *
 * **Details**
 * - `manifest`: the value under `runctl` in its package.json, checked as runctl checks it.
 * - `load`: imports its module, from its sources or as it is built.
 * - `settings`: its section of the configuration; `environment`: the variables there are, and no others.
 * - `home`: the folder that stands for RUNCTL_HOME; one that is removed at the end when not given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Hosted {
  readonly manifest: unknown
  readonly load: () => Promise<unknown>
  readonly settings?: unknown
  readonly environment?: Readonly<Record<string, string>>
  readonly home?: string
}

/** A folder to live in, and the owner's key in it. */
const installation = (folder: string | undefined) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const home = folder ?? (yield* Effect.orDie(fs.makeTempDirectoryScoped({ prefix: "runctl-plugin-" })))
      return NodeHostKeys.layer.pipe(
        Layer.provideMerge(RemoteShells.layer),
        Layer.provideMerge(SshPool.layer),
        Layer.provide(NodeSsh.layer),
        Layer.provide(SshAccess.layer({})),
        Layer.provideMerge(Layer.orDie(Home.layerAt(home)))
      )
    })
  ).pipe(Layer.provideMerge(Layer.merge(NodeServices.layer, FetchHttpClient.layer)))

const contextFor = (home: Home["Service"], owner: OwnerId, settings: unknown) => (name: string) =>
  ({
    home: `${home.providers}/${name}`,
    owner,
    settings,
    locate: ([key]) => (key === undefined ? undefined : `providers.${name}.${key}`)
  }) satisfies PluginContext["Service"]

/** The provider that the registry gives, with the owner's key on what it rents, as the runtime asks for it. */
const loaded = ({ load, manifest, settings }: Hosted) =>
  Layer.effect(
    TrainingProvider,
    Effect.gen(function* () {
      const home = yield* Home
      const decoded = yield* Schema.decodeUnknownEffect(ProviderManifest)(manifest)
      const registry = ProviderRegistry.layer(contextFor(home, yield* Effect.orDie(home.owner), settings))
      const registered = yield* Layer.build(registry)
      const provider = yield* Effect.gen(function* () {
        const providers = yield* ProviderRegistry
        yield* providers.register({ origin: "a test", manifest: decoded, trusted: true, load })
        return yield* providers.get(decoded.name)
      }).pipe(Effect.provideContext(registered))
      const { authorizedKey } = yield* HostKeys
      const key = yield* Effect.orDie(authorizedKey)
      return TrainingProvider.of({
        ...provider,
        createResource: (request) =>
          provider.createResource({ ...request, authorizedKey: request.authorizedKey ?? key })
      })
    })
  )

/** Looked up whenever it is asked for, so it has to be there for as long as the provider. */
const variables = ({ environment = {} }: Hosted) => ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment }))

/**
 * The provider of a plugin, loaded through the registry with everything a plugin may ask for, and ways to its machines:
 * the layer that `ProviderLaws.suite` takes.
 *
 * **Errors**  building it fails as loading the plugin would: a manifest that is none, a module that is no plugin, a
 * provider that can do something else than its manifest says, settings that are wrong.
 *
 * @category layers
 * @since 0.1.0
 */
export const provider = (
  hosted: Hosted
): Layer.Layer<TrainingProvider | Shells | FileSystem.FileSystem | Path.Path, RegistryError | Schema.SchemaError> =>
  loaded(hosted).pipe(Layer.provideMerge(installation(hosted.home)), Layer.provideMerge(variables(hosted)))
