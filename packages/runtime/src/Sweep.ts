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

/** A machine that others forgot has ended its job and its hold by then. */
const aftermath = Duration.toMillis(
  Duration.sum(Duration.sum(defaults.stopGrace, defaults.hold), Duration.sum(defaults.sweepEvery, defaults.sweepGrace))
)

const unknownKey = (resource: Resource, now: number): Finding => {
  const { deadline } = resource
  const isOver = deadline !== undefined && now > DateTime.toEpochMillis(deadline) + aftermath
  return { _tag: isOver ? "Expired" : "Elsewhere", resource }
}

/** What is on its way out needs nobody. */
const lives = (resource: Resource): boolean => isBillable(resource) && resource.state._tag !== "Terminating"

const ofRecord = (record: ResourceRecord, known: Resource | undefined, resource: Resource): Finding => {
  const proof = judge(known === undefined ? record : { ...record, resource: known }, resource)
  if (proof._tag === "Unproven") return { _tag: "Unproven", resource, record, why: proof.why }
  const isOver = record.phase === "Failed" || record.phase === "Gone"
  if (!lives(resource) || (proof._tag === "Ours" && !isOver)) return { _tag: "Owned", resource, record }
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
 * Whether a record still has to be watched closely: something of it was sighted lately, or it was given up so lately that
 * its machine may yet appear.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isWatched = ({ endedAt, phase, problem, sightings }: ResourceRecord, now: number): boolean => {
  const lately = Duration.toMillis(Duration.times(defaults.sweepEvery, 3))
  const isGivenUp = phase === "Failed" && problem?.code === "RUNCTL_E_OUTCOME_UNKNOWN" && now - (endedAt ?? 0) < lately
  return isGivenUp || Object.values(sightings ?? {}).some(({ last }) => now - last < lately)
}

/** The name that a companion is sighted under: one that no machine has. @category accessors @since 0.1.0 */
export const companionId = (provider: string, { id }: Pick<Companion, "id">): string => `${provider}/companion/${id}`

/**
 * Whether something beside machines has outlived its own: of our owner, with a key of ours whose machine is gone.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isLeftOver = (owner: OwnerId, record: ResourceRecord | undefined, companion: Companion): boolean =>
  companion.owner === owner && record !== undefined && (record.phase === "Gone" || record.phase === "Failed")
