/**
 * Instances as machines, in the words that all providers share.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { Charge } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import type { Instance } from "./Answers.ts"
import { diskRateOf, provider, regionOf, typeOf } from "./Market.ts"

/**
 * Longer than this nothing loads: what is still loading then never comes.
 *
 * @source https://github.com/dstackai/dstack/issues/2809. **Units**  milliseconds
 */
const loadingTakes = 30 * 60_000

/** So long a host may be offline before what is on it counts as lost. **Units**  milliseconds */
const offlineTakes = 10 * 60_000

/**
 * What is known of an instance beside its row.
 *
 * **Details**  `ended`: its end was accepted a short while ago. `startedAt`: when it was switched on last, by us.
 * `silentSince`: since when its host has not been heard of.
 * **Units**    times: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Around {
  readonly now: number
  readonly ended?: boolean
  readonly startedAt?: number | undefined
  readonly silentSince?: number | undefined
}

const word = (text: string | null | undefined): string => (text ?? "").trim().toLowerCase()

/** Whether the host of an instance has not been heard of. @category predicates @since 0.1.0 */
export const isSilent = ({ actual_status: status }: Instance): boolean => ["unknown", "offline"].includes(word(status))

/** Whether it is stopped, and is wanted to be: by us, or by the market. */
const isAtRest = ({ cur_state: current, intended_status: intended, next_state: next }: Instance): boolean =>
  word(current) === "stopped" && word(intended) === "stopped" && ["stopped", ""].includes(word(next))

/**
 * Whether an instance that lives by a bid was stopped by somebody: outbid, unless we did it.
 *
 * @source https://github.com/dstackai/dstack/issues/4037
 * @category predicates
 * @since 0.1.0
 */
export const isOutbid = (instance: Instance): boolean => instance.is_bid === true && isAtRest(instance)

const said = ({ status_msg: message }: Instance, otherwise: string): string => {
  const text = (message ?? "").trim().replaceAll(/\s+/g, " ")
  return text === "" ? otherwise : text.slice(0, 300)
}

const loading = (instance: Instance, { now, startedAt }: Around): ResourceState.ResourceState => {
  const failed = /OCI runtime create failed|\berror\b/i.test(instance.status_msg ?? "")
  if (failed) return ResourceState.failed(said(instance, "its container could not be made"))
  const since = Math.max(startedAt ?? 0, (instance.start_date ?? 0) * 1000)
  return since > 0 && now - since > loadingTakes
    ? ResourceState.failed(`it has been loading for ${Math.round((now - since) / 60_000)} minutes, which never ends`)
    : ResourceState.Starting
}

/**
 * The state of an instance: what its container does, against what is wanted of it.
 *
 * **Details**  one that has exited although it is to run never comes back by itself. One that waits for its GPUs after it
 * was switched on is starting. Its disk is billed in all of these states.
 *
 * @category conversions
 * @since 0.1.0
 */
export const stateOf = (instance: Instance, around: Around): ResourceState.ResourceState => {
  if (around.ended === true) return ResourceState.Terminating
  const status = word(instance.actual_status)
  const intended = word(instance.intended_status)
  if (isAtRest(instance) && status !== "running") return ResourceState.Stopped
  switch (status) {
    case "running":
      return ResourceState.Running
    case "":
    case "created":
    case "loading":
    case "rebooting":
    case "scheduling":
      return loading(instance, around)
    case "stopped":
    case "frozen":
      // It waits for its GPUs.
      return status === "stopped" && intended === "running" ? loading(instance, around) : ResourceState.Stopped
    case "exited":
      if (intended === "stopped") return ResourceState.Stopped
      return word(instance.cur_state) === "stopped"
        ? loading(instance, around)
        : ResourceState.failed(`container exited: ${said(instance, "its host does not say why")}`)
    case "unknown":
    case "offline":
      return around.silentSince !== undefined && around.now - around.silentSince > offlineTakes
        ? ResourceState.failed("its host has been offline for more than ten minutes")
        : ResourceState.Unknown
    default:
      return ResourceState.Unknown
  }
}

/** The words of the API that are known. @category predicates @since 0.1.0 */
export const isKnownStatus = (status: string): boolean =>
  [
    "",
    "created",
    "exited",
    "frozen",
    "loading",
    "offline",
    "rebooting",
    "running",
    "scheduling",
    "stopped",
    "unknown"
  ].includes(word(status))

/** Whose an instance is: its label is all that says so. @category accessors @since 0.1.0 */
export const markOf = ({ label }: Pick<Instance, "label">): Ownership.Mark | undefined =>
  Ownership.fromName((label ?? "").trim())

/** The number behind an id; `undefined` when no instance can have that id. @category accessors @since 0.1.0 */
export const numberOf = (id: ResourceId): number | undefined => {
  const { nativeId, provider: name } = parts(id)
  return name === provider && /^[1-9]\d{0,14}$/.test(nativeId) ? Number(nativeId) : undefined
}

/** What an instance costs. **Units**  US dollars per hour @category models @since 0.1.0 */
export interface Prices {
  readonly compute: number
  readonly disk: number
}

const whole = (amount: number | null | undefined): number | undefined =>
  typeof amount === "number" && amount >= 0 ? amount : undefined

/**
 * What an instance's GPUs and its disk cost, while it has them. What an answer leaves out is taken from what was offered.
 *
 * @category accessors
 * @since 0.1.0
 */
export const pricesOf = (instance: Instance, otherwise?: Prices): Prices => {
  const { disk_space: size, dph_base: base, dph_total: total, storage_total_cost: storage } = instance
  const rate = diskRateOf(instance)
  const disk =
    whole(storage) ??
    (rate !== undefined && whole(size) !== undefined ? rate * (size ?? 0) : undefined) ??
    otherwise?.disk ??
    Math.max(0, (whole(total) ?? 0) - (whole(base) ?? whole(total) ?? 0))
  const compute = whole(base) ?? (whole(total) === undefined ? otherwise?.compute : Math.max(0, (total ?? 0) - disk))
  return { compute: compute ?? 0, disk }
}

/**
 * What is charged in a state: the disk from the create until the end, and the GPUs unless it is stopped. One that is
 * frozen keeps them.
 *
 * @category conversions
 * @since 0.1.0
 */
export const chargesIn = (
  { compute, disk }: Prices,
  state: ResourceState.ResourceState,
  isFrozen = false
): ReadonlyArray<Charge> => {
  if (!ResourceState.isBillable(state)) return []
  const gpus = { item: "compute", usdPerHour: UsdPerHour.make(compute) } as const
  const storage = { item: "disk", usdPerHour: UsdPerHour.make(disk) } as const
  return state._tag === "Stopped" && !isFrozen ? [storage] : [gpus, storage]
}

/** Whether it is paused with its memory, which costs as much as running. @category predicates @since 0.1.0 */
export const isFrozen = ({ actual_status: status }: Instance): boolean => word(status) === "frozen"

/** What an answer may leave out, from what is known of an instance otherwise. @category models @since 0.1.0 */
export interface Otherwise {
  readonly region?: string | undefined
  readonly instanceType?: string | undefined
  readonly prices?: Prices | undefined
}

/**
 * An instance as a machine; nothing when it carries nobody's mark.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toResource = (
  instance: Instance,
  state: ResourceState.ResourceState,
  otherwise: Otherwise = {}
): Resource | undefined => {
  const mark = markOf(instance)
  if (mark === undefined) return undefined
  const { id, machine_id: machine, num_gpus: gpus, start_date: start } = instance
  const instanceType =
    typeof machine === "number" && typeof gpus === "number"
      ? typeOf({ ...instance, machine_id: machine, num_gpus: gpus })
      : otherwise.instanceType
  const publicIp = (instance.public_ipaddr ?? "").trim()
  const charges = chargesIn(pricesOf(instance, otherwise.prices), state, isFrozen(instance))
  return {
    id: resourceId(provider, otherwise.region ?? regionOf(instance), String(id)),
    name: Ownership.toName(mark),
    state,
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(typeof start === "number" && start > 0 ? { launchTime: DateTime.makeUnsafe(start * 1000) } : {}),
    costPerHour: UsdPerHour.make(charges.reduce((sum, { usdPerHour }) => sum + usdPerHour, 0)),
    ...(publicIp === "" ? {} : { publicIp }),
    tags: Ownership.toTags(mark),
    owner: mark.owner,
    key: mark.key,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
  }
}
