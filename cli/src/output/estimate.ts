/**
 * What a job is thought to cost, in `--json`.
 */
import * as Schema from "effect/Schema"

/** What the job is thought to cost, between what and what, and the hours of the machine that this is for. */
export const EstimateView = Schema.Struct({
  usd: Schema.Finite,
  lowUsd: Schema.Finite,
  highUsd: Schema.Finite,
  hours: Schema.Finite
})
export type EstimateView = typeof EstimateView.Type
