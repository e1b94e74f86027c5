/**
 * Runs in `--json`.
 */
import * as Schema from "effect/Schema"
import { EstimateView } from "./estimate.ts"
import { TriedView } from "./tried.ts"

const Time = Schema.NullOr(Schema.String)

/** What went wrong with a run. */
const ProblemView = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  advice: Schema.NullOr(Schema.String)
})

/** One execution on one machine, and why it was interrupted if it was. */
const AttemptView = Schema.Struct({
  number: Schema.Int,
  resource: Schema.NullOr(Schema.String),
  usdPerHour: Schema.NullOr(Schema.Finite),
  startedAt: Schema.String,
  interrupted: Schema.NullOr(Schema.Literals(["preempted", "lost", "gone"])),
  why: Schema.NullOr(Schema.String)
})
export type AttemptView = typeof AttemptView.Type

/** One run. Times are ISO 8601 in UTC; `quoted` is what it was thought to cost on its first
 * machine, `estimatedUsd` is price times time, `chargedUsd` the settled sum. `history` are its
 * attempts, `tried` the offers that could not be had, first to last, `failures` the
 * providers that could not be asked. */
export const RunView = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  state: Schema.Literals(["Pending", "Running", "Completed", "Failed", "Cancelled", "Interrupted"]),
  phase: Schema.Literals(["Requested", "Placed", "Prepared", "Started", "Ended", "Settled", "Closed"]),
  script: Schema.String,
  args: Schema.Array(Schema.String),
  secretNames: Schema.Array(Schema.String),
  provider: Schema.NullOr(Schema.String),
  resource: Schema.NullOr(Schema.String),
  requestedAt: Schema.String,
  startedAt: Time,
  endedAt: Time,
  deadline: Schema.String,
  durationSeconds: Schema.NullOr(Schema.Int),
  attempts: Schema.Int,
  history: Schema.Array(AttemptView),
  tried: Schema.Array(TriedView),
  failures: Schema.Array(Schema.Struct({ provider: Schema.String, message: Schema.String })),
  checkpoints: Schema.Int,
  exitCode: Schema.NullOr(Schema.Int),
  outputs: Schema.Struct({
    state: Schema.Literals(["pending", "verified", "failed"]),
    files: Schema.NullOr(Schema.Int),
    bytes: Schema.NullOr(Schema.Int),
    folder: Schema.NullOr(Schema.String),
    message: Schema.NullOr(Schema.String)
  }),
  quoted: Schema.NullOr(EstimateView),
  estimatedUsd: Schema.NullOr(Schema.Finite),
  chargedUsd: Schema.NullOr(Schema.Finite),
  problem: Schema.NullOr(ProblemView)
})
export type RunView = typeof RunView.Type

/** `runctl runs list` */
export const RunsOutput = Schema.Struct({ runs: Schema.Array(RunView) })
export type RunsOutput = typeof RunsOutput.Type

/** `runctl runs show`, `train`, `wait` of a run, `runs stop`… */
export const RunOutput = Schema.Struct({ run: RunView })
export type RunOutput = typeof RunOutput.Type
