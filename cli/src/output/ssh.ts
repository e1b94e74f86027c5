/**
 * `runctl ssh` in `--json`.
 */
import * as Schema from "effect/Schema"
import { machineResult } from "./batch.ts"

const streams = { stdout: Schema.String, stderr: Schema.String }

/** One command on one machine; of each output the first 4 MiB. */
const CommandOutput = Schema.Struct({ resource: Schema.String, exitCode: Schema.Int, ...streams })

/** With `--all`: one command on several machines. `exitCode` is null where it did not end by itself. */
export const BatchOutput = Schema.Struct({
  results: Schema.Array(Schema.Struct({ ...machineResult, exitCode: Schema.NullOr(Schema.Int), ...streams }))
})
export type BatchOutput = typeof BatchOutput.Type

export const SshOutput = Schema.Union([CommandOutput, BatchOutput])
export type SshOutput = typeof SshOutput.Type
