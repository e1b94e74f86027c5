/**
 * Instances as machines, in the words that all providers share.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import { type EndedBy, parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { Charge } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Instance, tagsOf } from "./Answers.ts"
import { provider } from "./Failures.ts"
import { diskTag, priceTag } from "./Marks.ts"

/**
 * What a public address costs, whoever's it is.
 *
 * **Units**  US dollars per hour
 *
 * @source https://aws.amazon.com/vpc/pricing/ (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const addressUsdPerHour = 0.005

/** Whose an instance is. @category accessors @since 0.1.0 */
export const markOf = (instance: Instance): Ownership.Mark | undefined => {
  const tags = tagsOf(instance)
  return Ownership.fromTags(tags) ?? Ownership.fromName(tags["Name"] ?? "")
}

/** Whether AWS may take it back. @category predicates @since 0.1.0 */
export const isSpot = ({ InstanceLifecycle: lifecycle }: Instance): boolean => lifecycle === "spot"

const reasonOf = ({ StateReason: reason }: Instance): string => reason?.Code ?? ""

/**
 * What AWS says when it took a spot machine back.
 *
 * @source https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html (read 2026-11-20)
 */
const takenBack = /^Server\.Spot(Instance(Termination|Shutdown)|.*Interruption)/

/** What it says when a machine never came to be. */
const failedLaunch =
  /^(Server\.(InsufficientInstanceCapacity|InternalError|ScheduledStop)|Client\.(VolumeLimitExceeded|InvalidSnapshot\.NotFound|InternalError|LaunchFailed.*))$/

/** Whether it was taken back. @category predicates @since 0.1.0 */
export const isTakenBack = (instance: Instance): boolean => takenBack.test(reasonOf(instance))

/**
 * The state of an instance. One that is being stopped can be used no more; one that ended before it ran says why.
 *
 * @category conversions
 * @since 0.1.0
 */
export const stateOf = (instance: Instance): ResourceState.ResourceState => {
  switch (instance.State?.Name) {
    case "pending":
      return ResourceState.Starting
    case "running":
      return (instance.PublicIpAddress ?? "") === "" ? ResourceState.Starting : ResourceState.Running
    case "stopping":
    case "stopped":
      return ResourceState.Stopped
    case "shutting-down":
      return ResourceState.Terminating
    case "terminated":
      return failedLaunch.test(reasonOf(instance))
        ? ResourceState.failed(instance.StateReason?.Message ?? reasonOf(instance))
        : ResourceState.Terminated
    default:
      return ResourceState.Unknown
  }
}

/** Who ended it, as far as AWS says. @category accessors @since 0.1.0 */
export const endedBy = (instance: Instance): EndedBy | undefined => {
  if (instance.State?.Name !== "terminated") return undefined
  const reason = reasonOf(instance)
  if (takenBack.test(reason)) return "preempted"
  if (reason === "Client.UserInitiatedShutdown") return "us"
  // Nobody but its own clocks switches a machine of ours off from inside.
  if (reason === "Client.InstanceInitiatedShutdown") return "deadline"
  return reason.startsWith("Server.") ? "provider" : undefined
}

/** The id that AWS gave; nothing for what it cannot have given. @category accessors @since 0.1.0 */
export const instanceIdOf = (id: ResourceId): { readonly region: string; readonly instanceId: string } | undefined => {
  const { nativeId, provider: name, region } = parts(id)
  return name === provider && /^i-[0-9a-f]{8}([0-9a-f]{9})?$/.test(nativeId) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region)
    ? { region, instanceId: nativeId }
    : undefined
}

const numberIn = (text: string | undefined): number => {
  const number = Number(text ?? "")
  return Number.isFinite(number) && number >= 0 ? number : 0
}

/** What is charged an hour in a state, as the tags of a machine say. @category conversions @since 0.1.0 */
export const chargesOf = (
  tags: Readonly<Record<string, string>>,
  state: ResourceState.ResourceState
): ReadonlyArray<Charge> => {
  const charge = (item: Charge["item"], usd: number): Charge => ({ item, usdPerHour: UsdPerHour.make(usd) })
  const disk = charge("disk", numberIn(tags[diskTag]))
  switch (state._tag) {
    case "Terminated":
    case "Error":
      return []
    case "Stopped":
      return [disk]
    default:
      return [charge("compute", numberIn(tags[priceTag])), disk, charge("address", addressUsdPerHour)]
  }
}

const costIn = (tags: Readonly<Record<string, string>>, state: ResourceState.ResourceState): number => {
  if (state._tag === "Terminating") return 0
  const charges = chargesOf(tags, state)
  return (charges.find(({ item }) => item === "compute") ?? charges[0])?.usdPerHour ?? 0
}

const isDate = Schema.is(Schema.Date)

const timeOf = (time: unknown): DateTime.Utc | undefined =>
  isDate(time) || typeof time === "string" ? Option.getOrUndefined(DateTime.make(time)) : undefined

/**
 * An instance as a machine; nothing when it carries nobody's mark.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toResource = (region: string, instance: Instance): Resource | undefined => {
  const mark = markOf(instance)
  if (mark === undefined) return undefined
  const tags = tagsOf(instance)
  const { InstanceId, InstanceType, LaunchTime, PublicIpAddress } = instance
  const state = stateOf(instance)
  const [launchTime, ended] = [timeOf(LaunchTime), endedBy(instance)]
  const isReachable = typeof PublicIpAddress === "string" && PublicIpAddress !== ""
  return {
    id: resourceId(provider, region, InstanceId),
    name: tags["Name"] ?? Ownership.toName(mark),
    state,
    ...(typeof InstanceType === "string" ? { instanceType: InstanceType } : {}),
    ...(launchTime === undefined ? {} : { launchTime }),
    costPerHour: UsdPerHour.make(costIn(tags, state)),
    ...(isReachable ? { publicIp: PublicIpAddress } : {}),
    tags,
    owner: mark.owner,
    key: mark.key,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000),
    ...(ended === undefined ? {} : { endedBy: ended })
  }
}

/** The states that are known by their words. @category predicates @since 0.1.0 */
export const isKnownState = (word: string): boolean =>
  ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"].includes(word)
