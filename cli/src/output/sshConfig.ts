/**
 * `runctl ssh-config` in `--json`.
 */
import * as Schema from "effect/Schema"

/** What OpenSSH knows machines as. `installed`: the user's own configuration has the line that reads the file. */
export const SshConfigOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  file: Schema.String,
  include: Schema.String,
  installed: Schema.Boolean,
  hosts: Schema.Array(Schema.Struct({ host: Schema.String, resource: Schema.String })),
  leftOut: Schema.Array(Schema.Struct({ resource: Schema.String, why: Schema.String })),
  blocks: Schema.String
})
export type SshConfigOutput = typeof SshConfigOutput.Type
