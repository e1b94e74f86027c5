/**
 * Watching, which a signal simply ends: nothing that is watched depends on who looks.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { signals } from "./signals.ts"

/** What an effect answers, or `undefined` when a signal came first. */
export const untilSignal = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | undefined, E, R> =>
  Effect.scoped(Effect.flatMap(signals, (queue) => Effect.raceFirst(effect, Effect.as(Queue.take(queue), undefined))))
