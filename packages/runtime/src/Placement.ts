/**
 * Where a run would go and what it could cost at worst, decided without changing anything.
 *
 * @since 0.1.0
 */
import { parseGpu, unknownGpu } from "@runctl/core/Accelerator"
import { admit, secondsWithin } from "@runctl/core/Budget"
import type { Capabilities } from "@runctl/core/Capabilities"
import { defaults } from "@runctl/core/Defaults"
import type { Job } from "@runctl/core/EffectiveCost"
import { add, type NanoUsd, remaining } from "@runctl/core/Money"
import type { Market, Offer } from "@runctl/core/Offer"
import { isRetryable, ProviderError, UnsupportedCapability } from "@runctl/core/ProviderError"
import { type RankedOffer, rankByCost, type Ranking } from "@runctl/core/Ranking"
import type { ProviderEntry, RegistryError } from "@runctl/core/ProviderRegistry"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { BudgetCap, Placement } from "./Event.ts"
import { type Around, around, atWorst, type Terms } from "./Exposure.ts"
import { byWeight, weightOf } from "./NextOffer.ts"
import { patiently } from "./ProviderCalls.ts"
import { Providers } from "./Providers.ts"
import { empty, type Ledger, scopeOf } from "./BudgetLedger.ts"
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
  /** How long the job is thought to take, by whoever said so: what it costs is reckoned for that. */
  readonly expectedHours?: number
  /** The deadline is what the budgets can bear at the planned price: for a dearer machine it is sooner. */
  readonly isDeadlineDerived?: boolean
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

/** A provider that was not asked, and why. @category models @since 0.1.0 */
export interface Unasked {
  readonly provider: string
  readonly why: string
}

/**
 * What was asked: all offers, who could not be asked, who was not, and what each provider's machines can do when their
 * time is over. `fullPrice` are the offers on demand, where those may do instead of spot ones.
 *
 * @category models
 * @since 0.1.0
 */
export interface Found {
  readonly offers: ReadonlyArray<Offer>
  readonly fullPrice?: ReadonlyArray<Offer>
  readonly asked: ReadonlyArray<string>
  readonly unasked: ReadonlyArray<Unasked>
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
  readonly asked: ReadonlyArray<string>
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
  const ranking = ranked(found, rent, limits.expectedHours)
  const [chosen] = ranking.ranked
  if (chosen === undefined) return noOffer(ranking, found, rent)
  // Of a provider nobody knows, the worst is assumed.
  const endAction = found.endActions.get(chosen.offer.provider) ?? "stopsJobOnly"
  const terms: Terms = { endAction, diskGiB: rent.diskGiB }
  const worst = worstCase(chosen, limits, now, terms)
  const scopes = limits.budgets.map((cap) => scopeOf(cap, ledgers.get(cap.scope) ?? empty))
  const admission = admit(scopes, worst)
  return admission._tag === "Refused"
    ? new BudgetRefused({ scope: admission.scope, message: admission.message })
    : {
        ranking,
        chosen,
        worstCaseNanoUsd: worst,
        around: around(chosen, limits, terms),
        endAction,
        asked: found.asked,
        failures: found.failures
      }
}

const noOffer = (ranking: Ranking, { asked, failures, offers, unasked }: Found, { query }: Rent): NoOfferFits => {
  const wish = query.gpu === undefined ? undefined : parseGpu(query.gpu)
  const names = offers.flatMap(({ gpu }) => (gpu === undefined ? [] : [gpu]))
  const unknown = wish === undefined || typeof wish === "string" ? wish : unknownGpu(wish, names)
  const counts = new Map<string, number>()
  for (const { why } of ranking.rejected) counts.set(why, (counts.get(why) ?? 0) + 1)
  return new NoOfferFits({
    providers: asked,
    ...(unknown === undefined ? {} : { unknownGpu: unknown }),
    ...(unasked.length === 0 ? {} : { unasked }),
    rejected: [...counts].map(([why, count]) => ({ why, count })).toSorted((left, right) => right.count - left.count),
    failures
  })
}

/** Both in one order: at the same cost, what may be taken back comes later. */
const merged = (spot: Ranking, onDemand: Ranking): Ranking => {
  const all = [...onDemand.ranked, ...spot.ranked]
  return {
    ranked: all.toSorted((left, right) => byWeight(weightOf(left), weightOf(right))),
    rejected: onDemand.rejected
  }
}

/** What is wrong with an offer that nobody has said yes to; a provider that nobody knows cannot end its machines. */
const unagreed = (
  { offer, usdPerHour }: RankedOffer,
  { only }: Rent,
  endActions: Found["endActions"]
): string | undefined => {
  if (only === undefined || (usdPerHour === 0 && (offer.diskUsdPerGiBHour ?? 0) === 0)) return undefined
  if (only === "free") return "costs something, and nobody was asked"
  const endAction = endActions.get(offer.provider) ?? "stopsJobOnly"
  return endAction === "stopsJobOnly" ? "cannot end its own billing, and nobody has said yes to that" : undefined
}

const withoutUnagreed = ({ ranked: all, rejected }: Ranking, rent: Rent, endActions: Found["endActions"]): Ranking => {
  const judged = all.map((each) => ({ each, why: unagreed(each, rent, endActions) }))
  return {
    ranked: judged.flatMap(({ each, why }) => (why === undefined ? [each] : [])),
    rejected: [
      ...rejected,
      ...judged.flatMap(({ each: { offer }, why }) =>
        why === undefined ? [] : [{ offer, by: "maxUsdPerHour" as const, why }]
      )
    ]
  }
}

/**
 * Which offers fit, best first: by what the job will really cost on each.
 *
 * @category decisions
 * @since 0.1.0
 */
export const ranked = (
  { endActions, fullPrice, offers }: Pick<Found, "endActions" | "fullPrice" | "offers">,
  rent: Rent,
  expectedHours?: number
): Ranking => {
  const { diskGiB, market, query } = rent
  const job: Job = {
    ...(expectedHours === undefined ? {} : { hours: expectedHours }),
    ...(diskGiB === undefined ? {} : { diskGiB })
  }
  const ranking = rankByCost(offers, { ...query, market }, job)
  const whole =
    fullPrice === undefined ? ranking : merged(ranking, rankByCost(fullPrice, { ...query, market: "on-demand" }, job))
  return rent.only === undefined ? whole : withoutUnagreed(whole, rent, endActions)
}

/** Who sells on a market, by their manifests alone. */
const sells = (rent: Rent, { manifest }: ProviderEntry): boolean =>
  rent.market !== "spot" || rent.orOnDemand === true || manifest.capabilities.spot !== "none"

const whyUnasked = (rent: Rent, entry: ProviderEntry): string | undefined =>
  entry.disabled !== undefined
    ? entry.disabled
    : !entry.hasCredentials
      ? "no credentials"
      : sells(rent, entry)
        ? undefined
        : "no spot market"

interface Reason {
  readonly entry: ProviderEntry
  readonly why: string | undefined
}

/** Those that were there when it was planned, and are not where it is carried out. */
const missed = ({ among = [] }: Rent, reasons: ReadonlyArray<Reason>): ReadonlyArray<ProviderFailure> =>
  reasons.flatMap(({ entry: { manifest }, why }) =>
    why === undefined || !among.includes(manifest.name)
      ? []
      : [{ provider: manifest.name, message: `${why} where the supervisor was started, though the command had it` }]
  )

/**
 * The live offers of one provider, or of all that can be used and have credentials for `any`; one that fails, or does
 * not answer in time, never hides the others.
 *
 * **Errors**  those of a single provider that was named; `UnsupportedCapability` when it has no spot market and only
 * that will do.
 *
 * @category queries
 * @since 0.1.0
 */
export const findOffers = Effect.fn("Placement.findOffers")(function* (rent: Rent) {
  const { provider } = rent
  const providers = yield* Providers
  const known = yield* providers.list
  const named = known.find(({ manifest }) => manifest.name === provider)
  if (named !== undefined && !sells(rent, named)) {
    const message = `${provider} has no spot market`
    return yield* new ProviderError({ provider, operation: "offers", reason: new UnsupportedCapability({ message }) })
  }
  const reasons: ReadonlyArray<Reason> =
    provider === "any" ? known.map((entry) => ({ entry, why: whyUnasked(rent, entry) })) : []
  const asked =
    provider === "any"
      ? reasons.flatMap(({ entry, why }) => (why === undefined ? [entry.manifest.name] : []))
      : [provider]
  const found = yield* Effect.forEach(asked, (name) => offersFor(name, rent), { concurrency: "unbounded" })
  const answer: Found = {
    offers: found.flatMap(({ offers }) => offers),
    ...(rent.orOnDemand === true ? { fullPrice: found.flatMap(({ fullPrice }) => fullPrice) } : {}),
    asked,
    unasked: reasons.flatMap(({ entry, why }) => (why === undefined ? [] : [{ provider: entry.manifest.name, why }])),
    failures: [...found.flatMap(({ failure }) => (failure === undefined ? [] : [failure])), ...missed(rent, reasons)],
    endActions: new Map(known.map(({ manifest }) => [manifest.name, manifest.capabilities.endAction]))
  }
  return answer
})

const failureOf = (provider: string, error: ProviderError | RegistryError): ProviderFailure => ({
  provider,
  message: error.message,
  ...(error._tag === "ProviderError" && isRetryable(error.reason) ? { isPassing: true } : {})
})

/** What a provider asks for in one market, and in the other where that may do. */
const asked = Effect.fnUntraced(function* (name: string, { market, orOnDemand, query }: Rent) {
  const { provider } = yield* (yield* Providers).get(name)
  const hasSpot = provider.capabilities.spot !== "none"
  const offersIn = (wanted: Market) => patiently(provider.offers({ ...query, market: wanted }))
  const isBoth = orOnDemand === true && market === "spot"
  const [offers, fullPrice] = yield* Effect.all(
    [isBoth && !hasSpot ? Effect.succeed([]) : offersIn(market), isBoth ? offersIn("on-demand") : Effect.succeed([])],
    { concurrency: 2 }
  )
  return { offers, fullPrice, failure: undefined }
})

const offersFor = Effect.fnUntraced(function* (name: string, rent: Rent) {
  // What is wrong with a provider that was named is what the user wants to know, and nobody else waits for it.
  if (rent.provider !== "any") return yield* asked(name, rent)
  const late: ProviderFailure = {
    provider: name,
    message: `no offers within ${Duration.toSeconds(defaults.offersWithin)} s`,
    isPassing: true
  }
  const none = (failure: ProviderFailure) => Effect.succeed({ offers: [], fullPrice: [], failure })
  return yield* asked(name, rent).pipe(
    Effect.catch((error) => none(failureOf(name, error))),
    Effect.timeoutOrElse({ duration: defaults.offersWithin, orElse: () => none(late) })
  )
})

/**
 * Until when a machine is kept: until the deadline, or where that is only what the budgets can bear, until they cannot
 * bear this one any more. What would be over at once keeps the deadline, so that the budget refuses it.
 *
 * **Units**  milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const deadlineWithin = (
  { budgets, deadlineAt, isDeadlineDerived }: Limits,
  open: Around | undefined,
  ledgers: ReadonlyMap<string, Ledger>,
  now: number
): number => {
  if (isDeadlineDerived !== true || open === undefined) return deadlineAt
  const seconds = budgets.map((cap) => {
    const { reserved, spent } = scopeOf(cap, ledgers.get(cap.scope) ?? empty)
    return secondsWithin(remaining(cap.capNanoUsd, add(spent, reserved)), open)
  })
  const most = Math.min(...seconds)
  return most < shortest ? deadlineAt : Math.min(deadlineAt, Math.floor(now + most * 1000))
}

/** Nobody is helped by a machine for less than this, in seconds. */
const shortest = Duration.toSeconds("10 minutes")
