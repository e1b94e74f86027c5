/**
 * What waits for somebody to go on with it, by what is remembered alone. No input or output, and no schemas: it is asked
 * by commands that must answer at once.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as Duration from "effect/Duration"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { RunRecord } from "./RunRecord.ts"

/**
 * As much of a machine's record as counts, decoded or as it lies in the journal.
 *
 * @category models
 * @since 0.1.0
 */
export type MachineFacts = Pick<
  (typeof ResourceRecord)["Encoded"],
  "phase" | "run" | "deadlineAt" | "endedAt" | "problem" | "sightings" | "bootstrap" | "opensByKey" | "bootstrappedAt"
>

/** As much of a run's record as counts. @category models @since 0.1.0 */
export interface RunFacts {
  readonly id: string
  readonly phase: RunRecord["phase"]
  readonly deadlineAt: number
  readonly spec: { readonly graceSeconds: number; readonly holdSeconds: number }
}

/**
 * What somebody has to do about a machine: find out what became of its request, meet it, or end it.
 *
 * @category models
 * @since 0.1.0
 */
export type Step = "resolve" | "meet" | "end"

/** A run that has not given its machines back this much later is not going to. */
const slack = Duration.toMillis("10 minutes")

/** Until when a run has its machines. @category accessors @since 0.1.0 */
export const hasMachinesUntil = ({ deadlineAt, spec }: Pick<RunFacts, "deadlineAt" | "spec">): number =>
  deadlineAt + (spec.graceSeconds + spec.holdSeconds) * 1000 + slack

/** Whether a record stands for a machine that may exist. @category predicates @since 0.1.0 */
export const isHeld = ({ phase }: Pick<MachineFacts, "phase">): boolean => phase !== "Gone" && phase !== "Failed"

/** Whether a run still needs its supervisor. @category predicates @since 0.1.0 */
export const isOpen = (run: Pick<RunFacts, "phase">): boolean => run.phase !== "Closed"

/**
 * Whether a machine is one that somebody of ours has to meet: it was told so at boot, or opens to our key alone.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isToBeMet = ({ bootstrap, opensByKey }: Pick<MachineFacts, "bootstrap" | "opensByKey">): boolean =>
  bootstrap !== undefined || opensByKey === true

/**
 * Whether a machine that nobody runs anything on waits for its first contact: without one it ends itself, or has no clock
 * that would.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isUnmet = (record: MachineFacts): boolean =>
  record.phase === "Held" && record.run === undefined && isToBeMet(record) && record.bootstrappedAt === undefined

/**
 * From when on a machine that nobody here has any business with any more is ended.
 *
 * **Units**  milliseconds since 1970-01-01 UTC
 *
 * @category accessors
 * @since 0.1.0
 */
export const isLateAfter = ({ deadlineAt }: Pick<MachineFacts, "deadlineAt">): number =>
  deadlineAt + Duration.toMillis(defaults.stopGrace)

/**
 * What is to be done about a machine outside any run; nothing when it is fine, or somebody is at it.
 *
 * **Details**  a machine of an open run is that run's business until its deadline, grace and hold are over: should nobody
 * be able to carry the run on, its machine still ends. `openRuns` says until when, by id. A machine that was asked for
 * without a run is taken over: whoever asked wanted it until its deadline.
 * **Units**  milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const stepFor = (
  record: MachineFacts,
  openRuns: ReadonlyMap<string, number>,
  now: number,
  isAtWork: boolean
): Step | undefined => {
  if (!isHeld(record) || isAtWork) return undefined
  const until = record.run === undefined ? undefined : openRuns.get(record.run)
  if (until !== undefined) return now > until ? "end" : undefined
  if (record.phase === "Ending" || now > isLateAfter(record)) return "end"
  if (isUnmet(record)) return "meet"
  if (record.phase !== "Intended") return undefined
  // A run that is over wants no machine any more.
  return record.run === undefined ? "resolve" : "end"
}

/**
 * Whether a record still has to be watched closely: something of it was sighted lately, or it was given up so lately that
 * its machine may yet appear.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isWatched = ({ endedAt, phase, problem, sightings }: MachineFacts, now: number): boolean => {
  const lately = Duration.toMillis(Duration.times(defaults.sweepEvery, 3))
  const isGivenUp = phase === "Failed" && problem?.code === "RUNCTL_E_OUTCOME_UNKNOWN" && now - (endedAt ?? 0) < lately
  return isGivenUp || Object.values(sightings ?? {}).some(({ last }) => now - last < lately)
}

/**
 * What needs somebody here: how many runs are open, and how many machines have to be ended, found out about or watched.
 *
 * @category decisions
 * @since 0.1.0
 */
export const waiting = <M extends MachineFacts>(
  runs: ReadonlyArray<RunFacts>,
  machines: ReadonlyArray<M>,
  now: number,
  isAtWork: (machine: M) => boolean
): { readonly runs: number; readonly machines: number } => {
  const open = runs.filter(isOpen)
  const until = new Map(open.map((run) => [run.id, hasMachinesUntil(run)]))
  const needs = (machine: M): boolean =>
    isWatched(machine, now) ||
    // Whether somebody is at it is looked up only where it counts.
    (stepFor(machine, until, now, false) !== undefined && !isAtWork(machine))
  return { runs: open.length, machines: machines.filter(needs).length }
}
