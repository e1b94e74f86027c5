/**
 * Carries one run from wherever it stands to its end: decide, write down, act, look, and again.
 *
 * @since 0.1.0
 */
import type { RunId } from "@runctl/core/Run"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Schedule from "effect/Schedule"
import type { Event } from "./Event.ts"
import { isPassing, problemOf, type StepError } from "./Problems.ts"
import { streams } from "./Projections.ts"
import { Records } from "./Records.ts"
import type { Endings } from "./Endings.ts"
import type { Home } from "./Home.ts"
import type { Journal } from "./Journal.ts"
import type { Providers } from "./Providers.ts"
import type { Rents } from "./Rents.ts"
import type { Resources } from "./Resources.ts"
import { collect } from "./RunCollect.ts"
import { orGone } from "./RunEvidence.ts"
import type { RunFiles } from "./RunFiles.ts"
import type { Secrets } from "./Secrets.ts"
import { type Command, decide, type Observation } from "./RunMachine.ts"
import type { RunRecord } from "./RunRecord.ts"
import { place } from "./RunPlacing.ts"
import { prepare, release, start } from "./RunSteps.ts"
import { stop, watch } from "./RunWatch.ts"

const backoff = Schedule.min([Schedule.exponential("500 millis", 2), Schedule.spaced("30 seconds")])

/** Everything the steps of a run ask for. @category models @since 0.1.0 */
export type StepServices =
  | Endings
  | Home
  | Journal
  | Path.Path
  | Providers
  | Records
  | Rents
  | Resources
  | RunFiles
  | Secrets

const perform = (
  command: Exclude<Command, { readonly _tag: "Nothing" }>,
  run: RunRecord
): Effect.Effect<Observation, StepError, StepServices> => {
  switch (command._tag) {
    case "Place":
      return place(run)
    case "Prepare":
      return orGone(run)(prepare(run))
    case "Start":
      return orGone(run)(start(run))
    case "Watch":
      return watch(run)
    case "Stop":
      return stop(run, command.reason)
    case "Collect":
      return collect(run, command.until)
    case "Release":
      return release(run)
  }
}

/** Before the job has started a failure ends the run; later the machine may hold something worth waiting for. */
const isBeforeStart = ({ phase }: RunRecord): boolean =>
  phase === "Requested" || phase === "Placed" || phase === "Prepared"

/** What has not begun by its deadline never will: then nothing was seen, and the time decides. */
const inTime = Effect.fnUntraced(function* <E, R>(acting: Effect.Effect<Observation, E, R>, run: RunRecord) {
  if (!isBeforeStart(run)) return yield* acting
  const left = run.deadlineAt - (yield* Clock.currentTimeMillis)
  return Option.getOrUndefined(yield* Effect.timeoutOption(acting, Math.max(0, left)))
})

/** Does a command, again and again while time alone may help. */
const act = (command: Exclude<Command, { readonly _tag: "Nothing" }>, run: RunRecord) =>
  perform(command, run).pipe(
    Effect.tapError((error: StepError) => Effect.logWarning(`${run.id}: ${command._tag}: ${error.message}`)),
    Effect.retry({ schedule: backoff, while: (error: StepError) => isPassing(error) || !isBeforeStart(run) }),
    Effect.catch((error: StepError): Effect.Effect<Observation> =>
      Effect.succeed({ _tag: "Refused", problem: problemOf(error) })
    )
  )

const isConflict = (error: StepError): boolean => error._tag === "JournalError" && error.reason._tag === "Conflict"

/**
 * Carries a run to its end. May be interrupted at any point and begun again, by this process or the next: every step
 * is recorded before the one after it.
 *
 * **Errors**  `JournalError` when the journal cannot be written, above all when another supervisor has taken over.
 *
 * @category drivers
 * @since 0.1.0
 */
export const drive = Effect.fn("RunDriver.drive")(function* (id: RunId) {
  const records = yield* Records

  const write = Effect.fnUntraced(function* (facts: ReadonlyArray<Event>, expectedSeq: number) {
    yield* records.append(streams.run(id), facts, { run: id, expectedSeq })
  })

  /** What was seen is judged by the record as it is then: a cancel may have come in between. */
  const digest = Effect.fnUntraced(
    function* (seen: Observation | undefined) {
      const seq = yield* records.seq(streams.run(id))
      const run = yield* records.run(id)
      if (run === undefined) return undefined
      const { facts, command } = decide(run, seen, yield* Clock.currentTimeMillis)
      if (facts.length > 0) yield* write(facts, seq)
      return { run, command: facts.length > 0 ? undefined : command }
    },
    Effect.retry({ while: isConflict }),
    Effect.uninterruptible
  )

  let seen: Observation | undefined
  while (true) {
    const step = yield* digest(seen)
    seen = undefined
    if (step === undefined || step.command?._tag === "Nothing") return
    if (step.command !== undefined) seen = yield* inTime(act(step.command, step.run), step.run)
  }
})
