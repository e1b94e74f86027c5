/**
 * Goes on after cuts for as long as something gets through.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { type JobError, isRetryable } from "@runctl/core/JobError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

/** The pauses between tries: short after progress, growing without. */
const pauseAfter = (failures: number): Duration.Duration =>
  Duration.min(Duration.millis(200 * 2 ** Math.min(failures, 10)), Duration.seconds(5))

/**
 * Repeats an attempt that was cut off, until it succeeds or nothing has got through for two minutes.
 *
 * **Details**  the attempt says by `progressed` that something has arrived, and begins where that left off.
 *
 * @category combinators
 * @since 0.1.0
 */
export const untilThrough = <A, R>(
  attempt: (progressed: () => void) => Effect.Effect<A, JobError, R>
): Effect.Effect<A, JobError, R> =>
  Effect.gen(function* () {
    let failures = 0
    let since = yield* Clock.currentTimeMillis
    while (true) {
      let hasProgressed = false
      const result = yield* Effect.result(
        attempt(() => {
          hasProgressed = true
        })
      )
      if (Result.isSuccess(result)) return result.success
      const now = yield* Clock.currentTimeMillis
      if (hasProgressed) {
        failures = 0
        since = now
      }
      if (!isRetryable(result.failure) || now - since >= Duration.toMillis(defaults.noProgress)) {
        return yield* result.failure
      }
      yield* Effect.sleep(pauseAfter(failures))
      failures += 1
    }
  })
