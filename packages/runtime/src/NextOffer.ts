/**
 * Which offer is tried when one cannot be had: what a failure is about, and what it rules out. Pure.
 *
 * @since 0.1.0
 */
import type { ProviderError } from "@runctl/core/ProviderError"
import type { RankedOffer } from "@runctl/core/Ranking"
import type { Market, Offer } from "@runctl/core/Offer"
import type { Tried } from "./Event.ts"

/**
 * What a failed request is about.
 *
 * **Details**
 * - `offer`: another one may still do, of the same provider too. Nothing was made, by the provider's own word.
 * - `provider`: nothing of this provider will do now. Nothing was made either.
 * - `all`: nobody knows what was made, or it is no provider's fault: nothing else may be asked for.
 *
 * @category models
 * @since 0.1.0
 */
export type About = "offer" | "provider" | "all"

/** By the reason of a `ProviderError`: an answer that was lost, or that nobody can read, may have made a machine. */
const reasons = {
  OutOfCapacity: "offer",
  QuotaExceeded: "offer",
  PriceTooLow: "offer",
  UnsupportedCapability: "offer",
  Unauthorized: "provider",
  Forbidden: "provider",
  NotFound: "provider",
  InsufficientFunds: "provider",
  RateLimited: "provider",
  Conflict: "provider",
  Rejected: "provider",
  Unavailable: "provider",
  OutcomeUnknown: "all",
  MalformedResponse: "all"
} as const satisfies Readonly<Record<ProviderError["reason"]["_tag"], About>>

/** By the tag of another error. */
const tags = {
  BudgetRefused: "offer",
  ProviderDisabled: "provider",
  UnknownProvider: "provider",
  DuplicateProvider: "provider"
} as const

const tagOf = (value: unknown): string =>
  typeof value === "object" && value !== null && "_tag" in value && typeof value._tag === "string" ? value._tag : ""

const reasonOf = (error: unknown): string =>
  tagOf(error) === "ProviderError" && typeof error === "object" && error !== null && "reason" in error
    ? tagOf(error.reason)
    : ""

const lookedUp = (table: Readonly<Record<string, About>>, key: string): About | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

/** What a failure is about, whichever copy of its class made it. @category decisions @since 0.1.0 */
export const about = (error: unknown): About =>
  lookedUp(reasons, reasonOf(error)) ?? lookedUp(tags, tagOf(error)) ?? "all"

/**
 * An offer that could not be had. `error` may be anything that renting fails with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly ranked: RankedOffer
  readonly error: unknown
}

/** How many offers are tried in all. @category constants @since 0.1.0 */
export const mostOffers = 20

/** How many of one provider, while there are others. @category constants @since 0.1.0 */
export const mostOfEach = 8

/** As much of the same, where the account may have no more of it. */
const isNoLess = (offer: Offer, than: Offer): boolean =>
  offer.region === than.region && offer.gpu === than.gpu && offer.gpuCount >= than.gpuCount && offer.vcpus >= than.vcpus

const rulesOut = ({ error, ranked: failed }: Failure, next: RankedOffer): boolean => {
  if (failed.offer.provider !== next.offer.provider) return false
  if (about(error) === "provider") return true
  return reasonOf(error) === "QuotaExceeded" && failed.market === next.market && isNoLess(next.offer, failed.offer)
}

/**
 * The best offer that nothing rules out; nothing when there is none, or enough were tried. Each is tried once.
 *
 * @category decisions
 * @since 0.1.0
 */
export const nextOf = (ranked: ReadonlyArray<RankedOffer>, failed: ReadonlyArray<Failure>): RankedOffer | undefined => {
  if (failed.length >= mostOffers) return undefined
  const tried = new Set(failed.map((failure) => failure.ranked))
  const triedOf = (name: string): number => failed.filter(({ ranked: { offer } }) => offer.provider === name).length
  const hasOthers = new Set(ranked.map(({ offer }) => offer.provider)).size > 1
  return ranked.find(
    (next) =>
      !tried.has(next) &&
      !failed.some((failure) => rulesOut(failure, next)) &&
      (!hasOthers || triedOf(next.offer.provider) < mostOfEach)
  )
}

/** Where a machine was taken back, or was no good. @category models @since 0.1.0 */
export interface Loss {
  readonly offer: Offer
  readonly market: Market
}

/** What an offer counts in comparison with others: what the job will cost on it, else its price. @category accessors @since 0.1.0 */
export const weightOf = ({ cost, usdPerHour }: RankedOffer): number => cost?.totalNanoUsd ?? usdPerHour ?? Infinity

/** Orders numbers, infinite ones too: the smaller one comes first. @category decisions @since 0.1.0 */
export const byWeight = (left: number, right: number): number => (left < right ? -1 : left > right ? 1 : 0)

/** What is lost once is likely to be lost again: it is worth as much as something half as dear again. */
const lossFactor = 1.5

const isSame = (loss: Loss, { market, offer }: RankedOffer): boolean =>
  loss.market === market &&
  loss.offer.provider === offer.provider &&
  loss.offer.region === offer.region &&
  loss.offer.zone === offer.zone &&
  loss.offer.instanceType === offer.instanceType

/**
 * Offers in the order in which they are tried after machines were lost: each loss counts as half the cost more.
 *
 * @category decisions
 * @since 0.1.0
 */
export const afterLosses = (
  ranked: ReadonlyArray<RankedOffer>,
  losses: ReadonlyArray<Loss>
): ReadonlyArray<RankedOffer> => {
  if (losses.length === 0) return ranked
  const weighed = ranked.map((each) => ({
    each,
    weight: weightOf(each) * lossFactor ** losses.filter((loss) => isSame(loss, each)).length
  }))
  return weighed.toSorted((left, right) => byWeight(left.weight, right.weight)).map(({ each }) => each)
}

/** An offer that could not be had, as it is remembered. @category conversions @since 0.1.0 */
export const toTried = (
  { market, offer, usdPerHour }: RankedOffer,
  key: Tried["key"],
  problem: Tried["problem"]
): Tried => ({
  provider: offer.provider,
  region: offer.region,
  ...(offer.zone === undefined ? {} : { zone: offer.zone }),
  instanceType: offer.instanceType,
  market,
  ...(usdPerHour === undefined ? {} : { usdPerHour }),
  ...(key === undefined ? {} : { key }),
  problem
})

/** Where an offer is, in the words of its provider. @category formatting @since 0.1.0 */
export const placeOf = ({ instanceType, market, provider, region, zone }: Omit<Tried, "problem">): string =>
  `${provider}/${zone ?? region}/${instanceType}${market === "spot" ? " (spot)" : ""}`
