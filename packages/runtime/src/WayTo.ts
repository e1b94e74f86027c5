/**
 * Where a machine is reached, with the one host key that it may show.
 *
 * @since 0.1.0
 */
import type { Endpoint } from "@runctl/core/Endpoint"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type { HostKeys } from "./HostKeys.ts"
import type { Records } from "./Records.ts"

/**
 * Where a machine is reached. `firstKey` is its single-use host key, for as long as that is accepted.
 *
 * @category models
 * @since 0.1.0
 */
export interface WayTo {
  readonly endpoint: Endpoint
  readonly firstKey: string | undefined
}

/**
 * A provider's endpoint, and for a machine that was told at boot which host key to show: that one, or the one it was
 * seen to have made since. While it replaces the one by the other both are accepted. A key that the provider told itself
 * stays.
 *
 * **Errors**  as the provider's own endpoint; `Unavailable` when the journal or the owner's key cannot be read.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make =
  (provider: AnyTrainingProvider, records: Records["Service"], hostKeys: HostKeys["Service"]) =>
  (resource: Resource): Effect.Effect<WayTo, ProviderError.ProviderError> =>
    Effect.gen(function* () {
      const endpoint = yield* provider.endpoint(resource)
      const asTold: WayTo = { endpoint, firstKey: undefined }
      if (endpoint._tag !== "Ssh" || endpoint.login === "user" || endpoint.hostKey !== undefined) return asTold
      const record = yield* records.resource(resource.key)
      if (record?.bootstrap === undefined) return asTold
      if (record.hostKey !== undefined) return { ...asTold, endpoint: { ...endpoint, hostKey: record.hostKey } }
      const { publicKey } = yield* hostKeys.bootstrapKey(record.mark.key)
      const next = record.pendingHostKey === undefined ? {} : { nextHostKey: record.pendingHostKey }
      return { endpoint: { ...endpoint, hostKey: publicKey, ...next }, firstKey: publicKey }
    }).pipe(
      Effect.mapError((error) =>
        error._tag === "ProviderError"
          ? error
          : new ProviderError.ProviderError({
              provider: provider.name,
              operation: "endpoint",
              reason: new ProviderError.Unavailable({ message: error.message })
            })
      )
    )
