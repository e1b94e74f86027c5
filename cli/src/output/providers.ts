/**
 * `runctl providers` in `--json`.
 */
import { Capabilities } from "@runctl/core/Capabilities"
import * as Schema from "effect/Schema"

/** A place where a credential is looked for, by name only: its value is never read here. */
export const CredentialView = Schema.Struct({
  kind: Schema.Literals(["environment", "file"]),
  name: Schema.String,
  found: Schema.Boolean
})
export type CredentialView = typeof CredentialView.Type

/** One provider. `why` tells why it cannot be used; `credentials` is `none` where none are needed. */
export const ProviderView = Schema.Struct({
  name: Schema.String,
  title: Schema.String,
  origin: Schema.String,
  usable: Schema.Boolean,
  why: Schema.NullOr(Schema.String),
  credentials: Schema.Literals(["none", "found", "missing"]),
  endpoint: Schema.NullOr(Schema.String)
})
export type ProviderView = typeof ProviderView.Type

/** A plugin that cannot even be listed, and why. */
const BrokenView = Schema.Struct({ origin: Schema.String, why: Schema.String })

/** `runctl providers list` */
export const ProvidersOutput = Schema.Struct({
  providers: Schema.Array(ProviderView),
  broken: Schema.Array(BrokenView)
})
export type ProvidersOutput = typeof ProvidersOutput.Type

/** What is wrong with a plugin's package (`fail`), or would be when it is published (`warn`). */
export const ProblemView = Schema.Struct({ status: Schema.Literals(["fail", "warn"]), message: Schema.String })
export type ProblemView = typeof ProblemView.Type

/** The package that a provider is from. */
export const PackageView = Schema.Struct({
  name: Schema.String,
  version: Schema.NullOr(Schema.String),
  folder: Schema.String
})
export type PackageView = typeof PackageView.Type

/**
 * `runctl providers show`. `contract` is the version it speaks, `effect` the range it was built for; a bundled one has no
 * `package`.
 */
export const ProviderOutput = Schema.Struct({
  provider: Schema.Struct({
    ...ProviderView.fields,
    contract: Schema.Int,
    effect: Schema.NullOr(Schema.String),
    package: Schema.NullOr(PackageView),
    problems: Schema.Array(ProblemView),
    endpointFrom: Schema.NullOr(Schema.String),
    lookedFor: Schema.Array(CredentialView),
    capabilities: Capabilities
  })
})
export type ProviderOutput = typeof ProviderOutput.Type

/** `runctl providers new`. `files` are paths in the folder. */
export const ProvidersNewOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  name: Schema.String,
  package: Schema.String,
  folder: Schema.String,
  files: Schema.Array(Schema.String)
})
export type ProvidersNewOutput = typeof ProvidersNewOutput.Type
