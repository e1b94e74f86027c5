/**
 * Offers that could not be had, in `--json`.
 */
import * as Schema from "effect/Schema"

/** An offer that could not be had, and why; `attempt` is the one that asked for it. */
export const TriedView = Schema.Struct({
  attempt: Schema.Int,
  at: Schema.String,
  provider: Schema.String,
  region: Schema.String,
  zone: Schema.NullOr(Schema.String),
  instanceType: Schema.String,
  market: Schema.Literals(["on-demand", "spot"]),
  usdPerHour: Schema.NullOr(Schema.Finite),
  code: Schema.String,
  message: Schema.String
})
export type TriedView = typeof TriedView.Type
