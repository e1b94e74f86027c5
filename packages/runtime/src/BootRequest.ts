/**
 * The request for a machine that an intent stands for, with what the machine does at boot.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as ProviderError from "@runctl/core/ProviderError"
import { type Resource, resourceId } from "@runctl/core/Resource"
import { Starting } from "@runctl/core/ResourceState"
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import type { AnyTrainingProvider, CreateRequest } from "@runctl/core/TrainingProvider"
import * as Bootstrap from "@runctl/remote/Bootstrap"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { BootstrapFormat } from "./Event.ts"
import type { HostKeys } from "./HostKeys.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"

/**
 * In which form a provider's machines are told what to do at boot; nothing where it carries nothing there.
 *
 * @category decisions
 * @since 0.1.0
 */
export const formatFor = ({ capabilities }: AnyTrainingProvider): BootstrapFormat | undefined => {
  const { runMode, userData } = capabilities
  if (userData === "none" || runMode === "job") return undefined
  return userData.formats.includes("cloud-config") ? "cloud-config" : userData.formats[0]
}

/**
 * What an intent says of how its machine is told of us: in a form at boot, by a key alone, or not at all.
 *
 * @category decisions
 * @since 0.1.0
 */
export const toldTo = (
  provider: AnyTrainingProvider
): { readonly bootstrap: BootstrapFormat } | { readonly opensByKey: true } | { readonly bootstrap?: never } => {
  const bootstrap = formatFor(provider)
  if (bootstrap !== undefined) return { bootstrap }
  return provider.opensByKey === true && provider.capabilities.runMode === "machine" ? { opensByKey: true } : {}
}

/** The machine as it is known before it exists: its native id is still our own key. */
const planned = ({ mark, offer, provider, usdPerHour }: ResourceRecord): Resource => ({
  id: resourceId(provider, offer.region, mark.key),
  name: Ownership.toName(mark),
  state: Starting,
  instanceType: offer.instanceType,
  costPerHour: usdPerHour ?? UsdPerHour.make(0),
  tags: Ownership.toTags(mark),
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

/** Nothing in it but what the intent said: whoever makes it again, whenever, makes the same. */
const clocksOf = (provider: AnyTrainingProvider, record: ResourceRecord): Bootstrap.BootClocks | undefined => {
  const endAction = provider.endActionScript(planned(record))
  const { deadlineEpochSeconds } = record.mark
  return endAction === undefined
    ? undefined
    : {
        deadlineEpochSeconds,
        leftSeconds: Math.max(0, deadlineEpochSeconds - Math.floor(record.requestedAt / 1000)),
        orphanSeconds: Duration.toSeconds(defaults.orphan),
        graceSeconds: Duration.toSeconds(defaults.stopGrace),
        holdSeconds: undefined,
        endAction
      }
}

/**
 * The request that an intent stands for: the same bytes whenever it is made, with the same owner's key.
 *
 * **Errors**  `Rejected` when it cannot be told the provider, or its keys cannot be made. Nothing was sent then.
 *
 * @category constructors
 * @since 0.1.0
 */
export const requestOf = Effect.fn("BootRequest.requestOf")(function* (
  provider: AnyTrainingProvider,
  record: ResourceRecord,
  hostKeys: HostKeys["Service"]
): Effect.fn.Return<CreateRequest, ProviderError.ProviderError> {
  const request: CreateRequest = {
    mark: record.mark,
    offer: record.offer,
    market: record.market,
    label: record.label,
    diskGiB: record.diskGiB,
    image: record.image,
    bootstrap: { format: "none", content: "" },
    authorizedKey: undefined,
    priceLimit: record.priceLimit ?? record.usdPerHour
  }
  const rejected = ({ message }: { readonly message: string }) =>
    new ProviderError.ProviderError({
      provider: provider.name,
      operation: "createResource",
      reason: new ProviderError.Rejected({ message })
    })
  const ownersKey = Effect.mapError(hostKeys.authorizedKey, rejected)
  if (record.opensByKey === true) return { ...request, authorizedKey: yield* ownersKey }
  const { userData } = provider.capabilities
  if (record.bootstrap === undefined || userData === "none") return request
  const authorizedKey = yield* ownersKey
  const bootstrap = yield* Effect.fromResult(
    Bootstrap.render({
      format: record.bootstrap,
      maxBytes: userData.maxBytes,
      login: provider.login ?? "root",
      authorizedKeys: [authorizedKey],
      hostKey: yield* Effect.mapError(hostKeys.bootstrapKey(record.mark.key), rejected),
      clocks: clocksOf(provider, record)
    })
  ).pipe(Effect.mapError(rejected))
  return { ...request, authorizedKey, bootstrap }
})
