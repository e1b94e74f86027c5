/**
 * Claims and failures in the words that all providers share.
 *
 * @since 0.1.0
 */
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { ShellError } from "@runctl/core/Shell"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import type { Claim, HostBabbled, HostFailed, NotYours } from "./Claims.ts"
import { type Host, priceOf } from "./Inventory.ts"
import type { Record } from "./Records.ts"

/** The provider's name. @category constants @since 0.1.0 */
export const provider = "ssh"

/** What goes wrong on a host. @category errors @since 0.1.0 */
export type HostCause = ShellError | HostFailed | HostBabbled | NotYours

/** The same, with the host. @category errors @since 0.1.0 */
export interface AtHost {
  readonly _tag: "AtHost"
  readonly host: Host
  readonly cause: HostCause
}

/** How anything here fails before it is a `ProviderError`. @category errors @since 0.1.0 */
export type Cause = AtHost | PlatformError | ProviderError.Reason

/**
 * Why something on a host failed, as a provider's reason.
 *
 * @category conversions
 * @since 0.1.0
 */
export const reasonAt = ({ cause, host }: AtHost): ProviderError.Reason => {
  const message = `${host.name}: ${cause.message}`
  switch (cause._tag) {
    case "ShellError":
      return cause.reason._tag === "Unreachable"
        ? new ProviderError.Unavailable({ message })
        : new ProviderError.Forbidden({ message })
    case "HostFailed":
      return new ProviderError.Conflict({ message })
    case "HostBabbled":
      return new ProviderError.MalformedResponse({ message })
    case "NotYours":
      return new ProviderError.Forbidden({ message: cause.message })
  }
}

const reasonOf = (cause: Cause): ProviderError.Reason => {
  switch (cause._tag) {
    case "AtHost":
      return reasonAt(cause)
    case "PlatformError":
      return cause.reason._tag === "PermissionDenied"
        ? new ProviderError.Forbidden({ message: cause.message })
        : new ProviderError.Unavailable({ message: cause.message })
    default:
      return cause
  }
}

/** Makes every failure one of the provider's. @category conversions @since 0.1.0 */
export const failing = (operation: ProviderError.ProviderError["operation"]) =>
  Effect.mapError((cause: Cause) => new ProviderError.ProviderError({ provider, operation, reason: reasonOf(cause) }))

const isKey = (text: string): text is Ownership.ResourceKey => /^[a-z0-9]{20}$/.test(text)

/** The key behind an id; `undefined` when no machine of ours can have that id. @category accessors @since 0.1.0 */
export const keyOf = (id: ResourceId): Ownership.ResourceKey | undefined => {
  const { nativeId, provider: name } = parts(id)
  return name === provider && isKey(nativeId) ? nativeId : undefined
}

const described = (mark: Ownership.Mark, host: Host, state: ResourceState.ResourceState): Resource => ({
  id: resourceId(provider, host.name, mark.key),
  key: mark.key,
  owner: mark.owner,
  name: Ownership.toName(mark),
  tags: Ownership.toTags(mark),
  state,
  instanceType: host.name,
  costPerHour: priceOf(host),
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

const stateOf = ({ machine, state }: Claim): ResourceState.ResourceState => {
  if (state === "wanting") return ResourceState.Starting
  return machine === "gone"
    ? ResourceState.failed("its directory on the host is gone; terminate it to release the host")
    : ResourceState.Running
}

/** A claim as a machine; our own record knows best since when. @category conversions @since 0.1.0 */
export const toResource = (claim: Claim, host: Host, record: Record | undefined): Resource => {
  const mark: Ownership.Mark = { owner: claim.owner, key: claim.key, deadlineEpochSeconds: claim.deadline }
  const launchTime = record?.launchTime ?? DateTime.makeUnsafe(claim.since * 1000)
  return { ...described(mark, host, stateOf(claim)), launchTime }
}

/** What is remembered of a machine whose host does not answer. @category conversions @since 0.1.0 */
export const unseen = ({ host, launchTime, mark }: Record): Resource => ({
  ...described(mark, host, ResourceState.Unknown),
  launchTime
})
