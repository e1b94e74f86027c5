/**
 * Which offer to take: a pure, total order over offers, with a reason for each that is left out.
 *
 * By price per hour (`rank`), or by what a job will really cost (`rankByCost`).
 *
 * @since 0.1.0
 */
import { canonicalName, type GpuWish, matchesGpu, nominalMemoryGiB, parseGpu } from "./Accelerator.ts"
import { calculator, type EffectiveCost, type Job } from "./EffectiveCost.ts"
import { orderOf } from "./internal/order.ts"
import type { Market, Offer, OfferQuery } from "./Offer.ts"
import { inPlace } from "./Place.ts"
import { priceOf, type PriceOf, type Shape } from "./Shape.ts"

/**
 * An offer that fits. `usdPerHour` is missing when nobody says what it costs; `cost` where it was ranked by price alone,
 * or what the job would cost is unknown.
 *
 * @category models
 * @since 0.1.0
 */
export interface RankedOffer<O extends Shape = Offer> {
  readonly offer: O
  readonly market: Market
  readonly usdPerHour: PriceOf<O> | undefined
  readonly cost?: EffectiveCost
}

/**
 * An offer that does not fit, and the first thing that is wrong with it. `by` is the condition it fails.
 *
 * @category models
 * @since 0.1.0
 */
export interface RejectedOffer<O extends Shape = Offer> {
  readonly offer: O
  readonly by: Condition
  readonly why: string
}

/**
 * Fitting offers, best first, and the others with the first thing that is wrong with each.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ranking<O extends Shape = Offer> {
  readonly ranked: ReadonlyArray<RankedOffer<O>>
  readonly rejected: ReadonlyArray<RejectedOffer<O>>
}

/**
 * A query without brands: plain numbers in the units of `OfferQuery`.
 *
 * @category models
 * @since 0.1.0
 */
export type Query = {
  readonly [K in keyof OfferQuery]: OfferQuery[K] extends number | undefined ? number : OfferQuery[K]
}

/** What an offer can fail. @category models @since 0.1.0 */
export type Condition = "available" | "market" | Exclude<keyof OfferQuery, "market">

interface Fault {
  readonly by: Condition
  readonly why: string
}

const tooFew = (by: Condition, have: number | undefined, wanted: number | undefined, what: string): Fault | undefined =>
  wanted === undefined || (have !== undefined && have >= wanted)
    ? undefined
    : { by, why: `has ${have === undefined ? "an unknown amount of" : have} ${what}, ${wanted} wanted` }

const differs = (
  by: Condition,
  have: string | undefined,
  wanted: string | undefined,
  what: string
): Fault | undefined =>
  wanted === undefined || have === wanted ? undefined : { by, why: `${what} is ${have ?? "unknown"}, ${wanted} wanted` }

const unlabelled = ({ labels = [] }: Shape, wanted: ReadonlyArray<string> = []): Fault | undefined => {
  const missing = wanted.find((label) => !labels.includes(label))
  return missing === undefined ? undefined : { by: "labels", why: `is not labelled ${missing}` }
}

/** A query with what is read once for all offers. */
interface Prepared {
  readonly query: Query
  readonly gpu: GpuWish | undefined
  readonly gpuCount: number | undefined
  readonly isInRegion: ((region: string) => boolean) | undefined
}

const prepare = (query: Query): Prepared => {
  const wish = query.gpu === undefined ? undefined : parseGpu(query.gpu)
  const gpu = typeof wish === "string" ? { ...nobody, text: query.gpu ?? "" } : wish
  const asksForGpu =
    query.gpu !== undefined || query.gpuMemoryGiB !== undefined || query.gpuTotalMemoryGiB !== undefined
  return {
    query,
    gpu,
    // Whoever speaks of GPUs wants whole ones: a slice of one is not the cheapest of its kind.
    gpuCount: query.gpuCount ?? gpu?.count ?? (asksForGpu ? 1 : undefined),
    isInRegion: query.region === undefined ? undefined : inPlace(query.region)
  }
}

/** What makes no sense is met by nothing. */
const nobody: GpuWish = { text: "", count: undefined, model: "\u0000", memoryGiB: undefined, accelerators: [] }

const isWished = (offer: Shape, wish: GpuWish): boolean =>
  offer.gpu !== undefined && matchesGpu(wish, offer.gpu, offer.gpuMemoryGiB)

const gpuNameOf = ({ gpu, gpuMemoryGiB }: Shape): string =>
  gpu === undefined ? "none" : canonicalName(gpu, gpuMemoryGiB)

/** Of its kind, so that 79.65 GiB are 80; of a slice what it has. */
const printedMemory = ({ gpu, gpuMemoryGiB }: Shape): number | undefined => {
  const nominal = nominalMemoryGiB(gpu, gpuMemoryGiB)
  return nominal === undefined || gpuMemoryGiB === undefined ? gpuMemoryGiB : Math.max(nominal, gpuMemoryGiB)
}

const dear = (price: number | undefined, most: number | undefined): Fault | undefined => {
  if (most === undefined || (price !== undefined && price <= most)) return undefined
  return price === undefined
    ? { by: "maxUsdPerHour", why: "price unknown, and a highest price is set" }
    : { by: "maxUsdPerHour", why: `costs $${price}/h, at most $${most}/h wanted` }
}

const mismatch = (offer: Shape, { gpu, gpuCount, isInRegion, query }: Prepared, market: Market): Fault | undefined => {
  const price = priceOf(offer, market)
  const memory = query.gpuMemoryGiB === undefined && query.gpuTotalMemoryGiB === undefined ? 0 : printedMemory(offer)
  return (
    (offer.available === false ? notAvailable : undefined) ??
    differs("instanceType", offer.instanceType, query.instanceType, "type") ??
    (isInRegion === undefined || isInRegion(offer.region)
      ? undefined
      : differs("region", offer.region, query.region, "region")) ??
    differs("zone", offer.zone, query.zone, "zone") ??
    (query.labels === undefined ? undefined : unlabelled(offer, query.labels)) ??
    (gpu === undefined || isWished(offer, gpu)
      ? undefined
      : { by: "gpu" as const, why: `GPU is ${gpuNameOf(offer)}, ${gpu.text} wanted` }) ??
    tooFew("gpuCount", offer.gpuCount, gpuCount, "GPUs") ??
    tooFew("gpuMemoryGiB", memory, query.gpuMemoryGiB, "GiB per GPU") ??
    tooFew(
      "gpuTotalMemoryGiB",
      memory === undefined ? undefined : memory * offer.gpuCount,
      query.gpuTotalMemoryGiB,
      "GiB in all GPUs"
    ) ??
    tooFew("vcpus", offer.vcpus, query.vcpus, "vCPUs") ??
    tooFew("memoryGiB", offer.memoryGiB, query.memoryGiB, "GiB of memory") ??
    tooFew("diskGiB", offer.diskGiB ?? query.diskGiB, query.diskGiB, "GiB of disk") ??
    (market === "spot" && price === undefined ? noSpot : undefined) ??
    dear(price, query.maxUsdPerHour)
  )
}

const notAvailable: Fault = { by: "available", why: "not available now" }
const noSpot: Fault = { by: "market", why: "has no spot price" }

type Estimator<O extends Shape> = (offer: O, market: Market) => EffectiveCost | undefined

const select = <O extends Shape>(
  offers: ReadonlyArray<O>,
  query: Query,
  markets: ReadonlyArray<Market>,
  estimate: Estimator<O> | undefined
): Ranking<O> => {
  const prepared = prepare(query)
  const fitting: Array<RankedOffer<O>> = []
  const amounts = new Float64Array(offers.length * markets.length)
  const rejected: Array<RejectedOffer<O>> = []
  for (const offer of offers) {
    let fault: Fault | undefined
    let fits = false
    for (const market of markets) {
      // What is wrong with the machine itself is wrong in every market.
      if (fault !== undefined && fault.by !== "market" && fault.by !== "maxUsdPerHour") break
      const found = mismatch(offer, prepared, market)
      if (found === undefined) {
        const cost = estimate?.(offer, market)
        const usdPerHour = priceOf(offer, market)
        amounts[fitting.length] = (estimate === undefined ? usdPerHour : cost?.totalNanoUsd) ?? Infinity
        fitting.push(cost === undefined ? { offer, market, usdPerHour } : { offer, market, usdPerHour, cost })
        fits = true
      } else fault ??= found
    }
    if (!fits && fault !== undefined) rejected.push({ offer, by: fault.by, why: fault.why })
  }
  return { ranked: orderOf(fitting, amounts.subarray(0, fitting.length)), rejected }
}

/**
 * Sorts offers by price for a query; what does not fit is rejected with a reason.
 *
 * **Details**  the market is the query's, on-demand when it names none. A filter never adds an offer; an offer whose
 * GPU memory or price is unknown does not satisfy a bound on it. Prices that differ by less than a millionth are
 * equal, and equal ones are ordered by size, then by name.
 *
 * @category decisions
 * @since 0.1.0
 */
export const rank = <O extends Shape = Offer>(offers: ReadonlyArray<O>, query: Query): Ranking<O> =>
  select(offers, query, [query.market ?? "on-demand"], undefined)

/**
 * Sorts offers by what a job will really cost on each, and says what that is; otherwise like `rank`.
 *
 * **Details**  in each of the `markets`, by default in that of the query; in two of them an offer may come twice. Offers
 * whose cost is unknown come last.
 *
 * @category decisions
 * @since 0.1.0
 */
export const rankByCost = <O extends Shape = Offer>(
  offers: ReadonlyArray<O>,
  query: Query,
  job: Job,
  markets: ReadonlyArray<Market> = [query.market ?? "on-demand"]
): Ranking<O> => select(offers, query, markets, calculator(job))
