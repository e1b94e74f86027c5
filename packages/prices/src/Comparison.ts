/**
 * What a comparison answers, as plain data that is JSON as it is.
 *
 * @since 0.1.0
 */
import type { Component } from "@runctl/core/EffectiveCost"

/**
 * One part of a cost with its range, and in words what it is reckoned from. US dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExplainedPart {
  readonly part: Component
  readonly usd: number
  readonly lowUsd: number
  readonly highUsd: number
  readonly why: string
}

/**
 * An offer in one market, with what the job is expected to cost on it.
 *
 * **Details**  `id` names it (`provider/region/zone/type/market`). `usdPerHour` is the list price; `totalUsd` what the job
 * is expected to cost, between `lowUsd` and `highUsd`; null where unknown. `runsHours` is how long the machine will run,
 * with setting up and repeated work; `interruptions` how often it is expected to be taken back. `partsUsd` sums up to the
 * total. `spotDiscount` is the part of the on-demand price that spot saves; null where it saves nothing. `ageDays` is the age of
 * the price; `isStale` when it is more than 30 days. `remarks` say what to know before renting.
 *
 * @category models
 * @since 0.1.0
 */
export interface ComparedOffer {
  readonly id: string
  readonly provider: string
  readonly region: string
  readonly zone: string | null
  readonly instanceType: string
  readonly market: "on-demand" | "spot"
  readonly gpu: string | null
  readonly gpuCount: number
  readonly gpuMemoryGiB: number | null
  readonly vcpus: number
  readonly memoryGiB: number
  readonly available: boolean | null
  readonly usdPerHour: number | null
  readonly totalUsd: number | null
  readonly lowUsd: number | null
  readonly highUsd: number | null
  readonly runsHours: number | null
  readonly interruptions: number | null
  readonly partsUsd: Readonly<Record<Component, number>> | null
  readonly spotDiscount: number | null
  readonly whyNotCheaper: string | null
  readonly remarks: ReadonlyArray<string>
  readonly source: string
  readonly asOf: string
  readonly isEstimatedDate: boolean
  readonly ageDays: number
  readonly isStale: boolean
}

/**
 * Offers by what a job will really cost on them, cheapest first.
 *
 * **Details**  `fitting` is how many offers and markets fit, of which `offers` are the first; `rejected` how many offers do
 * not. `oldestAsOf` and `newestAsOf` bound the dates of the fitting prices.
 *
 * @category models
 * @since 0.1.0
 */
export interface Comparison {
  readonly offers: ReadonlyArray<ComparedOffer>
  readonly fitting: number
  readonly rejected: number
  readonly jobHours: number | null
  readonly checkpointEveryHours: number | null
  readonly oldestAsOf: string
  readonly newestAsOf: string
  readonly remarks: ReadonlyArray<string>
}

/**
 * A comparison with one of its offers taken apart.
 *
 * @category models
 * @since 0.1.0
 */
export interface Explanation {
  readonly offer: ComparedOffer
  readonly rank: number
  readonly parts: ReadonlyArray<ExplainedPart>
  readonly billing: string
}
