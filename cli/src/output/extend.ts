/**
 * `runctl extend` in `--json`.
 */
import * as Schema from "effect/Schema"

/** The deadline before and after. */
export const ExtendOutput = Schema.Struct({
  id: Schema.String,
  dryRun: Schema.Boolean,
  before: Schema.String,
  deadline: Schema.String
})
export type ExtendOutput = typeof ExtendOutput.Type
