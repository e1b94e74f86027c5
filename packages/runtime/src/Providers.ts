/**
 * Loaded providers, each with its using half.
 *
 * @since 0.1.0
 */
import type { ProviderEntry, RegistryError } from "@runctl/core/ProviderRegistry"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import type { Shells } from "@runctl/core/Shell"
import type { AnyTrainingProvider, Using } from "@runctl/core/TrainingProvider"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Scope from "effect/Scope"

/** A provider, complete. @category models @since 0.1.0 */
export interface LoadedProvider {
  readonly provider: AnyTrainingProvider
  readonly using: Using
}

/**
 * Gives providers that are ready to rent and to use machines, loading each when it is first asked for.
 *
 * @category services
 * @since 0.1.0
 */
export class Providers extends Context.Service<
  Providers,
  {
    /** A provider as it is configured now, loaded the first time; its shells stay open while they are used. */
    readonly get: (name: string) => Effect.Effect<LoadedProvider, RegistryError>
    /** All that are known, without loading any. */
    readonly list: Effect.Effect<ReadonlyArray<ProviderEntry>>
  }
>()("@runctl/runtime/Providers") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Providers, never, ProviderRegistry | Shells | FileSystem.FileSystem | Path.Path> =
    Layer.effect(
      Providers,
      Effect.gen(function* () {
        const registry = yield* ProviderRegistry
        const scope = yield* Effect.scope
        const services = yield* Effect.context<Shells | FileSystem.FileSystem | Path.Path>()
        const loaded = new Map<string, LoadedProvider>()

        return Providers.of({
          list: registry.list,
          get: Effect.fn("Providers.get")(function* (name) {
            const provider = yield* registry.get(name)
            const known = loaded.get(name)
            if (known?.provider === provider) return known
            const using = yield* MachineUse.make(provider).pipe(Effect.provideContext(services), Scope.provide(scope))
            const others = loaded.get(name)
            const entry = others?.provider === provider ? others : { provider, using }
            loaded.set(name, entry)
            return entry
          })
        })
      })
    )
}
