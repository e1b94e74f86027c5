/**
 * Which offer to take: a pure, total order over offers, with a reason for each that is left out.
 *
 * @since 0.1.0
 */
import type { UsdPerHour } from "./Money.ts"
import { type Market, type Offer, type OfferQuery, priceOf } from "./Offer.ts"

/**
 * An offer that fits. `usdPerHour` is missing when nobody says what it costs.
 *
 * @category models
 * @since 0.1.0
 */
export interface RankedOffer {
  readonly offer: Offer
  readonly market: Market
  readonly usdPerHour: UsdPerHour | undefined
}

/**
 * Fitting offers, best first, and the others with the first thing that is wrong with each.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ranking {
  readonly ranked: ReadonlyArray<RankedOffer>
  readonly rejected: ReadonlyArray<{ readonly offer: Offer; readonly why: string }>
}

/** A GPU name without case, spaces and dashes: `RTX 4090` is `rtx-4090`. */
const plainGpu = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]+/g, "")

const tooFew = (have: number | undefined, wanted: number | undefined, what: string): string | undefined =>
  wanted === undefined || (have !== undefined && have >= wanted)
    ? undefined
    : `has ${have === undefined ? "an unknown amount of" : have} ${what}, ${wanted} wanted`

const differs = (have: string | undefined, wanted: string | undefined, what: string): string | undefined =>
  wanted === undefined || have === wanted ? undefined : `${what} is ${have ?? "unknown"}, ${wanted} wanted`

const unlabelled = ({ labels = [] }: Offer, wanted: ReadonlyArray<string> = []): string | undefined => {
  const missing = wanted.find((label) => !labels.includes(label))
  return missing === undefined ? undefined : `is not labelled ${missing}`
}

const mismatch = (offer: Offer, query: OfferQuery, market: Market): string | undefined => {
  const price = priceOf(offer, market)
  const wantedGpus = query.gpuCount ?? (query.gpu === undefined ? undefined : 1)
  return (
    (offer.available === false ? "not available now" : undefined) ??
    differs(offer.instanceType, query.instanceType, "type") ??
    differs(offer.region, query.region, "region") ??
    differs(offer.zone, query.zone, "zone") ??
    unlabelled(offer, query.labels) ??
    (query.gpu === undefined || (offer.gpu !== undefined && plainGpu(offer.gpu) === plainGpu(query.gpu))
      ? undefined
      : `GPU is ${offer.gpu ?? "none"}, ${query.gpu} wanted`) ??
    tooFew(offer.gpuCount, wantedGpus, "GPUs") ??
    tooFew(offer.gpuMemoryGiB, query.gpuMemoryGiB, "GiB per GPU") ??
    tooFew(offer.vcpus, query.vcpus, "vCPUs") ??
    tooFew(offer.memoryGiB, query.memoryGiB, "GiB of memory") ??
    tooFew(offer.diskGiB ?? query.diskGiB, query.diskGiB, "GiB of disk") ??
    (market === "spot" && price === undefined ? "has no spot price" : undefined) ??
    (query.maxUsdPerHour === undefined
      ? undefined
      : price === undefined
        ? "price unknown, and a highest price is set"
        : price > query.maxUsdPerHour
          ? `costs $${price}/h, at most $${query.maxUsdPerHour}/h wanted`
          : undefined)
  )
}

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Cheapest first, unknown prices last; equal prices by fewer GPUs and vCPUs, then by name, so the order is total. */
const compare = (left: RankedOffer, right: RankedOffer): number =>
  compareNumbers(left.usdPerHour ?? Infinity, right.usdPerHour ?? Infinity) ||
  left.offer.gpuCount - right.offer.gpuCount ||
  left.offer.vcpus - right.offer.vcpus ||
  left.offer.memoryGiB - right.offer.memoryGiB ||
  order(left.offer.provider, right.offer.provider) ||
  order(left.offer.region, right.offer.region) ||
  order(left.offer.zone ?? "", right.offer.zone ?? "") ||
  order(left.offer.instanceType, right.offer.instanceType)

const compareNumbers = (left: number, right: number): number => (left < right ? -1 : left > right ? 1 : 0)

/**
 * Sorts offers by price for a query; what does not fit is rejected with a reason.
 *
 * **Details**  the market is the query's, on-demand when it names none. A filter never adds an offer; an offer whose
 * GPU memory or price is unknown does not satisfy a bound on it.
 *
 * @category decisions
 * @since 0.1.0
 */
export const rank = (offers: ReadonlyArray<Offer>, query: OfferQuery): Ranking => {
  const market = query.market ?? "on-demand"
  const ranked: Array<RankedOffer> = []
  const rejected: Array<{ readonly offer: Offer; readonly why: string }> = []
  for (const offer of offers) {
    const why = mismatch(offer, query, market)
    if (why === undefined) ranked.push({ offer, market, usdPerHour: priceOf(offer, market) })
    else rejected.push({ offer, why })
  }
  return { ranked: ranked.toSorted(compare), rejected }
}
