/**
 * Signals to this process, as a queue.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { take } from "../signals.ts"

/** All signals that ask us to end, from now until the scope closes; meanwhile they do nothing by themselves. */
export const signals: Effect.Effect<Queue.Dequeue<NodeJS.Signals>, never, Scope.Scope> = Effect.gen(function* () {
  const queue = yield* Queue.unbounded<NodeJS.Signals>()
  const taken = Effect.sync(() => take((signal) => Queue.offerUnsafe(queue, signal)))
  yield* Effect.acquireRelease(taken, (giveBack) => Effect.sync(giveBack))
  return queue
})
