/**
 * `runctl monitor` without --follow, in `--json`.
 */
import * as Schema from "effect/Schema"
import { Metric, Sample } from "@runctl/core/Job"
import { RunView } from "./runs.ts"

/** A run so far. `metrics` holds the newest value of each, `chart` the file that was written. */
export const MonitorOutput = Schema.Struct({
  run: RunView,
  metrics: Schema.Array(Metric),
  sample: Schema.NullOr(Sample),
  lastLines: Schema.Array(Schema.String),
  chart: Schema.NullOr(Schema.String)
})
export type MonitorOutput = typeof MonitorOutput.Type
