/**
 * Keys of machines, derived from the owner's key below RUNCTL_HOME.
 *
 * @since 0.1.0
 */
import { Home } from "@runctl/runtime/Home"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { HomeFailed } from "@runctl/runtime/RuntimeError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"

/**
 * Keys of machines. Nothing is read before it is asked for, and nothing is kept.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HostKeys, never, Home> = Layer.effect(
  HostKeys,
  Effect.map(Home, ({ machines }) => {
    const file = join(machines, "id_ed25519")
    const module = Effect.promise(() => import("./ssh/hostKeyPair.ts"))
    const derived = <A>(from: () => A) =>
      Effect.try({
        try: from,
        catch: (error) =>
          new HomeFailed({
            path: file,
            message: `the key for rented machines cannot be used: ${error instanceof Error ? error.message : String(error)}`
          })
      })
    return HostKeys.of({
      authorizedKey: Effect.flatMap(module, ({ ownerPublicKey }) => derived(() => ownerPublicKey(file))),
      bootstrapKey: (key) => Effect.flatMap(module, ({ hostKeyPair }) => derived(() => hostKeyPair(file, key)))
    })
  })
)
