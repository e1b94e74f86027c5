/**
 * `runctl doctor` and `providers doctor` in `--json`.
 */
import * as Schema from "effect/Schema"

/** One thing that was looked at. `advice` says what to do about it. */
export const CheckView = Schema.Struct({
  name: Schema.String,
  status: Schema.Literals(["ok", "warn", "fail"]),
  message: Schema.String,
  advice: Schema.NullOr(Schema.String)
})
export type CheckView = typeof CheckView.Type

/** `runctl doctor` */
export const DoctorOutput = Schema.Struct({ healthy: Schema.Boolean, checks: Schema.Array(CheckView) })
export type DoctorOutput = typeof DoctorOutput.Type

/** `runctl providers doctor` */
export const ProvidersDoctorOutput = Schema.Struct({
  healthy: Schema.Boolean,
  providers: Schema.Array(Schema.Struct({ provider: Schema.String, checks: Schema.Array(CheckView) }))
})
export type ProvidersDoctorOutput = typeof ProvidersDoctorOutput.Type
