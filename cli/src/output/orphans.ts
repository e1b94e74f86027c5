/**
 * `runctl sweep` and `runctl resources` in `--json`.
 */
import * as Schema from "effect/Schema"
import { ProviderFailureView, ResourceView } from "./resources.ts"

const Standing = Schema.Literals(["late", "surplus", "unproven", "elsewhere", "expired"])

/** What a person may do: let the next sweeps end it, take it over, or have it ended now. */
const Possible = Schema.Literals(["sweep", "adopt", "cleanup"])

/**
 * A machine under our owner that no record of ours holds as it should be. `why` in words; `endsAfter`: when sweeps may end
 * it at the earliest, null where they leave it alone.
 */
export const OrphanMachineView = Schema.Struct({
  resource: ResourceView,
  standing: Standing,
  why: Schema.String,
  endsAfter: Schema.NullOr(Schema.String),
  can: Schema.Array(Possible)
})
export type OrphanMachineView = typeof OrphanMachineView.Type

/** Something beside machines that nothing of ours here uses. */
export const OrphanCompanionView = Schema.Struct({
  id: Schema.String,
  provider: Schema.String,
  kind: Schema.String,
  name: Schema.String,
  standing: Schema.Literals(["leftOver", "unused", "elsewhere"]),
  endsAfter: Schema.NullOr(Schema.String)
})
export type OrphanCompanionView = typeof OrphanCompanionView.Type

/** `runctl resources orphans`; `others` counts machines of other owners. */
export const OrphansOutput = Schema.Struct({
  asked: Schema.Array(Schema.String),
  machines: Schema.Array(OrphanMachineView),
  companions: Schema.Array(OrphanCompanionView),
  others: Schema.Int,
  failures: Schema.Array(ProviderFailureView)
})
export type OrphansOutput = typeof OrphansOutput.Type

/** `runctl resources adopt` */
export const AdoptOutput = Schema.Struct({ dryRun: Schema.Boolean, resource: ResourceView })
export type AdoptOutput = typeof AdoptOutput.Type

/** `planned` with --dry-run; `later`: not before `after`; `leftAlone`: only a person who names it may say so. */
const CleanedView = Schema.Struct({
  id: Schema.String,
  standing: Schema.Literals([...Standing.literals, "leftOver", "unused"]),
  outcome: Schema.Literals(["gone", "later", "leftAlone", "planned", "failed"]),
  after: Schema.NullOr(Schema.String),
  message: Schema.NullOr(Schema.String)
})
export type CleanedView = typeof CleanedView.Type

/** `runctl resources cleanup` */
export const CleanupOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  results: Schema.Array(CleanedView),
  failures: Schema.Array(ProviderFailureView)
})
export type CleanupOutput = typeof CleanupOutput.Type

/** One machine that somebody had left half done, and what became of it; `planned` with --dry-run. */
const StepView = Schema.Struct({
  resource: ResourceView,
  step: Schema.Literals(["resolve", "meet", "end"]),
  outcome: Schema.Literals(["done", "failed", "planned"]),
  message: Schema.NullOr(Schema.String)
})
export type StepView = typeof StepView.Type

const Supervisor = Schema.Literals(["running", "started", "none"])

/** `runctl resources recover`; `runs`: how many are open, `supervisor`: who carries them on. */
export const RecoverOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  steps: Schema.Array(StepView),
  runs: Schema.Int,
  supervisor: Supervisor
})
export type RecoverOutput = typeof RecoverOutput.Type

/**
 * `runctl sweep`. `seen`: machines under our mark, `others` of them other owners'; `ended`: ids of what is gone because of
 * it; `waiting`: what may be ended later by itself; `leftAlone`: what is not provably ours.
 */
export const SweepOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  asked: Schema.Array(Schema.String),
  seen: Schema.Int,
  others: Schema.Int,
  steps: Schema.Array(StepView),
  ended: Schema.Array(Schema.String),
  waiting: Schema.Array(Schema.Struct({ id: Schema.String, standing: Schema.String, after: Schema.String })),
  leftAlone: Schema.Array(Schema.Struct({ id: Schema.String, standing: Standing, why: Schema.String })),
  supervisor: Supervisor,
  failures: Schema.Array(ProviderFailureView)
})
export type SweepOutput = typeof SweepOutput.Type
