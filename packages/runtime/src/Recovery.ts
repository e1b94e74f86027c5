/**
 * Goes on with what others have left half done: requests without an answer, ends that were begun, machines past their
 * deadline.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type EndError, Endings } from "./Endings.ts"
import * as Holding from "./Holding.ts"
import type { Journal } from "./Journal.ts"
import * as NewMachine from "./NewMachine.ts"
import type { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import { Rents } from "./Rents.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { RunRecord } from "./RunRecord.ts"

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
export const hasMachinesUntil = ({ deadlineAt, spec }: RunRecord): number =>
  deadlineAt + (spec.graceSeconds + spec.holdSeconds) * 1000 + slack

/** Whether a record stands for a machine that may exist. @category predicates @since 0.1.0 */
export const isHeld = ({ phase }: ResourceRecord): boolean => phase !== "Gone" && phase !== "Failed"

/** Whether a run still needs its supervisor. @category predicates @since 0.1.0 */
export const isOpen = (run: RunRecord): boolean => run.phase !== "Closed"

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
  record: ResourceRecord,
  openRuns: ReadonlyMap<string, number>,
  now: number,
  isAtWork: boolean
): Step | undefined => {
  if (!isHeld(record) || isAtWork) return undefined
  const until = record.run === undefined ? undefined : openRuns.get(record.run)
  if (until !== undefined) return now > until ? "end" : undefined
  const isLate = now > record.deadlineAt + Duration.toMillis(defaults.stopGrace)
  if (record.phase === "Ending" || isLate) return "end"
  if (NewMachine.isUnmet(record)) return "meet"
  if (record.phase !== "Intended") return undefined
  // A run that is over wants no machine any more.
  return record.run === undefined ? "resolve" : "end"
}

/** One machine and what goes on with it. @category models @since 0.1.0 */
export interface Pending {
  readonly record: ResourceRecord
  readonly step: Step
}

/**
 * Everything that has to go on now, how many machines may exist, and how many runs are open.
 *
 * @category queries
 * @since 0.1.0
 */
export const look = Effect.fn("Recovery.look")(function* () {
  const records = yield* Records
  const now = yield* Clock.currentTimeMillis
  const open = (yield* records.runs).filter(isOpen)
  const openRuns = new Map<string, number>(open.map((each) => [each.id, hasMachinesUntil(each)]))
  const all = yield* records.resources
  const held = all.filter(isHeld)
  const pending = yield* Effect.forEach(held, (record) =>
    Effect.map(Holding.isAtWork(record), (isAtWork): ReadonlyArray<Pending> => {
      const step = stepFor(record, openRuns, now, isAtWork)
      return step === undefined ? [] : [{ record, step }]
    })
  )
  return { pending: pending.flat(), held, open, all }
})

/**
 * Goes on with one machine.
 *
 * **Errors**  its request or its end stays recorded, so that whoever comes next goes on.
 *
 * @category commands
 * @since 0.1.0
 */
export const goOn = Effect.fn("Recovery.goOn")(function* ({
  record,
  step
}: Pending): Effect.fn.Return<ResourceRecord, EndError, Endings | Rents | Providers | Records | Journal> {
  const endings = yield* Endings
  if (step === "end") return yield* endings.end(record.mark.key, record.endingBy ?? "deadline")
  const resolved = step === "resolve" ? yield* (yield* Rents).resolve(record) : record
  return resolved.phase === "Held" ? yield* NewMachine.takeOver(resolved) : resolved
})
