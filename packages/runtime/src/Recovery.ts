/**
 * Goes on with what others have left half done: requests without an answer, ends that were begun, machines past their
 * deadline.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import { type EndError, Endings } from "./Endings.ts"
import * as Holding from "./Holding.ts"
import { Journal } from "./Journal.ts"
import * as NewMachine from "./NewMachine.ts"
import { decode } from "./Projections.ts"
import type { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import { Rents } from "./Rents.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { hasMachinesUntil, isHeld, isOpen, type Step, stepFor, waiting } from "./Waiting.ts"

/**
 * What waits, as it is decided without looking anywhere.
 *
 * @category decisions
 * @since 0.1.0
 */
export { hasMachinesUntil, isHeld, isOpen, type Step, stepFor } from "./Waiting.ts"

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
 * What needs somebody here: runs that are open, and machines that have to be ended, found out about or watched.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attention {
  readonly runs: number
  readonly machines: number
  /** What may exist, whether it needs somebody now or not. */
  readonly held: ReadonlyArray<ResourceRecord>
}

/**
 * What needs somebody here now, by what is remembered alone.
 *
 * @category queries
 * @since 0.1.0
 */
export const attention = Effect.fn("Recovery.attention")(function* () {
  const journal = yield* Journal
  const runs = (yield* journal.projections("runs")).flatMap(({ state }) =>
    stands(state, ["Closed"]) ? [] : [decode.run(state)]
  )
  const machines = (yield* journal.projections("resources")).flatMap(({ state }) =>
    stands(state, ["Gone", "Failed"]) && !mayBeWatched(state) ? [] : [decode.resource(state)]
  )
  const held = machines.filter(isHeld)
  const busy = new Set(yield* Effect.filter(held, Holding.isAtWork))
  const now = yield* Clock.currentTimeMillis
  return { ...waiting(runs, machines, now, (record) => busy.has(record)), held } satisfies Attention
})

/** Whether a state as it lies in the journal has one of these phases: most are over, and not worth a look into. */
const stands = (state: unknown, phases: ReadonlyArray<string>): boolean =>
  typeof state === "object" &&
  state !== null &&
  "phase" in state &&
  typeof state.phase === "string" &&
  phases.includes(state.phase)

/** Only what has been sighted, or was given up for a reason, is watched after its end. */
const mayBeWatched = (state: unknown): boolean =>
  typeof state === "object" && state !== null && ("sightings" in state || "problem" in state)

/** One machine, and what became of it or why nothing did. @category models @since 0.1.0 */
export interface Recovered {
  readonly pending: Pending
  readonly outcome: Result.Result<ResourceRecord, EndError>
}

/**
 * Goes on with all of them at once; what cannot be done for one keeps nobody from the others.
 *
 * @category commands
 * @since 0.1.0
 */
export const goOnAll = Effect.fn("Recovery.goOnAll")((all: ReadonlyArray<Pending>) =>
  Effect.forEach(
    all,
    (pending) => Effect.map(Effect.result(goOn(pending)), (outcome): Recovered => ({ pending, outcome })),
    { concurrency: 8 }
  )
)

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
