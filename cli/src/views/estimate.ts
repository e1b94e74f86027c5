/**
 * What a job is thought to cost, as it is shown.
 */
import type { EstimateView } from "../output/estimate.ts"

/** A cost that was reckoned, in nano-dollars. */
export interface Reckoned {
  readonly totalNanoUsd: number
  readonly lowNanoUsd: number
  readonly highNanoUsd: number
  readonly hours: number
}

/** A cost that was reckoned, as it is shown. */
export const viewEstimate = (cost: Reckoned | undefined): EstimateView | null =>
  cost === undefined
    ? null
    : {
        usd: cost.totalNanoUsd / 1e9,
        lowUsd: cost.lowNanoUsd / 1e9,
        highUsd: cost.highNanoUsd / 1e9,
        hours: cost.hours
      }
