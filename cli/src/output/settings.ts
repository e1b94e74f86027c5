/**
 * `runctl config` and `trust` in `--json`.
 */
import * as Schema from "effect/Schema"

/** One value. `origin` is `default`, `FILE:LINE` or a variable's name; without trust it does not count yet. */
const SettingView = Schema.Struct({
  key: Schema.String,
  value: Schema.Unknown,
  origin: Schema.String,
  trusted: Schema.Boolean
})
export type SettingView = typeof SettingView.Type

/** `runctl config show` */
export const ConfigShowOutput = Schema.Struct({
  values: Schema.Array(SettingView),
  userFile: Schema.String,
  projectFile: Schema.NullOr(Schema.String)
})
export type ConfigShowOutput = typeof ConfigShowOutput.Type

/** `runctl config set`. `overriddenBy` is the origin of the value that counts here instead, if another one does. */
export const ConfigSetOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  file: Schema.String,
  key: Schema.String,
  value: Schema.Unknown,
  previous: Schema.Unknown,
  overriddenBy: Schema.NullOr(Schema.String)
})
export type ConfigSetOutput = typeof ConfigSetOutput.Type

/** `runctl config validate`: the files that were read. One that is wrong is an error. */
export const ConfigValidateOutput = Schema.Struct({ files: Schema.Array(Schema.String) })
export type ConfigValidateOutput = typeof ConfigValidateOutput.Type

/** What a project's own file asks for: a key and what it says, or a package that it depends on. */
export const RequestView = Schema.Struct({ key: Schema.String, value: Schema.Unknown })
export type RequestView = typeof RequestView.Type

/** `runctl trust` */
export const TrustOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  file: Schema.String,
  trusted: Schema.Boolean,
  asks: Schema.Array(RequestView)
})
export type TrustOutput = typeof TrustOutput.Type

/** `runctl trust --list`: `changed` since it was trusted, or `gone`; neither counts as trusted. */
export const TrustListOutput = Schema.Struct({
  files: Schema.Array(Schema.Struct({ file: Schema.String, state: Schema.Literals(["trusted", "changed", "gone"]) }))
})
export type TrustListOutput = typeof TrustListOutput.Type
