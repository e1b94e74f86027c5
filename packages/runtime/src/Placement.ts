/**
 * Where a run would go and what it could cost at worst, decided without changing anything.
 *
 * @since 0.1.0
 */
import { admit } from "@runctl/core/Budget"
import type { Capabilities } from "@runctl/core/Capabilities"
import { type NanoUsd, zero } from "@runctl/core/Money"
import type { Market, Offer, OfferQuery } from "@runctl/core/Offer"
import { isRetryable, ProviderError, UnsupportedCapability } from "@runctl/core/ProviderError"
import { rank, type RankedOffer, type Ranking } from "@runctl/core/Ranking"
import { isAskedUnnamed, type RegistryError } from "@runctl/core/ProviderRegistry"
import * as Effect from "effect/Effect"
import type { BudgetCap, Placement } from "./Event.ts"
import { type Around, around, atWorst, type Terms } from "./Exposure.ts"
import { patiently } from "./ProviderCalls.ts"
import { Providers } from "./Providers.ts"
import type { Ledger } from "./BudgetLedger.ts"
import { scopeOf } from "./BudgetLedger.ts"
import { BudgetRefused, NoOfferFits } from "./RuntimeError.ts"

/** A placement that rents. @category models @since 0.1.0 */
export type Rent = Extract<Placement, { readonly _tag: "Rent" }>

/**
 * For how long a machine may be needed, and what may be spent on it.
 *
 * **Units**  deadlineAt and now: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Limits {
  readonly deadlineAt: number
  readonly graceSeconds: number
  readonly holdSeconds: number
  readonly budgets: ReadonlyArray<BudgetCap>
  readonly project?: string
}

/**
 * A provider that could not be asked, and why; `isPassing` when it may answer later, with nothing changed but time.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProviderFailure {
  readonly provider: string
  readonly message: string
  readonly isPassing?: boolean
}

/**
 * What was asked: all offers, who could not be asked, and what each provider's machines can do when their time is over.
 *
 * @category models
 * @since 0.1.0
 */
export interface Found {
  readonly offers: ReadonlyArray<Offer>
  readonly failures: ReadonlyArray<ProviderFailure>
  readonly endActions: ReadonlyMap<string, Capabilities["endAction"]>
}

/**
 * What was found and what would be taken. `worstCaseNanoUsd` and what it is made of are missing when the price is
 * unknown.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly ranking: Ranking
  readonly chosen: RankedOffer
  readonly worstCaseNanoUsd: NanoUsd | undefined
  readonly around: Around | undefined
  readonly endAction: Capabilities["endAction"]
  readonly failures: ReadonlyArray<ProviderFailure>
}

/**
 * What renting an offer can cost at worst within its limits.
 *
 * @category decisions
 * @since 0.1.0
 */
export const worstCase = (ranked: RankedOffer, limits: Limits, now: number, terms: Terms): NanoUsd | undefined => {
  const open = around(ranked, limits, terms)
  return open === undefined ? undefined : atWorst(open, limits.deadlineAt, now)
}

/**
 * Takes the best offer that fits, or says why there is none; refuses what a budget could not bear.
 *
 * @category decisions
 * @since 0.1.0
 */
export const choose = (
  found: Found,
  rent: Rent,
  limits: Limits,
  ledgers: ReadonlyMap<string, Ledger>,
  now: number
): Plan | NoOfferFits | BudgetRefused => {
  const ranking = rank(found.offers, { ...rent.query, market: rent.market })
  const [chosen] = ranking.ranked
  if (chosen === undefined) return noOffer(ranking, rent, found.failures)
  // Of a provider nobody knows, the worst is assumed.
  const endAction = found.endActions.get(chosen.offer.provider) ?? "stopsJobOnly"
  const terms: Terms = { endAction, diskGiB: rent.diskGiB }
  const worst = worstCase(chosen, limits, now, terms)
  const scopes = limits.budgets.map((cap) => scopeOf(cap, ledgers.get(cap.scope) ?? { reserved: {}, spent: zero }))
  const admission = admit(scopes, worst)
  return admission._tag === "Refused"
    ? new BudgetRefused({ scope: admission.scope, message: admission.message })
    : {
        ranking,
        chosen,
        worstCaseNanoUsd: worst,
        around: around(chosen, limits, terms),
        endAction,
        failures: found.failures
      }
}

const noOffer = (ranking: Ranking, rent: Rent, failures: ReadonlyArray<ProviderFailure>): NoOfferFits => {
  const counts = new Map<string, number>()
  for (const { why } of ranking.rejected) counts.set(why, (counts.get(why) ?? 0) + 1)
  return new NoOfferFits({
    providers: [rent.provider],
    rejected: [...counts].map(([why, count]) => ({ why, count })).toSorted((left, right) => right.count - left.count),
    failures
  })
}

/**
 * The live offers of one provider, or of all that can be used and have credentials for `any`; one that fails never hides the others.
 *
 * **Errors**  those of a single provider that was named; `UnsupportedCapability` when it has no spot market and one is wanted.
 *
 * @category queries
 * @since 0.1.0
 */
export const findOffers = Effect.fn("Placement.findOffers")(function* (
  provider: string,
  query: OfferQuery,
  market: Market
) {
  const providers = yield* Providers
  const known = yield* providers.list
  const named = known.find(({ manifest }) => manifest.name === provider)
  if (market === "spot" && named?.manifest.capabilities.spot === "none") {
    const message = `${provider} has no spot market`
    return yield* new ProviderError({ provider, operation: "offers", reason: new UnsupportedCapability({ message }) })
  }
  const asked = known.filter(isAskedUnnamed)
  const names = provider === "any" ? asked.map(({ manifest }) => manifest.name) : [provider]
  const found = yield* Effect.forEach(names, (name) => offersOf(name, query, provider !== "any"), { concurrency: 8 })
  const answer: Found = {
    offers: found.flatMap(({ offers }) => offers),
    failures: found.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
    endActions: new Map(known.map(({ manifest }) => [manifest.name, manifest.capabilities.endAction]))
  }
  return answer
})

const failureOf = (provider: string, error: ProviderError | RegistryError): ProviderFailure => ({
  provider,
  message: error.message,
  ...(error._tag === "ProviderError" && isRetryable(error.reason) ? { isPassing: true } : {})
})

const offersOf = Effect.fnUntraced(function* (name: string, query: OfferQuery, only: boolean) {
  const providers = yield* Providers
  const asked = Effect.gen(function* () {
    const { provider } = yield* providers.get(name)
    return yield* patiently(provider.offers(query))
  })
  const answered = Effect.map(asked, (offers) => ({ offers, failure: undefined }))
  // What is wrong with a provider that was named is what the user wants to know.
  if (only) return yield* answered
  return yield* Effect.catch(answered, (error) => Effect.succeed({ offers: [], failure: failureOf(name, error) }))
})
