/**
 * `runctl train` and `create` in `--json`.
 */
import * as Schema from "effect/Schema"
import { EstimateView } from "./estimate.ts"
import { ResourceView } from "./resources.ts"
import { RunView } from "./runs.ts"
import { TriedView } from "./tried.ts"

/** One offer. */
export const OfferView = Schema.Struct({
  provider: Schema.String,
  region: Schema.String,
  zone: Schema.NullOr(Schema.String),
  instanceType: Schema.String,
  market: Schema.Literals(["on-demand", "spot"]),
  gpu: Schema.NullOr(Schema.String),
  gpuCount: Schema.Finite,
  gpuMemoryGiB: Schema.NullOr(Schema.Finite),
  vcpus: Schema.Finite,
  memoryGiB: Schema.Finite,
  diskGiB: Schema.NullOr(Schema.Finite),
  usdPerHour: Schema.NullOr(Schema.Finite),
  estimate: Schema.NullOr(EstimateView),
  source: Schema.String,
  asOf: Schema.String
})
export type OfferView = typeof OfferView.Type

/**
 * Where it would happen, why, and what it may cost at worst. `ranked` are the offers in the order in which they are tried,
 * the chosen one first, as many as are tried at most. `ifLeft` is what is said of a machine that cannot end its
 * own billing; null where it can.
 */
export const PlanView = Schema.Struct({
  chosen: OfferView,
  ranked: Schema.Array(OfferView),
  fitting: Schema.Int,
  rejected: Schema.Int,
  deadline: Schema.String,
  worstCaseUsd: Schema.NullOr(Schema.Finite),
  ifLeft: Schema.NullOr(Schema.String),
  failures: Schema.Array(Schema.Struct({ provider: Schema.String, message: Schema.String }))
})
export type PlanView = typeof PlanView.Type

/** `runctl train`. `plan` is null on a machine that is there already, `run` with --dry-run. */
export const TrainOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  plan: Schema.NullOr(PlanView),
  run: Schema.NullOr(RunView)
})
export type TrainOutput = typeof TrainOutput.Type

/** `runctl create`. `resource` is null with --dry-run; `tried` are the offers that could not be had. */
export const CreateOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  plan: PlanView,
  resource: Schema.NullOr(ResourceView),
  tried: Schema.Array(TriedView)
})
export type CreateOutput = typeof CreateOutput.Type
