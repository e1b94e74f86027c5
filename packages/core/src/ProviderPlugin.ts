/**
 * The value a plugin package exports as `plugin`.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { OwnerId } from "./Ownership.ts"
import type { ProviderError } from "./ProviderError.ts"
import type { apiVersion } from "./ProviderManifest.ts"
import type { Shells } from "./Shell.ts"
import type { TrainingProvider } from "./TrainingProvider.ts"

/**
 * What runctl tells a plugin about where it runs.
 *
 * **Details**  `home` is a folder of the plugin's own, kept between runs (0700); `settings` is its section of the
 * user's configuration, not yet checked; `locate` says where something in it stands (`config.yaml:12`), as far as
 * that is known.
 *
 * @category services
 * @since 0.1.0
 */
export class PluginContext extends Context.Service<
  PluginContext,
  {
    readonly home: string
    readonly owner: OwnerId
    readonly settings: unknown
    readonly locate?: (path: ReadonlyArray<string>) => string | undefined
  }
>()("@runctl/core/ProviderPlugin") {}

/** What a plugin may ask for. @category models @since 0.1.0 */
export type PluginServices = PluginContext | FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | Shells

/**
 * What a package gives to be loaded: the contract version it speaks, its name, and the layer that makes its provider.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProviderPlugin {
  readonly api: typeof apiVersion
  readonly name: string
  readonly layer: Layer.Layer<TrainingProvider, Config.ConfigError | ProviderError, PluginServices>
}

/** Fills in the contract version. @category constructors @since 0.1.0 */
export const define = (plugin: Omit<ProviderPlugin, "api">): ProviderPlugin => ({ api: 1, ...plugin })
