/**
 * `runctl upload` and `download` in `--json`.
 */
import * as Schema from "effect/Schema"

/** What was copied, each file with the digest it was verified by. */
export const TransferOutput = Schema.Struct({
  resource: Schema.String,
  files: Schema.Array(Schema.Struct({ path: Schema.String, bytes: Schema.Int, sha256: Schema.String })),
  bytes: Schema.Int
})
export type TransferOutput = typeof TransferOutput.Type
