/**
 * What an event says, in a few words. An event that is not known here has none.
 */
import { placeOf } from "@runctl/runtime/NextOffer"
import { toEvent } from "@runctl/runtime/Projections"
import type { Event } from "@runctl/runtime/Event"
import type { StoredEvent } from "@runctl/runtime/Journal"
import { shownState } from "../render/state.ts"
import { clean } from "../render/table.ts"
import { bytes, count, usd, usdPerHour } from "../render/units.ts"

const nano = (amount: number): string => usd(amount / 1e9)

const wordsOf = (event: Event): string => {
  switch (event.type) {
    case "RunRequested":
      return `${event.payload.spec.name}: ${[event.payload.spec.job.script, ...event.payload.spec.job.args].join(" ")}`
    case "AttemptStarted":
      return `attempt ${event.payload.number}`
    case "ProviderFailed":
      return `${event.payload.provider}: ${event.payload.message}`
    case "OfferFailed":
      return `${placeOf(event.payload)}: ${event.payload.problem.message}`
    case "RunPlaced":
      return `${event.payload.rented ? "rented" : "on"} ${event.payload.resource} at ${usdPerHour(event.payload.usdPerHour)}`
    case "CheckpointSaved":
      return `${event.payload.checkpoint.path} (${bytes(event.payload.checkpoint.bytes)})`
    case "RunCancelRequested":
      return `by ${event.payload.by === "user" ? "you" : "the budget"}`
    case "RunExtended":
    case "InstanceExtended":
      return `to ${new Date(event.payload.deadlineAt).toISOString()}`
    case "RunStarted":
      return event.payload.status.pid === null ? "" : `process ${event.payload.status.pid}`
    case "JobEnded":
      return endOf(event.payload.status)
    case "AttemptInterrupted":
      return `${event.payload.cause}: ${event.payload.message}`
    case "OutputsVerified":
      return `${count(event.payload.files, "file")}, ${bytes(event.payload.bytes)} in ${event.payload.folder}`
    case "RunFailed":
    case "RunInterrupted":
    case "OutputsFailed":
    case "InstanceFailed":
      return event.payload.problem.message
    case "RunClosed":
      return `charged ${nano(event.payload.chargedNanoUsd)}`
    case "InstanceRequested":
      return `${event.payload.provider} ${event.payload.offer.instanceType} at ${usdPerHour(event.payload.usdPerHour ?? null)}`
    case "InstanceAdopted":
    case "InstanceProvisioned":
    case "InstanceObserved":
      return `${event.payload.resource.id} ${shownState(event.payload.resource.state)}`
    case "InstanceHostKeyOffered":
      return "a host key of its own"
    case "InstanceBootstrapped":
      return event.payload.hostKey === undefined ? "" : "shows a host key of its own"
    case "ShutdownRequested":
      return `by ${event.payload.by}`
    case "InstanceDestroyed":
      return `by ${event.payload.endedBy}, charged ${nano(event.payload.chargedNanoUsd)}`
    case "BudgetReserved":
      return nano(event.payload.nanoUsd)
    case "BudgetReleased":
      return `charged ${nano(event.payload.chargedNanoUsd)}`
    case "InstanceSighted":
      return `${event.payload.resource} is there and should not be`
    case "InstanceLate":
      return `${event.payload.resource.id} is there after all and is ended`
    case "SurplusEnded":
      return `${event.payload.resource}, charged ${nano(event.payload.chargedNanoUsd)}`
    case "OrphanEnded":
      return `${event.payload.resource}, as it was asked for`
    case "CompanionRemoved":
      return event.payload.companion
    case "SweepCompleted":
      return `${count(event.payload.machines, "machine")} seen, ${event.payload.ended} ended`
    case "SupervisorStarted":
      return `process ${event.payload.pid}`
    case "SupervisorStopped":
      return event.payload.why
    case "InstancePriced":
      return `costs ${usdPerHour(event.payload.usdPerHour)} now`
    case "BudgetWarned":
    case "BudgetExceeded":
    case "InstancePreempted":
    case "NotificationFailed":
      return event.payload.message
    case "RunPrepared":
    case "RunCompleted":
    case "RunCancelled":
    case "InstanceAskedAgain":
    case "InstanceStopRequested":
    case "InstanceStartRequested":
      return ""
  }
}

const endOf = ({ exitCode, reason }: { readonly exitCode: number | null; readonly reason: string | null }): string =>
  [exitCode === null ? undefined : `exit code ${exitCode}`, reason ?? undefined]
    .filter((part) => part !== undefined)
    .join(", ")

/** The words for an event; whatever it holds, it is one line that a terminal can bear. */
export const wordsFor = (stored: StoredEvent): string => {
  try {
    const event = toEvent(stored)
    return event === undefined ? "" : clean(wordsOf(event))
  } catch {
    // Written by a version that is not this one: its type says enough.
    return ""
  }
}
