/**
 * The same on several machines at once, bounded; whatever becomes of one never hides the others.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import { exits } from "../errors/codes.ts"
import { failureOf } from "../errors/Failure.ts"
import { untilSignal } from "../follow/leaveOnSignal.ts"
import type { Named } from "../machine/own.ts"
import type { MachineResult } from "../output/batch.ts"

/** What came of one: an answer, or what is wrong with the way to it. */
export interface Each<A> {
  readonly result: MachineResult
  readonly answer: A | undefined
}

const seconds = (since: number): number => Math.round(performance.now() - since) / 1000

const outcomeOf = <A, E>(exit: Exit.Exit<A, E>, isDone: (answer: A) => boolean): MachineResult["outcome"] => {
  if (Exit.isSuccess(exit)) return isDone(exit.value) ? "done" : "failed"
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "error"
}

const errorOf = <A, E>(exit: Exit.Exit<A, E>): MachineResult["error"] => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return null
  const { advice, code, message } = failureOf(
    Option.getOrElse(Cause.findErrorOption(exit.cause), () => Cause.squash(exit.cause))
  )
  return { code, message, advice }
}

/** Does it on all of them. A signal ends what is going on and skips what has not begun; both say so. */
export const onEach = <A, E, R>(
  machines: ReadonlyArray<Named>,
  concurrency: number,
  isDone: (answer: A) => boolean,
  act: (machine: Named) => Effect.Effect<A, E, R>
): Effect.Effect<ReadonlyArray<Each<A>>, never, R> =>
  Effect.gen(function* () {
    const results = new Map<string, Each<A>>()
    const one = (machine: Named) =>
      Effect.suspend(() => {
        const since = performance.now()
        return Effect.onExit(act(machine), (exit) =>
          Effect.sync(() => {
            const { name, view } = machine
            results.set(view.id, {
              answer: Exit.isSuccess(exit) ? exit.value : undefined,
              result: {
                resource: view.id,
                name,
                outcome: outcomeOf(exit, isDone),
                seconds: seconds(since),
                error: errorOf(exit)
              }
            })
          })
        ).pipe(Effect.exit)
      })
    yield* untilSignal(Effect.forEach(machines, one, { concurrency, discard: true }))
    return machines.map(
      ({ name, view }): Each<A> =>
        results.get(view.id) ?? {
          answer: undefined,
          result: { resource: view.id, name, outcome: "interrupted", seconds: 0, error: null }
        }
    )
  })

/** What the process ends with: the worst that happened, in the order interrupted, not reached, failed. */
export const exitOfAll = (results: ReadonlyArray<{ readonly outcome: MachineResult["outcome"] }>): number => {
  const has = (outcome: MachineResult["outcome"]): boolean => results.some((each) => each.outcome === outcome)
  if (has("interrupted")) return exits.interrupted
  if (has("error")) return exits.provider
  return has("failed") ? exits.job : exits.done
}
