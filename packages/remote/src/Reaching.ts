/**
 * Waits for a machine that may still be coming up.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { Preparation } from "@runctl/core/Job"
import { isRetryable } from "@runctl/core/JobError"
import type { UseError } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { preparationFailed } from "./internal/streamed.ts"

/** From half a second between tries to five. */
const pauses = Schedule.min([Schedule.exponential("500 millis", 1.5), Schedule.spaced("5 seconds")])

/**
 * Tries to reach a machine until it answers, for 300 s, and tells each time why it does not.
 *
 * **Errors**   `PreparationFailed` with the last reason when it never does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const untilReached = <A, R>(
  reaching: Effect.Effect<A, UseError, R>,
  emit: (event: Preparation) => Effect.Effect<void>
): Effect.Effect<A, UseError, R> =>
  Effect.gen(function* () {
    const since = yield* Clock.currentTimeMillis
    let last = ""
    const tell = (error: UseError) =>
      Effect.gen(function* () {
        if (!mayCome(error)) return
        last = error.message
        const seconds = Math.round(((yield* Clock.currentTimeMillis) - since) / 1000)
        yield* emit({ _tag: "Step", step: "connection", message: `waiting for the machine (${seconds} s): ${last}` })
      })
    return yield* Effect.tapError(reaching, tell).pipe(
      Effect.retry({ schedule: pauses, while: mayCome }),
      Effect.timeoutOrElse({
        duration: defaults.waitForSsh,
        orElse: () =>
          Effect.fail(
            preparationFailed(
              "connection",
              `the machine was not reached within ${Duration.format(defaults.waitForSsh)}: ${last}`
            )
          )
      })
    )
  })

const mayCome = (error: UseError): boolean => error._tag === "JobError" && isRetryable(error)
