/**
 * Ranked offers as plain data.
 */
import { canonicalName } from "@runctl/core/Accelerator"
import { type Component, components, type EffectiveCost, hoursOn, type Job } from "@runctl/core/EffectiveCost"
import { formatUsd } from "@runctl/core/Dollars"
import type { RankedOffer } from "@runctl/core/Ranking"
import type { ComparedOffer } from "../Comparison.ts"
import { type PlainOffer, staleAfterDays } from "../Snapshot.ts"

type Ranked = RankedOffer<PlainOffer>

const usdOf = (nano: number): number => nano / 1e9

/** Names an offer in a market. */
export const idOf = ({ market, offer }: Pick<Ranked, "offer" | "market">): string =>
  [offer.provider, offer.region, offer.zone ?? "-", offer.instanceType, market].join("/")

const dayMillis = 86_400_000

/** Whole days since a date; `now` in milliseconds since 1970-01-01 UTC. */
const ageDaysOf = (asOf: string, now: number): number => Math.max(0, Math.floor((now - timeOf(asOf)) / dayMillis))

const times = new Map<string, number>()

/** Milliseconds since 1970-01-01 UTC of a date, or of a time in ISO 8601. */
const timeOf = (asOf: string): number => {
  const before = times.get(asOf)
  if (before !== undefined) return before
  // oxlint-disable-next-line eslint/no-restricted-globals -- what reads a date is no clock
  const found = Date.parse(asOf)
  if (times.size < 1000) times.set(asOf, found)
  return found
}

const discountOf = ({ market, offer }: Ranked): number | null => {
  const { onDemandUsdPerHour: usual, spotUsdPerHour: spot } = offer
  if (market === "on-demand" || usual === undefined || spot === undefined) return null
  // What costs the same, but for rounding, or more, is no discount.
  return spot < usual * leastDiscount ? 1 - spot / usual : null
}

/** Half a percent. */
const leastDiscount = 0.995

const words: Readonly<Record<Component, string>> = {
  compute: "compute",
  setup: "setting up",
  interruptions: "interruptions",
  billing: "billing steps",
  disk: "disk",
  stopped: "disk while stopped",
  egress: "traffic"
}

/** What makes one dearer than the cheapest: the largest differences, at most two. */
const difference = (mine: EffectiveCost, best: EffectiveCost): string | null => {
  const more = components
    .map((each) => ({ each, nano: mine.parts[each] - best.parts[each] }))
    .filter(({ nano }) => nano > 0)
    .toSorted((left, right) => right.nano - left.nano)
  const total = mine.totalNanoUsd - best.totalNanoUsd
  const [first, second] = more
  if (first === undefined || total <= 0) return null
  const told = second !== undefined && second.nano > first.nano / 4 ? [first, second] : [first]
  return told.map(({ each, nano }) => `${words[each]} +${formatUsd(usdOf(nano))}`).join(", ")
}

const hours = (amount: number): string => `${amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10} h`

const remarksOf = ({ cost, market, offer }: Ranked, job: Job): ReadonlyArray<string> => {
  const remarks: Array<string> = []
  const length = hoursOn(offer, job)
  if (length === undefined) remarks.push(`the speed of ${offer.gpu ?? "a machine without GPU"} is not known`)
  if (market === "spot" && cost !== undefined && length !== undefined && job.checkpointEveryHours === undefined) {
    const { interruptions, runsHours } = { interruptions: cost.interruptions, runsHours: cost.hours }
    if (interruptions >= 0.01) {
      remarks.push(
        runsHours > 1e6
          ? "without checkpoints it will not come to an end"
          : `no checkpoints: an interruption undoes everything; expected to run ${hours(runsHours)} for ${hours(length)}`
      )
    }
  }
  if (market === "spot" && discountOf({ market, offer, usdPerHour: undefined }) === null && offer.onDemandUsdPerHour) {
    remarks.push("spot is no cheaper here than on demand")
  }
  if (offer.gpuCount > 0 && offer.gpuCount < 1) remarks.push(`a slice: ${offer.gpuCount} of one GPU`)
  return remarks
}

/** What a view needs beside the offer. */
export interface Around {
  readonly job: Job
  readonly best: EffectiveCost | undefined
  readonly now: number
}

/** A ranked offer as plain data. */
export const viewOf = (ranked: Ranked, { best, job, now }: Around): ComparedOffer => {
  const { cost, market, offer, usdPerHour } = ranked
  const ageDays = ageDaysOf(offer.asOf, now)
  const parts = cost?.parts
  return {
    id: idOf(ranked),
    provider: offer.provider,
    region: offer.region,
    zone: offer.zone ?? null,
    instanceType: offer.instanceType,
    market,
    gpu: offer.gpu === undefined ? null : canonicalName(offer.gpu, offer.gpuMemoryGiB),
    gpuCount: offer.gpuCount,
    gpuMemoryGiB: offer.gpuMemoryGiB ?? null,
    vcpus: offer.vcpus,
    memoryGiB: offer.memoryGiB,
    available: offer.available ?? null,
    usdPerHour: usdPerHour ?? null,
    totalUsd: cost === undefined ? null : usdOf(cost.totalNanoUsd),
    lowUsd: cost === undefined ? null : usdOf(cost.lowNanoUsd),
    highUsd: cost === undefined ? null : usdOf(cost.highNanoUsd),
    runsHours: cost?.hours ?? null,
    interruptions: cost?.interruptions ?? null,
    partsUsd:
      parts === undefined
        ? null
        : {
            compute: usdOf(parts.compute),
            setup: usdOf(parts.setup),
            interruptions: usdOf(parts.interruptions),
            billing: usdOf(parts.billing),
            disk: usdOf(parts.disk),
            stopped: usdOf(parts.stopped),
            egress: usdOf(parts.egress)
          },
    spotDiscount: discountOf(ranked),
    whyNotCheaper: cost === undefined || best === undefined ? null : difference(cost, best),
    remarks: remarksOf(ranked, job),
    source: offer.source,
    asOf: offer.asOf,
    isEstimatedDate: offer.isEstimatedDate === true,
    ageDays,
    isStale: ageDays > staleAfterDays
  }
}
