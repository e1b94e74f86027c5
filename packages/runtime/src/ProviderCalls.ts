/**
 * How often and how patiently a provider is asked: one policy for all calls, decided by the reason of the failure.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { adviceFor, isRetryable, type ProviderError } from "@runctl/core/ProviderError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Problem } from "./Event.ts"

const retryAfter = ({ reason }: ProviderError): Duration.Duration =>
  (reason._tag === "RateLimited" || reason._tag === "Unavailable") && reason.retryAfter !== undefined
    ? reason.retryAfter
    : Duration.zero

const schedule = Schedule.exponential(defaults.callRetryBase, 2).pipe(
  Schedule.jittered,
  Schedule.upTo({ times: defaults.callAttempts - 1 }),
  Schedule.setInputType<ProviderError>(),
  Schedule.while(({ input }) => isRetryable(input.reason)),
  Schedule.modifyDelay(({ input, duration }) => Effect.succeed(Duration.max(duration, retryAfter(input))))
)

/**
 * Repeats a call that provably had no effect: 3 attempts, 2 s doubling with jitter, never sooner than the provider
 * asked. `OutcomeUnknown` is not repeated: look for the key first.
 *
 * @category combinators
 * @since 0.1.0
 */
export const patiently = <A, R>(call: Effect.Effect<A, ProviderError, R>): Effect.Effect<A, ProviderError, R> =>
  Effect.retry(call, schedule)

/** A provider's failure for people. @category conversions @since 0.1.0 */
export const toProblem = (error: ProviderError): Problem => ({
  code: codes[error.reason._tag],
  message: error.message,
  advice: adviceFor(error.reason)
})

/** The code of each reason, as docs/errors.md explains it. @category constants @since 0.1.0 */
export const codes = {
  Unauthorized: "RUNCTL_E_UNAUTHORIZED",
  Forbidden: "RUNCTL_E_FORBIDDEN",
  NotFound: "RUNCTL_E_NOT_FOUND",
  OutOfCapacity: "RUNCTL_E_OUT_OF_CAPACITY",
  QuotaExceeded: "RUNCTL_E_QUOTA_EXCEEDED",
  InsufficientFunds: "RUNCTL_E_INSUFFICIENT_FUNDS",
  PriceTooLow: "RUNCTL_E_PRICE_TOO_LOW",
  RateLimited: "RUNCTL_E_RATE_LIMITED",
  Conflict: "RUNCTL_E_CONFLICT",
  Rejected: "RUNCTL_E_REJECTED",
  Unavailable: "RUNCTL_E_UNAVAILABLE",
  OutcomeUnknown: "RUNCTL_E_OUTCOME_UNKNOWN",
  UnsupportedCapability: "RUNCTL_E_UNSUPPORTED",
  MalformedResponse: "RUNCTL_E_MALFORMED_RESPONSE"
} as const satisfies Record<ProviderError["reason"]["_tag"], string>
