/**
 * What lies at a provider under our owner that no record of ours holds as it should be, and what a person may do about it.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { Resource } from "@runctl/core/Resource"
import type { Companion } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Endings } from "./Endings.ts"
import { event } from "./Event.ts"
import * as MachineClocks from "./MachineClocks.ts"
import { streams } from "./Projections.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import * as Removal from "./Removal.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { CannotAdopt, NoOrphan, NotOurs } from "./RuntimeError.ts"
import { sighted } from "./Sightings.ts"
import * as Sweep from "./Sweep.ts"
import type { Survey } from "./Sweeper.ts"

/** A machine that is nobody's here, or should not be there. @category models @since 0.1.0 */
export type OrphanMachine = { readonly resource: Resource } & (
  | { readonly _tag: "Late" | "Surplus"; readonly record: ResourceRecord }
  | { readonly _tag: "Unproven"; readonly record: ResourceRecord; readonly why: string }
  | { readonly _tag: "Elsewhere" | "Expired" }
)

/** Something beside machines that none of ours here uses. @category models @since 0.1.0 */
export type OrphanCompanion = { readonly provider: string; readonly companion: Companion } & (
  | { readonly _tag: "Unused" | "Elsewhere" }
  | { readonly _tag: "LeftOver"; readonly record: ResourceRecord }
)

/** Everything that is left over, by one look. @category models @since 0.1.0 */
export interface Orphans {
  readonly machines: ReadonlyArray<OrphanMachine>
  readonly companions: ReadonlyArray<OrphanCompanion>
}

const isOrphan = (finding: Sweep.Finding): finding is OrphanMachine =>
  finding._tag !== "Owned" && finding._tag !== "Strange" && Sweep.lives(finding.resource)

const isUnneeded = (finding: Sweep.CompanionFinding): finding is OrphanCompanion => finding._tag !== "InUse"

/** What of a look at the clouds is left over. @category decisions @since 0.1.0 */
export const among = ({ companions, findings }: Survey): Orphans => ({
  machines: findings.filter(isOrphan),
  companions: companions.filter(isUnneeded)
})

/** Whether a name means a machine: its id, the provider's own id of it, its name or its key. */
const isCalled =
  (wanted: string) =>
  ({ resource: { id, key, name } }: Sweep.Finding): boolean =>
    wanted === id || wanted === name || wanted === key || wanted === id.split("/").slice(2).join("/")

/**
 * The machine that a name means among those that were seen: one that should not be there before one that should, as both
 * of one request have the same name and key. Nothing where nobody is called so.
 *
 * @category queries
 * @since 0.1.0
 */
export const called = (findings: ReadonlyArray<Sweep.Finding>, wanted: string): Sweep.Finding | undefined => {
  const all = findings.filter(isCalled(wanted))
  return all.find(({ resource }) => resource.id === wanted) ?? all.find(isOrphan) ?? all[0]
}

/** What is said where taking over is not the thing to do. */
const notAdoptable = {
  Owned: "it is yours already.",
  Late: "it had been given up, and is on its way to be ended.",
  Surplus: "it came twice, and the other one is yours.",
  Unproven: "it has the key of another machine of yours."
} as const

/**
 * Until when a machine would be ours if it were taken over, or why it cannot be. `lives` is how long it is given from now
 * on; by default its mark's deadline stays.
 *
 * **Units**  lives, now and the answer: milliseconds, those since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const adoptable = (
  finding: Sweep.Finding,
  lives: number | undefined,
  now: number
): number | NotOurs | CannotAdopt => {
  const { _tag: tag, resource } = finding
  const { id } = resource
  if (tag === "Strange") return new NotOurs({ id, owner: resource.owner })
  if (tag !== "Elsewhere" && tag !== "Expired") return new CannotAdopt({ id, why: notAdoptable[tag] })
  if (!Sweep.lives(resource)) return new CannotAdopt({ id, why: "it is gone, or on its way out." })
  if (lives !== undefined) return now + lives
  if (resource.deadline === undefined) return new CannotAdopt({ id, why: "it has no deadline of its own." })
  const deadlineAt = DateTime.toEpochMillis(resource.deadline)
  return deadlineAt > now ? deadlineAt : new CannotAdopt({ id, why: "its own deadline is past." })
}

/** How long a person waits for a machine's own clocks. */
const patience = Duration.seconds(30)

/** Its own clocks as its record has them, where it can be reached. */
const keptClocks = Effect.fnUntraced(function* (record: ResourceRecord, { id }: Resource) {
  const loaded = yield* (yield* Providers).get(record.provider)
  const unarmed = (why: string) =>
    Effect.logWarning(`${id}: its own clocks are as they were, and may end it sooner or not at all: ${why}`)
  yield* MachineClocks.keep(loaded, id, MachineClocks.ofMachine(record)).pipe(
    Effect.catch(({ message }) => unarmed(message)),
    Effect.timeoutOrElse({ duration: patience, orElse: () => unarmed("it does not answer") })
  )
})

/**
 * Takes over a machine of our owner whose key is unknown here: from now on it is ended at its deadline like every other.
 *
 * **Errors**  `NotOurs` for another owner's; `CannotAdopt` for what is ours already, and without a deadline to come.
 * That its own clocks could not be set is said, and does not fail it.
 *
 * @category commands
 * @since 0.1.0
 */
export const adopt = Effect.fn("Orphans.adopt")(function* (finding: Sweep.Finding, lives: number | undefined) {
  const records = yield* Records
  const { resource } = finding
  const until = adoptable(finding, lives, yield* Clock.currentTimeMillis)
  if (typeof until !== "number") return yield* until
  const stream = streams.resource(resource.key)
  // Both or none: a machine without a deadline would be ended at once.
  yield* records
    .append(stream, [event("InstanceAdopted", { resource }), event("InstanceExtended", { deadlineAt: until })], {
      expectedSeq: 0
    })
    .pipe(
      Effect.catchReason("JournalError", "Conflict", () =>
        Effect.fail(new CannotAdopt({ id: resource.id, why: notAdoptable.Owned }))
      )
    )
  const record = yield* recordOf(resource)
  yield* keptClocks(record, resource)
  return record
})

const recordOf = Effect.fnUntraced(function* ({ id, key }: Resource) {
  const record = yield* (yield* Records).resource(key)
  return record ?? (yield* Effect.die(new Error(`${id} was not recorded`)))
})

/**
 * What came of cleaning up one thing: it is gone, or may be ended later by itself.
 *
 * **Units**  after: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export type Cleaned = { readonly _tag: "Gone" } | { readonly _tag: "Later"; readonly after: number }

const isGone: Cleaned = { _tag: "Gone" }

/** Ends what its record proves to be ours; whatever else, because a person says so. */
const endMachine = Effect.fnUntraced(function* (finding: OrphanMachine) {
  const { resource } = finding
  const provider = resource.id.split("/")[0] ?? ""
  switch (finding._tag) {
    case "Late":
      return yield* Removal.endLate(finding.record, resource)
    case "Surplus":
      return yield* Removal.endSurplus(finding.record, resource)
    case "Unproven":
      return yield* Removal.endOrphan(provider, resource)
    case "Elsewhere":
    case "Expired": {
      // Ours from here on: should this process die now, whoever comes next goes on with its end.
      const taken = [event("InstanceAdopted", { resource }), event("ShutdownRequested", { by: "us" })] as const
      yield* (yield* Records).append(streams.resource(resource.key), taken)
      yield* (yield* Endings).end(resource.key, "us")
    }
  }
})

/**
 * Ends a machine that should not be there, and confirms that it is gone. `isTold`: a person has named it and said so;
 * otherwise only what is proven to be ours is ended, once it was sighted twice over the grace.
 *
 * @category commands
 * @since 0.1.0
 */
export const cleanMachine = Effect.fn("Orphans.cleanMachine")(function* (finding: OrphanMachine, isTold: boolean) {
  const { resource } = finding
  const { provider } = yield* (yield* Providers).get(resource.id.split("/")[0] ?? "")
  // A listing, and a person's answer, may be older than its end.
  if (!(yield* Removal.isThere(provider, resource.id))) return isGone
  if (!isTold) {
    if (finding._tag !== "Late" && finding._tag !== "Surplus") {
      return yield* new NoOrphan({ id: resource.id, why: "nothing proves that it is ours to end." })
    }
    const { record } = finding
    if (!(yield* sighted(record, resource.id))) return yield* later(record, resource.id)
  }
  yield* endMachine(finding)
  return isGone
})

const later = Effect.fnUntraced(function* ({ mark }: ResourceRecord, id: string) {
  const record = yield* (yield* Records).resource(mark.key)
  const now = yield* Clock.currentTimeMillis
  const after = record === undefined ? now + Duration.toMillis(defaults.sweepGrace) : Sweep.endsAfter(record, id, now)
  // One more look is needed in any case.
  const answer: Cleaned = { _tag: "Later", after: Math.max(after, now) }
  return answer
})

/**
 * Removes something beside machines that nothing uses, and confirms that it is gone. `isTold` as for machines; what no
 * machine of ours could need any more goes at once.
 *
 * @category commands
 * @since 0.1.0
 */
export const cleanCompanion = Effect.fn("Orphans.cleanCompanion")(function* (
  finding: OrphanCompanion,
  isTold: boolean
) {
  const { companion, provider } = finding
  const id = Sweep.companionId(provider, companion)
  if (!isTold && finding._tag === "Elsewhere") {
    return yield* new NoOrphan({ id, why: "its key is unknown here, and another installation may need it." })
  }
  if (!isTold && finding._tag === "LeftOver" && !(yield* sighted(finding.record, id))) {
    return yield* later(finding.record, id)
  }
  yield* Removal.removeCompanion(provider, companion.id)
  const records = yield* Records
  yield* finding._tag === "LeftOver"
    ? records.append(streams.resource(finding.record.mark.key), [event("CompanionRemoved", { companion: id })])
    : records.append(streams.sweeper, [event("OrphanEnded", { resource: id })])
  return isGone
})
