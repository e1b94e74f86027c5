/**
 * `runctl sync` in `--json`.
 */
import * as Schema from "effect/Schema"
import { machineResult } from "./batch.ts"

/** What a folder is, or what of it went to a machine. */
const amounts = { files: Schema.Int, bytes: Schema.Int }

/** What goes where, and what came of it on each machine: what is there now, and what of it had to be sent. */
export const SyncOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  source: Schema.String,
  target: Schema.String,
  ...amounts,
  results: Schema.Array(
    Schema.Struct({
      ...machineResult,
      brought: Schema.NullOr(Schema.Struct({ ...amounts, sentFiles: Schema.Int, sentBytes: Schema.Int }))
    })
  )
})
export type SyncOutput = typeof SyncOutput.Type
