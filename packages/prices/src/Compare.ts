/**
 * Offers compared by what a job will really cost on them. Pure: offers and the time come in.
 *
 * @since 0.1.0
 */
import { unknownGpu } from "@runctl/core/Accelerator"
import type { EffectiveCost } from "@runctl/core/EffectiveCost"
import { didYouMean } from "@runctl/core/Nearest"
import { inPlace } from "@runctl/core/Place"
import { type RankedOffer, rankByCost, type Ranking } from "@runctl/core/Ranking"
import { CompareError } from "./CompareError.ts"
import type { Comparison, Explanation } from "./Comparison.ts"
import { nothingFits } from "./internal/empty.ts"
import { explained } from "./internal/explain.ts"
import { checkOffers } from "./internal/offers.ts"
import { idOf, viewOf } from "./internal/view.ts"
import { type CompareRequest, type Understood, understand } from "./Request.ts"
import type { PlainOffer } from "./Snapshot.ts"

/**
 * What is compared. `now` is the time by which prices are stale; offers that are `trusted` are not checked one by one.
 *
 * **Units**  now: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface CompareData {
  readonly offers: ReadonlyArray<PlainOffer>
  readonly now: number
  readonly trusted?: boolean
}

const distinct = (offers: ReadonlyArray<PlainOffer>, key: "provider" | "region" | "gpu"): ReadonlyArray<string> => {
  const found = new Set<string>()
  for (const offer of offers) {
    const value = offer[key]
    if (value !== undefined) found.add(value)
  }
  return [...found]
}

/** Names that nobody has are mistakes, not empty answers. */
const checkNames = ({ gpu, providers, query }: Understood, offers: ReadonlyArray<PlainOffer>): void => {
  if (offers.length === 0) throw new CompareError("NoOffers", "there are no offers to compare")
  const known = providers === undefined ? [] : distinct(offers, "provider")
  const stranger = providers?.find((name) => !known.includes(name))
  if (stranger !== undefined) {
    const message = `no offers of a provider called "${stranger}".${didYouMean(stranger, known)}`
    throw new CompareError("UnknownProvider", message, `There are offers of ${known.toSorted().join(", ")}.`)
  }
  const isKnown = gpu === undefined || gpu.accelerators.length > 0
  const why = isKnown ? undefined : unknownGpu(gpu, distinct(offers, "gpu"))
  if (why !== undefined) throw new CompareError("UnknownGpu", why)
  const { region } = query
  const regions = region === undefined ? [] : distinct(offers, "region")
  if (region !== undefined && !regions.some(inPlace(region))) {
    const continents = ["africa", "asia", "europe", "north america", "oceania", "south america"]
    const message = `no offers in "${region}".${didYouMean(region, [...regions, ...continents])}`
    throw new CompareError(
      "UnknownRegion",
      message,
      "A region's name, a country (DE) or a continent (europe) is wanted."
    )
  }
}

interface Selected {
  readonly understood: Understood
  readonly ranking: Ranking<PlainOffer>
  readonly best: EffectiveCost | undefined
}

const select = (request: CompareRequest, { offers, trusted }: CompareData): Selected => {
  const understood = understand(request)
  if (trusted !== true) checkOffers(offers)
  checkNames(understood, offers)
  const { available, job, markets, providers, query } = understood
  const wanted = providers === undefined ? undefined : new Set(providers)
  const candidates =
    wanted === undefined && !available
      ? offers
      : offers.filter(
          (offer) => (wanted === undefined || wanted.has(offer.provider)) && (!available || offer.available === true)
        )
  const ranking = rankByCost(candidates, query, job, markets)
  // Without a price in this market there is nothing to compare, whatever fits.
  const ranked = ranking.ranked.filter(({ usdPerHour }) => usdPerHour !== undefined)
  if (ranked.length === 0) throw nothingFits(understood, offers, candidates)
  return {
    understood,
    ranking: { ranked, rejected: ranking.rejected },
    best: ranked[0]?.cost
  }
}

const remarksOf = ({ ranking, understood }: Selected): ReadonlyArray<string> => {
  const { gpu, job } = understood
  const remarks: Array<string> = []
  const hasSpot = ranking.ranked.some(({ market }) => market === "spot")
  if (hasSpot && job.checkpointEveryHours === undefined) {
    remarks.push("Spot is reckoned without checkpoints: an interruption undoes everything so far.")
  }
  const [wish, another] = gpu?.accelerators ?? []
  if (wish !== undefined && another !== undefined) {
    const names = (gpu?.accelerators ?? []).map(({ name }) => name).join(" and ")
    remarks.push(`"${gpu?.text ?? ""}" is ${names}.`)
  }
  return remarks
}

/**
 * Compares offers by what a job will really cost on them.
 *
 * **Errors**  throws a `CompareError` that says what is wrong with the request or with an offer, or what empties the answer
 * and which offer is the nearest.
 *
 * @category decisions
 * @since 0.1.0
 */
export const compareOffers = (request: CompareRequest, data: CompareData): Comparison => {
  const selected = select(request, data)
  const { best, ranking, understood } = selected
  const around = { best, job: understood.job, now: data.now }
  let [oldestAsOf, newestAsOf] = ["", ""]
  for (const { offer } of ranking.ranked) {
    if (oldestAsOf === "" || offer.asOf < oldestAsOf) oldestAsOf = offer.asOf
    if (offer.asOf > newestAsOf) newestAsOf = offer.asOf
  }
  const first = understood.limit < ranking.ranked.length ? ranking.ranked.slice(0, understood.limit) : ranking.ranked
  return {
    offers: first.map((each) => viewOf(each, around)),
    fitting: ranking.ranked.length,
    rejected: data.offers.length - new Set(ranking.ranked.map(({ offer }) => offer)).size,
    jobHours: understood.job.hours ?? null,
    checkpointEveryHours: understood.job.checkpointEveryHours ?? null,
    oldestAsOf,
    newestAsOf,
    remarks: remarksOf(selected)
  }
}

/** Whether an offer is meant: by its rank, its id, or by some of the parts of its id in any order. */
const isMeant = (wanted: string, each: RankedOffer<PlainOffer>, rank: number): boolean => {
  if (/^#?\d+$/.test(wanted)) return Number(wanted.replace("#", "")) === rank
  const id = idOf(each).toLowerCase()
  const asked = wanted.toLowerCase()
  if (id === asked) return true
  const { market, offer } = each
  const parts = new Set(
    [offer.provider, offer.region, offer.zone ?? "-", offer.instanceType, market].map((part) => part.toLowerCase())
  )
  return asked.split("/").every((part) => parts.has(part))
}

/**
 * Takes one offer of a comparison apart: by its rank (`1`), its id, or parts of it (`aws/p5.48xlarge/spot`); the best of
 * those that are meant.
 *
 * **Errors**  throws a `CompareError`, also when no fitting offer is meant.
 *
 * @category decisions
 * @since 0.1.0
 */
export const explainOffer = (wanted: string, request: CompareRequest, data: CompareData): Explanation => {
  const { best, ranking, understood } = select(request, data)
  const at = ranking.ranked.findIndex((each, index) => isMeant(wanted.trim(), each, index + 1))
  const found = ranking.ranked[at]
  const parts = found === undefined ? undefined : explained(found.offer, found.market, understood.job)
  if (found === undefined || parts === undefined) {
    const ids = new Set(ranking.ranked.flatMap((each) => [idOf(each), each.offer.instanceType]))
    const message = `no offer that fits is called "${wanted}".${didYouMean(wanted, ids)}`
    throw new CompareError("BadRequest", message, "Name it by its place in the table, or as PROVIDER/TYPE.")
  }
  return { offer: viewOf(found, { best, job: understood.job, now: data.now }), rank: at + 1, ...parts }
}
