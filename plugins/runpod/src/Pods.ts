/**
 * Pods as machines, in the words that all providers share.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { Charge } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Pod } from "./Answers.ts"
import { anywhere, diskUsdPerGbHour, provider } from "./Offers.ts"
import * as Types from "./Types.ts"

/** Where a pod is reached over SSH. @category models @since 0.1.0 */
export interface SshAddress {
  readonly host: string
  readonly port: number
  readonly user: string
}

/** The mark as a pod's environment: readable from outside, and known to whatever runs in it. */
const envNames = { "runctl-owner": "RUNCTL_OWNER", "runctl-key": "RUNCTL_KEY", "runctl-deadline": "RUNCTL_DEADLINE" }

/**
 * Where a pod was asked for, kept with it: RunPod tells of the place only later, of some pods never, and an id must not
 * change.
 */
const regionEnv = "RUNCTL_REGION"

/** The mark, and where a pod was asked for, as its variables. @category conversions @since 0.1.0 */
export const markEnv = (mark: Ownership.Mark, region: string): Readonly<Record<string, string>> => {
  const tags = Ownership.toTags(mark)
  const ours = Object.entries(envNames).map(([tag, name]) => [name, tags[tag] ?? ""])
  return { ...Object.fromEntries(ours), [regionEnv]: region }
}

const regionOf = ({ dataCenterId, env }: Pod): string => {
  const asked = env?.[regionEnv] ?? ""
  return /^[^/\s]+$/.test(asked) ? asked : (dataCenterId ?? "") || anywhere
}

const tagsOf = ({ env }: Pod): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(envNames).flatMap(([tag, name]) => {
      const value = env?.[name]
      return value === undefined ? [] : [[tag, value]]
    })
  )

/** Whose a pod is: its environment says so, and where that is not told its name. @category accessors @since 0.1.0 */
export const markOf = (pod: Pod): Ownership.Mark | undefined =>
  Ownership.fromTags(tagsOf(pod)) ?? Ownership.fromName(pod.name ?? "")

/** The id in a resource's, when it is one of RunPod's. @category accessors @since 0.1.0 */
export const podIn = (id: ResourceId): string | undefined => {
  const { nativeId, provider: name } = parts(id)
  return name === provider && /^[A-Za-z0-9_-]{1,64}$/.test(nativeId) ? nativeId : undefined
}

/**
 * Where sshd is reached: at a public address and a port of its own there. RunPod's proxy carries a terminal and no
 * files, so it is no way. Only a pod that runs has one: what stands there of a stopped one is out of date.
 *
 * @category accessors
 * @since 0.1.0
 */
export const sshOf = ({ runtime, ssh, status }: Pod): SshAddress | undefined => {
  if (status !== "RUNNING") return undefined
  const direct = ssh?.direct
  if (direct !== undefined && direct !== null) {
    return { host: direct.host, port: direct.port, user: direct.username ?? "root" }
  }
  const mapped = (runtime?.ports ?? []).find((each) => each.private === 22 && each.type === "tcp")
  const { ip, public: port } = mapped ?? {}
  return typeof ip === "string" && ip !== "" && typeof port === "number" ? { host: ip, port, user: "root" } : undefined
}

const known: ReadonlySet<string> = new Set(["PROVISIONING", "STARTING", "RUNNING", "EXITED", "ERROR", "TERMINATED"])

/** Whether a word for a state is one of the API's. @category predicates @since 0.1.0 */
export const isKnownStatus = (status: string): boolean => known.has(status)

/**
 * The state of a pod. One that runs and cannot be reached yet is still starting.
 *
 * @category conversions
 * @since 0.1.0
 */
export const stateOf = (pod: Pod): ResourceState.ResourceState => {
  switch (pod.status) {
    case "PROVISIONING":
    case "STARTING":
      return ResourceState.Starting
    case "RUNNING":
      return sshOf(pod) === undefined ? ResourceState.Starting : ResourceState.Running
    case "EXITED":
      return ResourceState.Stopped
    case "ERROR":
      return ResourceState.failed("RunPod says that the pod's container cannot be run; `runctl terminate` ends it")
    case "TERMINATED":
      return ResourceState.Terminated
    default:
      return ResourceState.Unknown
  }
}

const shapeOf = ({ cloud, cpu, gpu }: Pod): string | undefined => {
  if (gpu !== undefined && gpu !== null) {
    const kind = cloud === "COMMUNITY" ? "community" : "secure"
    return Types.nameOf({ _tag: "Gpu", slug: Types.slugOf(gpu.id), count: gpu.count ?? 1, cloud: kind })
  }
  return cpu === undefined || cpu === null
    ? undefined
    : Types.nameOf({ _tag: "Cpu", slug: Types.slugOf(cpu.id), vcpus: cpu.vcpuCount ?? 0 })
}

const volumeTag = "runpod-volume-gb"

const volumeOf = ({ mounts }: Pod): number => mounts?.persistent?.size ?? 0

/** How large the volume is that a stop keeps. **Units**  GB @category accessors @since 0.1.0 */
export const volumeGbOf = ({ tags }: Resource): number => Number(tags[volumeTag] ?? "0") || 0

/**
 * What a pod costs per hour in a state: the pod while it runs, the volume that it keeps while it is stopped, where a
 * GB costs twice as much.
 *
 * @category conversions
 * @since 0.1.0
 */
export const chargesOf = (resource: Resource, state: ResourceState.ResourceState): ReadonlyArray<Charge> => {
  if (!ResourceState.isBillable(state)) return []
  const volume = volumeGbOf(resource)
  if (state._tag !== "Stopped") return [{ item: "compute", usdPerHour: resource.costPerHour }]
  return volume === 0 ? [] : [{ item: "disk", usdPerHour: UsdPerHour.make(volume * diskUsdPerGbHour.stopped) }]
}

/** What a pod's own answer may leave out, from what is known of it otherwise. @category models @since 0.1.0 */
export interface Otherwise {
  readonly usdPerHour?: number | undefined
  readonly state?: ResourceState.ResourceState | undefined
}

const costOf = (pod: Pod, state: ResourceState.ResourceState, usdPerHour: number | undefined): UsdPerHour => {
  // What it costs while it is stopped RunPod does not say: it calls that nothing.
  if (state._tag === "Stopped") return UsdPerHour.make(volumeOf(pod) * diskUsdPerGbHour.stopped)
  const told = pod.cost ?? 0
  return UsdPerHour.make(Math.max(0, told > 0 ? told : (usdPerHour ?? 0)))
}

/**
 * A pod as a machine; nothing when it carries nobody's mark.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toResource = (pod: Pod, otherwise: Otherwise = {}): Resource | undefined => {
  const mark = markOf(pod)
  if (mark === undefined) return undefined
  const { createdAt, id, name } = pod
  const launchTime = Option.getOrUndefined(DateTime.make(createdAt ?? ""))
  const instanceType = shapeOf(pod)
  const publicIp = sshOf(pod)?.host
  const state = otherwise.state ?? stateOf(pod)
  const volume = volumeOf(pod)
  return {
    id: resourceId(provider, regionOf(pod), id),
    ...(name === undefined || name === null ? {} : { name }),
    state,
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(launchTime === undefined ? {} : { launchTime }),
    costPerHour: costOf(pod, state, otherwise.usdPerHour),
    ...(publicIp === undefined ? {} : { publicIp }),
    tags: { ...Ownership.toTags(mark), ...(volume === 0 ? {} : { [volumeTag]: String(volume) }) },
    owner: mark.owner,
    key: mark.key,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
  }
}
