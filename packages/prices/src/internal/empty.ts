/**
 * Which condition empties an answer, and what there would be without it.
 */
import { formatUsd } from "@runctl/core/Dollars"
import { type Query, rankByCost, type RankedOffer } from "@runctl/core/Ranking"
import { CompareError } from "../CompareError.ts"
import type { Understood } from "../Request.ts"
import type { PlainOffer } from "../Snapshot.ts"

interface Condition {
  readonly name: string
  readonly without: Understood
}

const leftOut = (understood: Understood, name: keyof Query): Understood => {
  const { [name]: _, ...query } = understood.query
  return { ...understood, query }
}

const told: ReadonlyArray<readonly [keyof Query, (query: Query) => string]> = [
  ["maxUsdPerHour", ({ maxUsdPerHour = 0 }) => `at most ${formatUsd(maxUsdPerHour)}/h`],
  ["gpu", ({ gpu }) => `the GPU ${gpu ?? ""}`],
  ["gpuCount", ({ gpuCount }) => `${gpuCount ?? 0} GPUs`],
  ["gpuMemoryGiB", ({ gpuMemoryGiB }) => `${gpuMemoryGiB ?? 0} GiB in each GPU`],
  ["gpuTotalMemoryGiB", ({ gpuTotalMemoryGiB }) => `${gpuTotalMemoryGiB ?? 0} GiB in all GPUs`],
  ["vcpus", ({ vcpus }) => `${vcpus ?? 0} vCPUs`],
  ["memoryGiB", ({ memoryGiB }) => `${memoryGiB ?? 0} GiB of memory`],
  ["diskGiB", ({ diskGiB }) => `${diskGiB ?? 0} GiB of disk`],
  ["region", ({ region }) => `in ${region ?? ""}`],
  ["zone", ({ zone }) => `in the zone ${zone ?? ""}`],
  ["instanceType", ({ instanceType }) => `the type ${instanceType ?? ""}`]
]

/** Each condition of a request, and the request without it. */
const conditionsOf = (understood: Understood): ReadonlyArray<Condition> => {
  const { available, markets, providers, query } = understood
  return [
    ...told.flatMap(([name, words]): ReadonlyArray<Condition> =>
      query[name] === undefined ? [] : [{ name: words(query), without: leftOut(understood, name) }]
    ),
    ...(providers === undefined
      ? []
      : [{ name: `from ${providers.join(" or ")}`, without: { ...understood, providers: undefined } }]),
    ...(markets.length > 1
      ? []
      : [{ name: `only ${markets.join()}`, without: { ...understood, markets: ["on-demand", "spot"] as const } }]),
    ...(available ? [{ name: "known to be available", without: { ...understood, available: false } }] : [])
  ]
}

const ranked = (
  { available, job, markets, providers, query }: Understood,
  offers: ReadonlyArray<PlainOffer>
): ReadonlyArray<RankedOffer<PlainOffer>> =>
  rankByCost(
    offers.filter(
      ({ available: isThere, provider }) =>
        (providers === undefined || providers.includes(provider)) && (!available || isThere === true)
    ),
    query,
    job,
    markets
  ).ranked.filter(({ usdPerHour }) => usdPerHour !== undefined)

const nearestWords = ({ market, offer, usdPerHour }: RankedOffer<PlainOffer>): string => {
  const gpus = offer.gpu === undefined ? "" : `, ${offer.gpuCount}× ${offer.gpu}`
  return `${offer.provider} ${offer.instanceType} in ${offer.region} (${market}, ${formatUsd(usdPerHour ?? 0)}/h${gpus})`
}

const pairs = (conditions: ReadonlyArray<Condition>, understood: Understood): ReadonlyArray<Condition> =>
  conditions.flatMap((first, at) =>
    conditions.slice(at + 1).flatMap((second) => {
      const both = conditionsOf(first.without).find(({ name }) => name === second.name)
      return both === undefined || understood.query === both.without.query
        ? []
        : [{ name: `${first.name} and ${second.name}`, without: both.without }]
    })
  )

/** Why nothing fits: what would have to be left out, and the nearest offer then. */
export const nothingFits = (
  understood: Understood,
  offers: ReadonlyArray<PlainOffer>,
  candidates: ReadonlyArray<PlainOffer>
): CompareError => {
  const conditions = conditionsOf(understood)
  const open = (among: ReadonlyArray<Condition>) =>
    among.flatMap(({ name, without }) => {
      const found = ranked(without, offers)
      const [nearest] = found
      return nearest === undefined ? [] : [{ name, count: found.length, nearest }]
    })
  const alone = open(conditions)
  const ways = alone.length > 0 ? alone : open(pairs(conditions, understood))
  const wanted = conditions.map(({ name }) => name).join(", ")
  const message = `none of ${offers.length} offers fits${wanted === "" ? ": none has a price" : `: ${wanted}`}`
  const lines = ways.map(
    ({ count, name, nearest }) =>
      `Without "${name}" there ${count === 1 ? "is 1" : `are ${count}`}; the nearest is ${nearestWords(nearest)}.`
  )
  const advice = candidates.length === 0 && lines.length === 0 ? "No offer is known to be available." : lines.join("\n")
  return new CompareError("NothingFits", message, advice === "" ? undefined : advice)
}
