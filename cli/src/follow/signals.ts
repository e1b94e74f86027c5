/**
 * Signals to this process, as a queue.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** All signals that ask us to end, from now until the scope closes; meanwhile they do nothing by themselves. */
export const signals: Effect.Effect<Queue.Dequeue<NodeJS.Signals>, never, Scope.Scope> = Effect.gen(function* () {
  const queue = yield* Queue.unbounded<NodeJS.Signals>()
  const listener = (signal: NodeJS.Signals): void => {
    Queue.offerUnsafe(queue, signal)
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      for (const name of names) process.on(name, listener)
    }),
    () =>
      Effect.sync(() => {
        for (const name of names) process.off(name, listener)
      })
  )
  return queue
})
