/**
 * Stays with a run that was asked for here: shows it to its end, and turns Ctrl-C into what the user means by it.
 */
import { Runs } from "@runctl/runtime/Runs"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import type { Handed } from "@runctl/runtime/Secrets"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { react, type Situation } from "./interrupts.ts"
import type { Presenter } from "./Presenter.ts"

/** How it went: the run is over, or goes on without us. */
export type Outcome =
  | { readonly _tag: "Over"; readonly run: RunRecord }
  | { readonly _tag: "Left"; readonly run: RunRecord }

/** What is said when we leave. */
export interface Words {
  readonly detached: (run: RunRecord) => Effect.Effect<void>
  readonly left: (run: RunRecord) => Effect.Effect<void>
}

/** How long a second Ctrl-C is waited for after the first. */
const secondWithin = "3 seconds"

/** Shows a run until it is over; answers its last record. */
export const show = Effect.fnUntraced(function* (
  run: RunRecord,
  presenter: Presenter,
  options: {
    readonly handed?: Handed
    readonly fromByte?: number
    readonly onRecord?: (run: RunRecord) => Effect.Effect<void>
  } = {}
) {
  const runs = yield* Runs
  const { fromByte, handed, onRecord } = options
  const latest = yield* Ref.make(run)
  const events = runs.follow(run.id, {
    follow: true,
    ...(fromByte === undefined ? {} : { fromByte }),
    ...(handed === undefined ? {} : { handed })
  })
  yield* Stream.runForEach(events, (event) =>
    event._tag === "Record"
      ? Ref.set(latest, event.record).pipe(
          Effect.andThen(presenter.see(event)),
          Effect.andThen(onRecord === undefined ? Effect.void : onRecord(event.record))
        )
      : presenter.see(event)
  ).pipe(Effect.ensuring(presenter.end))
  return yield* Ref.get(latest)
})

/** Accompanies a run to its end, or until the user leaves it. */
export const accompany = Effect.fnUntraced(function* (
  run: RunRecord,
  presenter: Presenter,
  options: {
    readonly handed: Handed
    readonly isTerminal: boolean
    readonly words: Words
    /** Signals since before the run was asked for: none may find nobody listening. */
    readonly queue: Queue.Dequeue<NodeJS.Signals>
  }
) {
  const runs = yield* Runs
  const { queue } = options
  const situation = yield* Ref.make<Situation>({
    isTerminal: options.isTerminal,
    hasStarted: run.startedAt !== undefined,
    isLeaving: false,
    isCancelled: false
  })
  const change = (part: Partial<Situation>): Effect.Effect<void> =>
    Ref.update(situation, (before) => ({ ...before, ...part }))
  const quiet: Presenter = {
    end: presenter.end,
    see: (event) =>
      Effect.flatMap(Ref.get(situation), ({ isLeaving }) => (isLeaving ? Effect.void : presenter.see(event)))
  }

  const over = show(run, quiet, {
    handed: options.handed,
    onRecord: (record) => (record.startedAt === undefined ? Effect.void : change({ hasStarted: true }))
  }).pipe(Effect.map((last): Outcome => ({ _tag: "Over", run: last })))

  const current = Effect.orElseSucceed(runs.get(run.id), () => run)

  /** A run that has ended meanwhile needs no cancelling. */
  const cancel = change({ isCancelled: true, isLeaving: false }).pipe(
    Effect.andThen(runs.cancel(run.id)),
    Effect.catchTag("RunIsOver", () => Effect.void)
  )

  const left = Effect.gen(function* () {
    const last = yield* current
    yield* presenter.end
    yield* options.words.left(last)
    const outcome: Outcome = { _tag: "Left", run: last }
    return outcome
  })

  const obey = Effect.gen(function* () {
    while (true) {
      const { isLeaving } = yield* Ref.get(situation)
      const taken = Queue.take(queue)
      const signal = yield* isLeaving
        ? Effect.timeoutOrElse(taken, { duration: secondWithin, orElse: () => Effect.void })
        : taken
      if (signal === undefined) {
        const outcome: Outcome = { _tag: "Left", run: yield* current }
        return outcome
      }
      const reaction = react(signal, yield* Ref.get(situation))
      if (reaction === "leave") return yield* left
      if (reaction === "cancel") yield* cancel
      else {
        yield* change({ isLeaving: true })
        yield* presenter.end
        yield* options.words.detached(yield* current)
      }
    }
  })

  return yield* Effect.raceFirst(over, obey)
})
