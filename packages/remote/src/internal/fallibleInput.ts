/**
 * Standard input that can fail while a command reads it.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * Uses a stream that may fail where one is asked for that cannot: when it fails, the use is interrupted and fails with
 * its error. The input never just ends early, which a reader could take for the whole.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withFallibleInput = <A, E, E2, R>(
  input: Stream.Stream<Uint8Array, E>,
  use: (input: Stream.Stream<Uint8Array>) => Effect.Effect<A, E2, R>
): Effect.Effect<A, E | E2, R> =>
  Effect.gen(function* () {
    const failed = yield* Deferred.make<never, E>()
    const infallible = input.pipe(
      Stream.catch((error) => Stream.fromEffect(Effect.andThen(Deferred.fail(failed, error), Effect.never)))
    )
    return yield* Effect.raceFirst(use(infallible), Deferred.await(failed))
  })
