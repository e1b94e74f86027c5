/**
 * The life of a machine in the fake cloud, as functions of time.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import { type NanoUsd, overSeconds, sum, UsdPerHour } from "@runctl/core/Money"
import type { Market } from "@runctl/core/Offer"
import { type Mark, toName, toTags } from "@runctl/core/Ownership"
import type { EndedBy, Resource, ResourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { Charge } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"

/** How long the fake cloud takes, in milliseconds. */
export interface Timing {
  readonly visibleAfter: number
  readonly bootsFor: number
  readonly endsFor: number
  readonly forgottenAfter: number
}

/** A rented machine; times are milliseconds since 1970. */
export interface FakeMachine {
  readonly id: ResourceId
  readonly mark: Mark
  readonly instanceType: string
  readonly market: Market
  readonly usdPerHour: UsdPerHour
  readonly createdAt: number
  readonly switches: ReadonlyArray<{ readonly at: number; readonly on: boolean; readonly isPreemption?: boolean }>
  readonly end: { readonly at: number; readonly by: EndedBy } | undefined
}

/** Whether it was taken back: ended, or stopped and not started again. */
export const isPreempted = ({ end, switches }: FakeMachine): boolean =>
  end?.by === "preempted" || switches.at(-1)?.isPreemption === true

/** What the disk of every machine costs, used or not. */
export const diskUsdPerHour = UsdPerHour.make(0.01)

/** The state at a time; `undefined` once the cloud has forgotten the machine. */
export const stateAt = (machine: FakeMachine, now: number, timing: Timing): ResourceState.ResourceState | undefined => {
  if (machine.end !== undefined && now >= machine.end.at) {
    const since = now - machine.end.at
    if (since < timing.endsFor) return ResourceState.Terminating
    return since < timing.endsFor + timing.forgottenAfter ? ResourceState.Terminated : undefined
  }
  const last = machine.switches.findLast(({ at }) => at <= now)
  if (last?.on === false) return ResourceState.Stopped
  return now < (last?.at ?? machine.createdAt) + timing.bootsFor ? ResourceState.Starting : ResourceState.Running
}

/** What is charged in a state: the machine and its disk, or what goes on while stopped. */
export const chargesIn = (
  machine: FakeMachine,
  stop: Capabilities["stop"],
  state: ResourceState.ResourceState
): ReadonlyArray<Charge> => {
  const compute: Charge = { item: "compute", usdPerHour: machine.usdPerHour }
  const disk: Charge = { item: "disk", usdPerHour: diskUsdPerHour }
  if (!ResourceState.isBillable(state)) return []
  if (state._tag !== "Stopped") return [compute, disk]
  return stop === "everything" ? [compute, disk] : stop === "disk" ? [disk] : []
}

const together = (charges: ReadonlyArray<Charge>): UsdPerHour =>
  UsdPerHour.make(charges.reduce((total, { usdPerHour }) => total + usdPerHour, 0))

/** Everything charged for the machine until a time. */
export const chargedUntil = (
  machine: FakeMachine,
  stop: Capabilities["stop"],
  now: number,
  timing: Timing
): NanoUsd => {
  const gone = machine.end === undefined ? Infinity : machine.end.at + timing.endsFor
  const until = Math.min(now, gone)
  const changes = [machine.createdAt, ...machine.switches.map(({ at }) => at).filter((at) => at < until), until]
  return sum(
    changes.slice(1).map((to, index) => {
      const from = changes[index] ?? to
      const state = stateAt(machine, from, timing) ?? ResourceState.Terminated
      return overSeconds(together(chargesIn(machine, stop, state)), Math.max(0, to - from) / 1000)
    })
  )
}

/** What the cloud says of the machine. */
export const toResource = (
  machine: FakeMachine,
  stop: Capabilities["stop"],
  state: ResourceState.ResourceState
): Resource => ({
  id: machine.id,
  name: toName(machine.mark),
  state,
  instanceType: machine.instanceType,
  launchTime: DateTime.makeUnsafe(machine.createdAt),
  costPerHour: together(chargesIn(machine, stop, state)),
  tags: toTags(machine.mark),
  owner: machine.mark.owner,
  key: machine.mark.key,
  deadline: DateTime.makeUnsafe(machine.mark.deadlineEpochSeconds * 1000),
  ...(machine.end === undefined ? {} : { endedBy: machine.end.by })
})
