/**
 * `runctl sync` in `--json`.
 */
import * as Schema from "effect/Schema"
import { machineResult } from "./batch.ts"

/**
 * What goes where, and what came of it on each machine: what had to be sent, with `--dry-run` what would have to be, how
 * many files were the same already, and what cannot be copied.
 */
export const SyncOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  source: Schema.String,
  target: Schema.String,
  skipped: Schema.Array(Schema.String),
  results: Schema.Array(
    Schema.Struct({
      ...machineResult,
      files: Schema.NullOr(Schema.Int),
      bytes: Schema.NullOr(Schema.Int),
      unchanged: Schema.NullOr(Schema.Int)
    })
  )
})
export type SyncOutput = typeof SyncOutput.Type
