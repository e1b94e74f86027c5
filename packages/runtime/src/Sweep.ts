/**
 * What a machine that is listed under our owner is to us, and whether it may be ended. No input or output.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { OwnerId } from "@runctl/core/Ownership"
import { isBillable, type Resource } from "@runctl/core/Resource"
import type { Companion } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { findOurs, judge } from "./Proof.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { isHeld } from "./Waiting.ts"

/**
 * What a listed machine is to us.
 *
 * **Details**
 * - `Owned`: a record has it, and it is where it should be.
 * - `Late`: ours, and given up or seen as gone before. `Surplus`: a second machine of one request of ours.
 * - `Unproven`: it has a key of ours and is not what we asked for. `Elsewhere`: another installation of our owner has it.
 *   `Expired`: that one's time is over. None of these is ever ended without a person who says so.
 * - `Strange`: another owner's.
 *
 * @category models
 * @since 0.1.0
 */
export type Finding = { readonly resource: Resource } & (
  | { readonly _tag: "Owned" | "Late" | "Surplus"; readonly record: ResourceRecord }
  | { readonly _tag: "Unproven"; readonly record: ResourceRecord; readonly why: string }
  | { readonly _tag: "Elsewhere" | "Expired" | "Strange" }
)

/** A machine of ours that should not be there. @category models @since 0.1.0 */
export type Forgotten = Finding & { readonly _tag: "Late" | "Surplus" }

/** Whether a machine is to be ended. @category predicates @since 0.1.0 */
export const isForgotten = (finding: Finding): finding is Forgotten =>
  finding._tag === "Late" || finding._tag === "Surplus"

/**
 * The same in one word, for people and programs.
 *
 * @category models
 * @since 0.1.0
 */
export type Standing = "ours" | "late" | "surplus" | "unproven" | "elsewhere" | "expired" | "strange"

const standings = {
  Owned: "ours",
  Late: "late",
  Surplus: "surplus",
  Unproven: "unproven",
  Elsewhere: "elsewhere",
  Expired: "expired",
  Strange: "strange"
} as const satisfies Readonly<Record<Finding["_tag"], Standing>>

/** What a listed machine is to us, in one word. @category accessors @since 0.1.0 */
export const standingOf = ({ _tag }: Pick<Finding, "_tag">): Standing => standings[_tag]

/** A machine that others forgot has ended its job and its hold by then. */
const aftermath = Duration.toMillis(
  Duration.sum(Duration.sum(defaults.stopGrace, defaults.hold), Duration.sum(defaults.sweepEvery, defaults.sweepGrace))
)

const unknownKey = (resource: Resource, now: number): Finding => {
  const { deadline } = resource
  const isPast = deadline !== undefined && now > DateTime.toEpochMillis(deadline) + aftermath
  return { _tag: isPast ? "Expired" : "Elsewhere", resource }
}

/** Whether a machine may go on costing money: what is on its way out needs nobody. @category predicates @since 0.1.0 */
export const lives = (resource: Resource): boolean => isBillable(resource) && resource.state._tag !== "Terminating"

const ofRecord = (record: ResourceRecord, known: Resource | undefined, resource: Resource): Finding => {
  const proof = judge(known === undefined ? record : { ...record, resource: known }, resource)
  if (proof._tag === "Unproven") return { _tag: "Unproven", resource, record, why: proof.why }
  if (!lives(resource) || (proof._tag === "Ours" && isHeld(record))) return { _tag: "Owned", resource, record }
  return { _tag: proof._tag === "Ours" ? "Late" : "Surplus", resource, record }
}

/**
 * What each listed machine is to us.
 *
 * **Details**  of several with one key whose machine we have never seen, the oldest is ours: copies come later.
 * **Units**    now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const find = (
  owner: OwnerId,
  records: ReadonlyMap<string, ResourceRecord>,
  listed: ReadonlyArray<Resource>,
  now: number
): ReadonlyArray<Finding> => {
  const byKey = Map.groupBy(listed, ({ key }) => key)
  return listed.map((resource) => {
    if (resource.owner !== owner) return { _tag: "Strange", resource }
    const record = records.get(resource.key)
    if (record === undefined) return unknownKey(resource, now)
    const known = record.resource ?? findOurs(record, byKey.get(resource.key) ?? [])
    return ofRecord(record, known, resource)
  })
}

/** Listings that may show the same moment count once. */
const apart = Duration.toMillis("30 seconds")

/**
 * Whether a sighting tells something new: two answers that a cloud gave from the same memory are one.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isNewSighting = (record: ResourceRecord, id: string, now: number): boolean => {
  const before = record.sightings?.[id]
  return before === undefined || now - before.last >= apart
}

/**
 * Whether what was sighted may be ended: seen twice, over at least the grace.
 *
 * @category decisions
 * @since 0.1.0
 */
export const mayEnd = (record: ResourceRecord, id: string, now: number): boolean => {
  const sighting = record.sightings?.[id]
  return sighting !== undefined && sighting.count >= 2 && now - sighting.first >= Duration.toMillis(defaults.sweepGrace)
}

/**
 * When what was sighted may be ended at the earliest: a grace after the first sighting, or after now where there is none.
 *
 * **Units**  now and the answer: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const endsAfter = (record: ResourceRecord, id: string, now: number): number =>
  (record.sightings?.[id]?.first ?? now) + Duration.toMillis(defaults.sweepGrace)

/** The name that a companion is sighted under: one that no machine has. @category accessors @since 0.1.0 */
export const companionId = (provider: string, { id }: Pick<Companion, "id">): string => `${provider}/companion/${id}`

/**
 * What something beside machines is to us, where it carries our owner's mark.
 *
 * **Details**
 * - `InUse`: its machine may exist, or it serves machines that may.
 * - `LeftOver`: its machine is gone. `Unused`: it serves all machines of ours there, and there are none.
 * - `Elsewhere`: its key is unknown here, and no machine with it is listed: another installation may need it yet.
 *
 * @category models
 * @since 0.1.0
 */
export type CompanionFinding = { readonly provider: string; readonly companion: Companion } & (
  | { readonly _tag: "InUse" | "Unused" | "Elsewhere" }
  | { readonly _tag: "LeftOver"; readonly record: ResourceRecord }
)

/** What our machine left behind. @category models @since 0.1.0 */
export type LeftOver = CompanionFinding & { readonly _tag: "LeftOver" }

/** Whether something beside machines is to be removed. @category predicates @since 0.1.0 */
export const isLeftOver = (finding: CompanionFinding): finding is LeftOver => finding._tag === "LeftOver"

/**
 * What is known of a provider's machines, to judge by what else lies there.
 *
 * @category models
 * @since 0.1.0
 */
export interface Around {
  readonly owner: OwnerId
  /** Our records, by key. */
  readonly records: ReadonlyMap<string, ResourceRecord>
  /** What the provider lists, whoever's. */
  readonly listed: ReadonlyArray<Resource>
}

/**
 * What something of our owner's beside machines is to us.
 *
 * @category decisions
 * @since 0.1.0
 */
export const findCompanion = (provider: string, companion: Companion, around: Around): CompanionFinding => {
  const { listed, owner, records } = around
  const of = { provider, companion }
  const { key } = companion
  if (key === undefined) {
    const isNeeded =
      listed.some((resource) => resource.owner === owner && isBillable(resource)) ||
      [...records.values()].some((record) => record.provider === provider && isHeld(record))
    return { _tag: isNeeded ? "InUse" : "Unused", ...of }
  }
  const record = records.get(key)
  if (record !== undefined) return isHeld(record) ? { _tag: "InUse", ...of } : { _tag: "LeftOver", ...of, record }
  return { _tag: listed.some((resource) => resource.key === key) ? "InUse" : "Elsewhere", ...of }
}
