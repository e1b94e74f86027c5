/**
 * Virtual machines as machines, in the words that all providers share.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import type { Market } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Address from "./Address.ts"
import type { Vm } from "./Answers.ts"

/** The provider's name. @category constants @since 0.1.0 */
export const provider = "lyceum"

/** There are no regions: nobody says where a machine is. @category constants @since 0.1.0 */
export const region = "lyceum"

/** A machine of so many of a profile's GPUs, as offers name it. @category conversions @since 0.1.0 */
export const typeOf = (profile: string, count: number): string => `${profile}.${count}x`

/**
 * Whose a machine is: its name says so, and nothing else can. The API's own name of it says nothing, but old
 * descriptions have ours in that field.
 *
 * @category accessors
 * @since 0.1.0
 */
export const markOf = ({ display_name: shown, name }: Vm): Ownership.Mark | undefined =>
  Ownership.fromName(shown ?? name ?? "")

/** The type of a machine; at first only its specs know. @category accessors @since 0.1.0 */
export const instanceTypeOf = ({ gpu_count, hardware_profile, instance_specs: specs }: Vm): string | undefined => {
  const profile = hardware_profile ?? specs?.gpu_type
  const count = gpu_count ?? specs?.gpu_count
  return typeof profile === "string" && profile !== "" && typeof count === "number"
    ? typeOf(profile.toLowerCase(), count)
    : undefined
}

/** In which market it was rented, as far as that was said. @category accessors @since 0.1.0 */
export const marketOf = ({ instance_type: market }: Vm): Market | undefined =>
  market === "spot" || market === "on-demand" ? market : undefined

/** The time in an answer; without a zone it is UTC, whatever this computer's is. @category parsing @since 0.1.0 */
export const timeOf = (text: string | null | undefined): DateTime.Utc | undefined => {
  const plain = (text ?? "").trim()
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(plain) ? plain : `${plain}Z`
  return Option.getOrUndefined(DateTime.make(zoned))
}

const plainStatus = ({ status }: Vm): string => (status ?? "").trim().toLowerCase()

/**
 * The state of a machine.
 *
 * **Details**  a machine that is ready and has no address yet is `Starting`. What the API says otherwise is not
 * contractual: a word that nobody knows is `Unknown`, which counts as alive and billed.
 *
 * @category conversions
 * @since 0.1.0
 */
export const stateOf = (vm: Vm): ResourceState.ResourceState => {
  const status = plainStatus(vm)
  switch (status) {
    case "pending":
    case "provisioning":
      return ResourceState.Starting
    case "ready":
    case "running":
      return Address.parse(vm.ip_address) === Address.none ? ResourceState.Starting : ResourceState.Running
    case "stopping":
    case "stopped":
      return ResourceState.Stopped
    case "terminating":
    case "deleting":
      return ResourceState.Terminating
    case "terminated":
    case "deleted":
      return ResourceState.Terminated
    case "failed":
    case "error":
      return ResourceState.failed(`Lyceum says "${status}" of it, and may go on billing it until it is terminated`)
    default:
      return ResourceState.Unknown
  }
}

/** A word of the API that nobody here knows. @category accessors @since 0.1.0 */
export const strangeWord = (vm: Vm): string | undefined =>
  stateOf(vm)._tag === "Unknown" && plainStatus(vm) !== "" ? plainStatus(vm).slice(0, 40) : undefined

/** The API's id behind ours; `undefined` when it is another provider's. @category accessors @since 0.1.0 */
export const nativeIdOf = (id: ResourceId): string | undefined => {
  const { nativeId, provider: name } = parts(id)
  return name === provider && nativeId !== "" ? nativeId : undefined
}

/** Our id of a machine. @category conversions @since 0.1.0 */
export const idOf = (nativeId: string): ResourceId => resourceId(provider, region, nativeId)

/**
 * A machine with a mark, at a price per hour.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toResource = (
  vm: Vm,
  mark: Ownership.Mark,
  usdPerHour: number,
  state: ResourceState.ResourceState = stateOf(vm)
): Resource => {
  const launchTime = timeOf(vm.created_at)
  const instanceType = instanceTypeOf(vm)
  const address = Address.parse(vm.ip_address)
  return {
    id: idOf(vm.vm_id),
    name: Ownership.toName(mark),
    state,
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(launchTime === undefined ? {} : { launchTime }),
    costPerHour: UsdPerHour.make(state._tag === "Terminated" ? 0 : Math.max(0, usdPerHour)),
    ...(typeof address === "string" ? {} : { publicIp: address.host }),
    tags: {},
    owner: mark.owner,
    key: mark.key,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
  }
}
