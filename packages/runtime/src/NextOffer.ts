/**
 * Which failures are about one offer only, so that another may still do.
 *
 * @since 0.1.0
 */
import type { ProviderError } from "@runctl/core/ProviderError"
import * as Effect from "effect/Effect"
import { isPriceMoved } from "./PriceMoved.ts"

/** Reasons for which another offer may still do. */
const tryAnother: ReadonlySet<string> = new Set([
  "OutOfCapacity",
  "QuotaExceeded",
  "PriceTooLow",
  "UnsupportedCapability"
])

/** Whether another offer may still do after this failure. @category predicates @since 0.1.0 */
export const isAboutThisOffer = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "ProviderError" &&
  "reason" in error &&
  typeof error.reason === "object" &&
  error.reason !== null &&
  "_tag" in error.reason &&
  typeof error.reason._tag === "string" &&
  tryAnother.has(error.reason._tag)

/** Goes on to the next offer when this one cannot be had for a reason of its own. @category combinators @since 0.1.0 */
export const firstThatWorks = <A, E, R>(
  attempts: ReadonlyArray<Effect.Effect<A, E | ProviderError, R>>,
  asksAboutPrice: boolean
): Effect.Effect<A, E | ProviderError, R> =>
  attempts.reduceRight((next, attempt) =>
    Effect.catch(attempt, (error) =>
      isAboutThisOffer(error) && !(asksAboutPrice && isPriceMoved(error)) ? next : Effect.fail(error)
    )
  )
