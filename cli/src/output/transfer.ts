/**
 * `runctl upload` and `download` in `--json`.
 */
import * as Schema from "effect/Schema"

/**
 * What was copied, each file with the digest it was verified by (`null` with --dry-run), how many were the same already,
 * and what cannot be copied.
 */
export const TransferOutput = Schema.Struct({
  resource: Schema.String,
  dryRun: Schema.Boolean,
  files: Schema.Array(Schema.Struct({ path: Schema.String, bytes: Schema.Int, sha256: Schema.NullOr(Schema.String) })),
  bytes: Schema.Int,
  unchanged: Schema.Int,
  skipped: Schema.Array(Schema.String)
})
export type TransferOutput = typeof TransferOutput.Type
