/**
 * Folds a machine's events into its record.
 *
 * @since 0.1.0
 */
import * as Money from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import { parts, type Resource } from "@runctl/core/Resource"
import * as DateTime from "effect/DateTime"
import { answered, costUntil, extended, observed, priced } from "./Accrual.ts"
import type { Event, Problem } from "./Event.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { isHeld } from "./Waiting.ts"

const sighted = (record: ResourceRecord, id: string, at: number): ResourceRecord => {
  const before = record.sightings?.[id]
  const now = { first: before?.first ?? at, last: at, count: (before?.count ?? 0) + 1 }
  return { ...record, sightings: { ...record.sightings, [id]: now } }
}

const forgotten = (record: ResourceRecord, id: string): ResourceRecord => {
  const { [id]: _, ...sightings } = record.sightings ?? {}
  return { ...record, sightings }
}

/** It was given up, or seen as gone, and is there: the next end counts from its beginning. */
const late = (record: ResourceRecord, resource: Resource, at: number): ResourceRecord => {
  if (isHeld(record)) return record
  const { endedAt: _, problem: __, ...rest } = forgotten(record, resource.id)
  const launched = resource.launchTime === undefined ? at : DateTime.toEpochMillis(resource.launchTime)
  return {
    ...rest,
    phase: "Ending",
    endingBy: record.endingBy ?? "us",
    resource,
    provisionedAt: record.provisionedAt ?? launched
  }
}

/** What was pinned stays so: only one key was ever confirmed. */
const bootstrapped = (record: ResourceRecord, hostKey: string | undefined, at: number): ResourceRecord => {
  const met = { ...record, bootstrappedAt: record.bootstrappedAt ?? at }
  if (hostKey === undefined || record.hostKey !== undefined) return met
  const { pendingHostKey: _, ...rest } = met
  return { ...rest, hostKey }
}

/** What was never there has failed; a machine that is there and no good is still to be ended. */
const failed = (record: ResourceRecord, problem: Problem, at: number): ResourceRecord => {
  if (record.resource === undefined) return { ...record, phase: "Failed", problem, endedAt: at }
  if (record.phase === "Gone") return record
  return { ...record, phase: "Ending", endingBy: record.endingBy ?? "provider", problem }
}

/** What came twice has cost besides; of a machine that is gone everything is settled. */
const withSurplus = (record: ResourceRecord, amount: Money.NanoUsd): ResourceRecord => ({
  ...record,
  surplusNanoUsd: Money.add(record.surplusNanoUsd ?? Money.zero, amount),
  ...(record.phase === "Gone" ? { chargedNanoUsd: Money.add(record.chargedNanoUsd ?? Money.zero, amount) } : {})
})

const grown = (record: ResourceRecord, event: Event, at: number): ResourceRecord => {
  switch (event.type) {
    case "InstanceProvisioned":
      // Found while it was being ended, it is still to be ended; after its end it is only an echo.
      if (!isHeld(record)) return record
      return {
        ...record,
        phase: record.endingBy === undefined ? "Held" : "Ending",
        resource: event.payload.resource,
        provisionedAt: record.provisionedAt ?? at,
        ...answered(record, event.payload.resource, at)
      }
    case "InstanceAskedAgain":
      // A token stands for one machine for ever, a name only for as long as that lives.
      return event.payload.knownBy === "token" ? record : { ...record, askedAgainAt: at }
    case "InstanceObserved":
      return { ...record, resource: event.payload.resource, ...observed(record, event.payload.resource, at) }
    case "InstanceHostKeyOffered":
      return record.hostKey === undefined ? { ...record, pendingHostKey: event.payload.hostKey } : record
    case "InstanceBootstrapped":
      return bootstrapped(record, event.payload.hostKey, at)
    case "InstanceFailed":
      return failed(record, event.payload.problem, at)
    case "InstanceExtended":
      return { ...record, ...extended(record, event.payload), deadlineAt: event.payload.deadlineAt }
    case "InstancePriced":
      return isHeld(record)
        ? { ...record, ...priced(record, event.payload.usdPerHour, event.payload.since ?? at) }
        : record
    case "InstancePreempted":
      // Gone or on its way: it is ended like every other, so that nothing of it stays.
      return isHeld(record) ? { ...record, phase: "Ending", endingBy: record.endingBy ?? "preempted" } : record
    case "ShutdownRequested":
      return isHeld(record) ? { ...record, phase: "Ending", endingBy: record.endingBy ?? event.payload.by } : record
    case "InstanceDestroyed":
      // Two processes may have ended it at the same time; what the first one saw counts.
      return record.phase === "Gone"
        ? record
        : {
            ...record,
            phase: "Gone",
            endingBy: event.payload.endedBy,
            endedAt: at,
            chargedNanoUsd: event.payload.chargedNanoUsd
          }
    case "InstanceSighted":
      return sighted(record, event.payload.resource, at)
    case "InstanceLate":
      return late(record, event.payload.resource, at)
    case "SurplusEnded":
      return withSurplus(forgotten(record, event.payload.resource), event.payload.chargedNanoUsd)
    case "CompanionRemoved":
      return forgotten(record, event.payload.companion)
    default:
      return record
  }
}

/** What can be said of a machine whose request was lost with a damaged journal: what its provider and its mark tell. */
const adopted = (resource: Resource, at: number): ResourceRecord => {
  const { provider, region } = parts(resource.id)
  const deadlineAt = resource.deadline === undefined ? at : DateTime.toEpochMillis(resource.deadline)
  return {
    mark: { owner: resource.owner, key: resource.key, deadlineEpochSeconds: Math.ceil(deadlineAt / 1000) },
    provider,
    phase: "Held",
    offer: {
      provider,
      region,
      instanceType: resource.instanceType ?? "unknown",
      gpuCount: 0,
      vcpus: 0,
      memoryGiB: GiB.make(0),
      source: "adopted",
      asOf: DateTime.makeUnsafe(at)
    },
    market: "on-demand",
    requestedAt: at,
    provisionedAt: resource.launchTime === undefined ? at : DateTime.toEpochMillis(resource.launchTime),
    usdPerHour: resource.costPerHour,
    scopes: [],
    resource,
    deadlineAt
  }
}

/**
 * A machine's record after one more event; nothing before its request or adoption.
 *
 * **Units**  at: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const evolve = (record: ResourceRecord | undefined, event: Event, at: number): ResourceRecord | undefined => {
  if (event.type === "InstanceRequested") {
    const { mark, ...request } = event.payload
    return (
      record ?? { ...request, mark, phase: "Intended", requestedAt: at, deadlineAt: mark.deadlineEpochSeconds * 1000 }
    )
  }
  if (event.type === "InstanceAdopted") return record ?? adopted(event.payload.resource, at)
  return record === undefined ? undefined : grown(record, event, at)
}

/**
 * What a machine has cost so far, or in all once it is gone, with what came twice. `undefined` when its price is unknown.
 *
 * **Units**  now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const accrued = (record: ResourceRecord, now: number): Money.NanoUsd | undefined => {
  if (record.phase === "Gone" && record.chargedNanoUsd !== undefined) return record.chargedNanoUsd
  const own = record.provisionedAt === undefined ? Money.zero : costUntil(record, record.endedAt ?? now)
  return own === undefined ? undefined : Money.add(own, record.surplusNanoUsd ?? Money.zero)
}
