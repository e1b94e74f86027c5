/**
 * Runs as people see them: asked for, listed, followed, ended.
 *
 * @since 0.1.0
 */
import { isFinal, type RunId } from "@runctl/core/Run"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { Budgets } from "./Budgets.ts"
import { event, type Event, type Placement, type RunSpec } from "./Event.ts"
import { reserveAllUntil } from "./Extending.ts"
import { Follow, type FollowOptions } from "./Follow.ts"
import type { FollowEvent } from "./FollowEvent.ts"
import type { JournalError } from "./JournalError.ts"
import { makeRunId } from "./Keys.ts"
import type { Limits, Plan } from "./Placement.ts"
import { streams } from "./Projections.ts"
import { Records } from "./Records.ts"
import { type RentError, Rents } from "./Rents.ts"
import {
  type BudgetRefused,
  type HomeFailed,
  RunIsOver,
  type SupervisorUnavailable,
  UnknownRun
} from "./RuntimeError.ts"
import type { RunRecord } from "./RunRecord.ts"
import type { Handed } from "./Secrets.ts"
import { SupervisorClient } from "./SupervisorClient.ts"

/** How changing a run fails. @category errors @since 0.1.0 */
export type RunChangeError = UnknownRun | RunIsOver | JournalError | SupervisorUnavailable

/** How moving a run's deadline fails. @category errors @since 0.1.0 */
export type RunExtendError = RunChangeError | BudgetRefused

/**
 * Runs as people see them.
 *
 * @category services
 * @since 0.1.0
 */
export class Runs extends Context.Service<
  Runs,
  {
    /** Where a run would go and why; changes nothing. `undefined` for a run on a machine that is there already. */
    readonly plan: (placement: Placement, limits: Limits) => Effect.Effect<Plan | undefined, RentError>
    /** Makes sure a supervisor lives, hands it the secrets, and records the request: from here the run needs us no more. */
    readonly request: (spec: RunSpec, handed: Handed) => Effect.Effect<RunRecord, JournalError | SupervisorUnavailable>
    /** Newest first. */
    readonly list: Effect.Effect<ReadonlyArray<RunRecord>, JournalError>
    /** By id, name (the newest of that name), or the unique beginning of an id. */
    readonly get: (idOrName: string) => Effect.Effect<RunRecord, UnknownRun | JournalError>
    /** Asks for the end of a run; `follow` shows how it comes. */
    readonly cancel: (idOrName: string) => Effect.Effect<RunRecord, RunChangeError>
    /**
     * Moves a run's deadline. The money for its machines is reserved first.
     *
     * **Units**   deadlineAt: milliseconds since 1970-01-01 UTC
     * **Errors**  `BudgetRefused` when a budget cannot bear it; then nothing has changed.
     */
    readonly extend: (idOrName: string, deadlineAt: number) => Effect.Effect<RunRecord, RunExtendError>
    /** Everything that happens in a run, from its beginning to its end, or to now. */
    readonly follow: (id: RunId, options: FollowOptions) => Stream.Stream<FollowEvent, JournalError | HomeFailed>
  }
>()("@runctl/runtime/Runs") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Runs, never, Records | Budgets | Rents | Follow | SupervisorClient> = Layer.effect(
    Runs,
    Effect.gen(function* () {
      const records = yield* Records
      const budgets = yield* Budgets
      const rents = yield* Rents
      const supervisor = yield* SupervisorClient
      const { follow } = yield* Follow

      const get = Effect.fn("Runs.get")(function* (wanted: string) {
        const all = yield* records.runs
        return (
          find(all, wanted) ??
          (yield* new UnknownRun({ id: wanted, known: all.flatMap(({ id, spec }) => [id, spec.name]) }))
        )
      })

      const open = Effect.fnUntraced(function* (wanted: string) {
        const run = yield* get(wanted)
        return isFinal(run.state) ? yield* new RunIsOver({ id: run.id, state: run.state }) : run
      })

      const change = Effect.fnUntraced(function* (run: RunRecord, fact: Event) {
        yield* records.append(streams.run(run.id), [fact], { run: run.id })
        yield* supervisor.ensure
        return (yield* records.run(run.id)) ?? run
      })

      return Runs.of({
        follow,
        get,
        list: records.runs,
        plan: (placement, limits) =>
          placement._tag === "On" ? Effect.succeed(undefined) : rents.plan(placement, limits),
        request: Effect.fn("Runs.request")(function* (spec, handed) {
          const id = yield* makeRunId
          yield* supervisor.ensure
          yield* supervisor.hand(id, handed)
          yield* records.append(streams.run(id), [event("RunRequested", { spec })], { expectedSeq: 0, run: id })
          // It may have gone idle in between; it looks for open runs when it starts.
          yield* supervisor.ensure
          return (yield* records.run(id)) ?? (yield* Effect.die(new Error(`run ${id} was not recorded`)))
        }),
        cancel: (wanted) =>
          Effect.flatMap(open(wanted), (run) => change(run, event("RunCancelRequested", { by: "user" }))),
        extend: Effect.fn("Runs.extend")(function* (wanted, deadlineAt) {
          const run = yield* open(wanted)
          const mine = (yield* records.resources).filter((record) => record.run === run.id)
          const back = yield* reserveAllUntil(budgets, mine, deadlineAt)
          yield* records
            .append(streams.run(run.id), [event("RunExtended", { deadlineAt })], { run: run.id })
            .pipe(Effect.onError(() => Effect.ignore(back)))
          yield* supervisor.ensure
          return (yield* records.run(run.id)) ?? run
        })
      })
    })
  )
}

/** Newest first in, so the first of a name is the newest. */
const find = (all: ReadonlyArray<RunRecord>, wanted: string): RunRecord | undefined => {
  const begins = all.filter(({ id }) => wanted.length > 4 && id.startsWith(wanted))
  return (
    all.find(({ id }) => id === wanted) ??
    all.find(({ spec }) => spec.name === wanted) ??
    (begins.length === 1 ? begins[0] : undefined)
  )
}
