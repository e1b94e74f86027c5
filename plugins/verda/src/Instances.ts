/**
 * Instances as machines, in the words that all providers share.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import { type EndedBy, parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { type Instance, isId } from "./Answers.ts"

/** The provider's name. @category constants @since 0.1.0 */
export const provider = "verda"

/** The tag that every instance of runctl's carries. @category constants @since 0.1.0 */
export const commonTag = "runctl"

/** The tag that says how large the disk is that was made with an instance. @category constants @since 0.1.0 */
export const diskTag = "runctl-disk-gib"

/** What an instance of a mark is tagged with. @category conversions @since 0.1.0 */
export const tagsFor = (
  mark: Ownership.Mark,
  diskGiB: number
): ReadonlyArray<{ readonly key: string; readonly value?: string }> => [
  { key: commonTag },
  ...Object.entries(Ownership.toTags(mark)).map(([key, value]) => ({ key, value })),
  { key: diskTag, value: String(diskGiB) }
]

/** Tags as names and values. @category conversions @since 0.1.0 */
export const tagsOf = ({ tags }: Instance): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map(({ key, value }) => [key, value ?? ""]))

/**
 * Whose an instance is: its tags say so, and where it has none its host name, whole: a part of one may be a neighbour's.
 *
 * @category accessors
 * @since 0.1.0
 */
export const markOf = (instance: Instance): Ownership.Mark | undefined =>
  Ownership.fromTags(tagsOf(instance)) ?? Ownership.fromName(instance.hostname ?? "")

/** The public address, once it has one. @category accessors @since 0.1.0 */
export const publicIpOf = ({ ip }: Instance): string | undefined => (ip === null || ip === "" ? undefined : ip)

/** What Verda calls what other clouds do not have, or have as something else. */
const words: Readonly<Record<string, ResourceState.ResourceState>> = {
  new: ResourceState.Starting,
  ordered: ResourceState.Starting,
  provisioning: ResourceState.Starting,
  validating: ResourceState.Starting,
  pending: ResourceState.Starting,
  restoring: ResourceState.Starting,
  // It is charged like one that runs.
  offline: ResourceState.Stopped,
  deleting: ResourceState.Terminating,
  // A hibernation ends with the instance deleted.
  starting_hibernation: ResourceState.Terminating,
  hibernating: ResourceState.Terminating,
  discontinued: ResourceState.Terminated,
  notfound: ResourceState.Terminated,
  not_found: ResourceState.Terminated,
  error: ResourceState.failed("error"),
  installation_failed: ResourceState.failed("installation failed"),
  no_capacity: ResourceState.failed("no capacity")
}

/** The words that are known here. @category predicates @since 0.1.0 */
export const isKnownStatus = (status: string): boolean =>
  status === "running" || status === "unknown" || status in words

/**
 * The state of an instance. One that runs without an address is still starting.
 *
 * @category conversions
 * @since 0.1.0
 */
export const stateOf = (instance: Instance): ResourceState.ResourceState => {
  const { status } = instance
  if (status === "running") {
    return publicIpOf(instance) === undefined ? ResourceState.Starting : ResourceState.Running
  }
  return words[status ?? ""] ?? ResourceState.Unknown
}

/** Verda's id behind one of ours; `undefined` when no instance can have that id. @category accessors @since 0.1.0 */
export const nativeOf = (id: ResourceId): string | undefined => {
  const { nativeId, provider: name } = parts(id)
  return name === provider && isId(nativeId) ? nativeId : undefined
}

/** What an instance's own answer does not say, from what is known of it otherwise. @category models @since 0.1.0 */
export interface Otherwise {
  readonly usdPerHour: number
  readonly state?: ResourceState.ResourceState | undefined
  readonly endedBy?: EndedBy | undefined
}

/**
 * An instance as a machine; nothing when it carries nobody's mark. What is gone costs nothing.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toResource = (instance: Instance, { endedBy, state, usdPerHour }: Otherwise): Resource | undefined => {
  const mark = markOf(instance)
  if (mark === undefined) return undefined
  const { created_at: created, hostname, id, instance_type: instanceType, location } = instance
  const launchTime = Option.getOrUndefined(DateTime.make(created ?? ""))
  const publicIp = publicIpOf(instance)
  const is = state ?? stateOf(instance)
  return {
    id: resourceId(provider, location ?? "unknown", id),
    ...(hostname === undefined || hostname === null ? {} : { name: hostname }),
    state: is,
    ...(instanceType === undefined || instanceType === null ? {} : { instanceType }),
    ...(launchTime === undefined ? {} : { launchTime }),
    costPerHour: UsdPerHour.make(ResourceState.isBillable(is) ? Math.max(0, usdPerHour) : 0),
    ...(publicIp === undefined ? {} : { publicIp }),
    tags: tagsOf(instance),
    owner: mark.owner,
    key: mark.key,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000),
    ...(endedBy === undefined ? {} : { endedBy })
  }
}
