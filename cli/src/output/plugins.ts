/**
 * `runctl plugins` in `--json`.
 */
import * as Schema from "effect/Schema"

/** One plugin. `provides` are provider names, or commands as they are typed; `problem` is why it cannot be used. */
export const PluginView = Schema.Struct({
  name: Schema.String,
  version: Schema.NullOr(Schema.String),
  kind: Schema.Literals(["provider", "commands", "unknown"]),
  provides: Schema.Array(Schema.String),
  origin: Schema.String,
  problem: Schema.NullOr(Schema.String)
})
export type PluginView = typeof PluginView.Type

/** `runctl plugins list` */
export const PluginsOutput = Schema.Struct({ plugins: Schema.Array(PluginView) })
export type PluginsOutput = typeof PluginsOutput.Type

/** `runctl plugins install` and `uninstall`. `plugin` is null with --dry-run where only npm would know it. */
export const PluginOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  folder: Schema.String,
  plugin: Schema.NullOr(PluginView)
})
export type PluginOutput = typeof PluginOutput.Type
