/**
 * Goes from one offer to the next, and from one cloud to the next, until a machine can be had.
 *
 * @since 0.1.0
 */
import type { ResourceKey } from "@runctl/core/Ownership"
import type { RankedOffer } from "@runctl/core/Ranking"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Tried } from "./Event.ts"
import { makeResourceKey } from "./Keys.ts"
import { about, type Failure, nextOf, toTried } from "./NextOffer.ts"
import { isPriceMoved } from "./PriceMoved.ts"
import { isPassing, problemOf, type StepError } from "./Problems.ts"
import { OffersExhausted } from "./RuntimeError.ts"

/**
 * What to try, best first.
 *
 * **Details**  `attempt` has a key of its own each time. `isNothing`: whether it is written down that nothing came of the
 * request with a key; only then is anything else asked for.
 * `tell` hears of each offer that could not be had while others are tried.
 *
 * @category models
 * @since 0.1.0
 */
export interface Trying<A, E extends StepError, R> {
  readonly ranked: ReadonlyArray<RankedOffer>
  readonly asksAboutPrice: boolean
  readonly attempt: (ranked: RankedOffer, key: ResourceKey) => Effect.Effect<A, E, R>
  readonly isNothing: (key: ResourceKey) => Effect.Effect<boolean, E, R>
  readonly tell: (tried: Tried) => Effect.Effect<void, E, R>
}

/** Before these nothing was sent, so nothing has the key. */
const unsent: ReadonlySet<string> = new Set([
  "BudgetRefused",
  "ProviderDisabled",
  "UnknownProvider",
  "DuplicateProvider"
])

/** A price is a question to whoever is there; what nobody knows the outcome of is the last thing that is asked for. */
const mayGoOn = (error: StepError, asksAboutPrice: boolean): boolean =>
  about(error) !== "all" && !(asksAboutPrice && isPriceMoved(error))

interface Attempted<E> extends Failure {
  readonly error: E
  readonly tried: Tried
}

/** One failure says it itself; several in the same words do too where one provider has them all. */
const lastWord = <E extends StepError>(failed: ReadonlyArray<Attempted<E>>, error: E): E | OffersExhausted => {
  const tried = failed.map((each) => each.tried)
  const isOne = new Set(tried.map(({ problem, provider }) => `${provider} ${problem.code}`)).size === 1
  return isOne ? error : new OffersExhausted({ tried, isPassing: failed.some((each) => isPassing(each.error)) })
}

/**
 * The first offer that can be had.
 *
 * **Errors**  what the last attempt failed with, where it is the only one, all failed alike, or nothing else may be
 * asked for; else `OffersExhausted`, with all of them.
 *
 * @category combinators
 * @since 0.1.0
 */
export const firstThatWorks = Effect.fn("Trying.firstThatWorks")(function* <A, E extends StepError, R>(
  trying: Trying<A, E, R>
): Effect.fn.Return<A, E | OffersExhausted, R> {
  const failed: Array<Attempted<E>> = []
  let next = nextOf(trying.ranked, failed)
  if (next === undefined) return yield* Effect.die(new Error("there is nothing to try"))
  while (true) {
    const ranked: RankedOffer = next
    const key = yield* makeResourceKey
    const result = yield* Effect.result(trying.attempt(ranked, key))
    if (Result.isSuccess(result)) return result.success
    const error = result.failure
    if (!mayGoOn(error, trying.asksAboutPrice) || !(yield* trying.isNothing(key))) return yield* Effect.fail(error)
    const tried = toTried(ranked, unsent.has(error._tag) ? undefined : key, problemOf(error))
    failed.push({ ranked, error, tried })
    next = nextOf(trying.ranked, failed)
    if (next !== undefined || failed.length > 1) yield* trying.tell(tried)
    if (next === undefined) return yield* Effect.fail(lastWord(failed, error))
  }
})
