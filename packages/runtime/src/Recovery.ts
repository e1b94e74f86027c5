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
import type { Records } from "./Records.ts"
import { Rents } from "./Rents.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { RunRecord } from "./RunRecord.ts"
import { hasMachinesUntil, isHeld, isWatched, type Step, stepFor, waiting } from "./Waiting.ts"

/** One machine and what goes on with it. @category models @since 0.1.0 */
export interface Pending {
  readonly record: ResourceRecord
  readonly step: Step
}

/**
 * What somebody has to look after here.
 *
 * **Details**  `watched`: machines that may yet appear, or were seen and should not be there.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attention {
  readonly pending: ReadonlyArray<Pending>
  readonly watched: ReadonlyArray<ResourceRecord>
  /** What may exist, whether it needs somebody now or not. */
  readonly held: ReadonlyArray<ResourceRecord>
  readonly open: ReadonlyArray<RunRecord>
  /** How many runs and machines need somebody now. */
  readonly needs: { readonly runs: number; readonly machines: number }
}

/**
 * What somebody has to look after now, by what is remembered alone. What is over costs nothing but a glance, however much
 * of it there is.
 *
 * @category queries
 * @since 0.1.0
 */
export const look = Effect.fn("Recovery.look")(function* () {
  const journal = yield* Journal
  const now = yield* Clock.currentTimeMillis
  const open = (yield* journal.projections("runs")).flatMap(({ state }) =>
    stands(state, ["Closed"]) ? [] : [decode.run(state)]
  )
  const machines = (yield* journal.projections("resources")).flatMap(({ state }) =>
    stands(state, ["Gone", "Failed"]) && !mayBeWatched(state) ? [] : [decode.resource(state)]
  )
  const held = machines.filter(isHeld)
  const busy = new Set(yield* Effect.filter(held, Holding.isAtWork))
  const until = new Map<string, number>(open.map((run) => [run.id, hasMachinesUntil(run)]))
  const attention: Attention = {
    open,
    held,
    pending: held.flatMap((record) => {
      const step = stepFor(record, until, now, busy.has(record))
      return step === undefined ? [] : [{ record, step }]
    }),
    watched: machines.filter((record) => isWatched(record, now)),
    needs: waiting(open, machines, now, (record) => busy.has(record))
  }
  return attention
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
