/**
 * `runctl status` in `--json`.
 */
import * as Schema from "effect/Schema"
import { ResourceOutput, ResourceView } from "./resources.ts"
import { RunOutput, RunView } from "./runs.ts"

/** What is going on. `exposure` is what live machines cost now, and may cost in all until their deadlines. */
export const OverviewOutput = Schema.Struct({
  home: Schema.String,
  supervisor: Schema.Struct({
    state: Schema.Literals(["running", "frozen", "none"]),
    pid: Schema.NullOr(Schema.Int)
  }),
  runs: Schema.Array(RunView),
  resources: Schema.Array(ResourceView),
  exposure: Schema.Struct({ usdPerHour: Schema.Finite, untilDeadlineUsd: Schema.Finite, unknownPrices: Schema.Int })
})
export type OverviewOutput = typeof OverviewOutput.Type

/** With an id the run or the machine, without one the overview. */
export const StatusOutput = Schema.Union([OverviewOutput, RunOutput, ResourceOutput])
export type StatusOutput = typeof StatusOutput.Type
