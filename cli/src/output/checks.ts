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

/** What comes of a provider: it can be used, wants a credential, may not be used here, or something about it is broken. */
export const ProviderStanding = Schema.Literals(["ready", "missing", "disabled", "broken"])
export type ProviderStanding = typeof ProviderStanding.Type

/** A provider that was looked at. */
export const ExaminedProvider = Schema.Struct({
  provider: Schema.String,
  standing: ProviderStanding,
  checks: Schema.Array(CheckView)
})
export type ExaminedProvider = typeof ExaminedProvider.Type

/** `runctl providers doctor` */
export const ProvidersDoctorOutput = Schema.Struct({
  healthy: Schema.Boolean,
  providers: Schema.Array(ExaminedProvider)
})
export type ProvidersDoctorOutput = typeof ProvidersDoctorOutput.Type
