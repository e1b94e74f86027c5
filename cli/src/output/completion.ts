/**
 * `runctl completion` in `--json`.
 */
import * as Schema from "effect/Schema"

/** A script, to be read by the shell it is for. */
export const CompletionOutput = Schema.Struct({ shell: Schema.String, script: Schema.String })
export type CompletionOutput = typeof CompletionOutput.Type
