/**
 * `runctl runs logs` in `--json`.
 */
import * as Schema from "effect/Schema"

/** A log as text; bytes that are no UTF-8 are replaced. */
export const LogsOutput = Schema.Struct({
  run: Schema.String,
  fromByte: Schema.Int,
  bytes: Schema.Int,
  text: Schema.String
})
export type LogsOutput = typeof LogsOutput.Type
