/**
 * Loaded providers, each with its using half.
 *
 * @since 0.1.0
 */
import type { ProviderEntry, RegistryError } from "@runctl/core/ProviderRegistry"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import type { Endpoint } from "@runctl/core/Endpoint"
import type { JobError } from "@runctl/core/JobError"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import { type Shell, Shells } from "@runctl/core/Shell"
import type { AnyTrainingProvider, Using } from "@runctl/core/TrainingProvider"
import * as Failure from "@runctl/remote/Failure"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Scope from "effect/Scope"
import { HostKeys } from "./HostKeys.ts"
import * as Located from "./Located.ts"
import { Records } from "./Records.ts"
import * as WayTo from "./WayTo.ts"

/**
 * A provider, complete. Its endpoints have the host keys that its machines may show.
 *
 * @category models
 * @since 0.1.0
 */
export interface LoadedProvider {
  readonly provider: AnyTrainingProvider
  readonly using: Using
  /** A machine for whoever wants to reach it: what the provider said of it in the last seconds is good enough. */
  readonly locate: Located.Located["locate"]
  /** Where a machine is reached now. */
  readonly wayTo: (resource: Resource) => Effect.Effect<WayTo.WayTo, ProviderError>
  /** A shell of one's own, which is closed with its scope. */
  readonly open: (endpoint: Endpoint) => Effect.Effect<Shell, JobError, Scope.Scope>
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
  static readonly layer: Layer.Layer<
    Providers,
    never,
    ProviderRegistry | Shells | FileSystem.FileSystem | Path.Path | Records | HostKeys
  > = Layer.effect(
    Providers,
    Effect.gen(function* () {
      const registry = yield* ProviderRegistry
      const records = yield* Records
      const hostKeys = yield* HostKeys
      const shells = yield* Shells
      const scope = yield* Effect.scope
      const services = yield* Effect.context<Shells | FileSystem.FileSystem | Path.Path>()
      const loaded = new Map<string, LoadedProvider & { readonly as: AnyTrainingProvider }>()

      const load = Effect.fnUntraced(function* (as: AnyTrainingProvider) {
        const wayTo = WayTo.make(as, records, hostKeys)
        const endpoint = (resource: Resource) => Effect.map(wayTo(resource), (way) => way.endpoint)
        const { locate, provider } = Located.make({ ...as, endpoint })
        const reached: AnyTrainingProvider = { ...provider, getResource: locate }
        const using = yield* MachineUse.make(reached).pipe(Effect.provideContext(services), Scope.provide(scope))
        const open = (to: Endpoint) => Effect.mapError(shells.open(to), Failure.fromShell("prepare"))
        return { as, provider, using, locate, wayTo, open }
      })

      return Providers.of({
        list: registry.list,
        get: Effect.fn("Providers.get")(function* (name) {
          const as = yield* registry.get(name)
          const known = loaded.get(name)
          if (known?.as === as) return known
          const made = yield* load(as)
          const others = loaded.get(name)
          const entry = others?.as === as ? others : made
          loaded.set(name, entry)
          return entry
        })
      })
    })
  )
}
