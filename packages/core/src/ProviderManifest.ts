/**
 * What a plugin's package.json says under `runctl`: enough to list it and to find its credentials without its code.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Capabilities } from "./Capabilities.ts"

/** The contract version this core speaks. @category constants @since 0.1.0 */
export const apiVersion = 1

/**
 * Why a version of the contract is not spoken here, and what to update; `undefined` when it is.
 *
 * @category decisions
 * @since 0.1.0
 */
export const contractProblem = (api: number): string | undefined =>
  api === apiVersion
    ? undefined
    : `it speaks version ${api} of the contract, this runctl speaks ${apiVersion}. Update ${
        api > apiVersion ? "runctl" : "the plugin"
      }.`

/**
 * Where a credential is looked for, in order: environment variables, then files (`~` is the home directory). `url` is
 * where a person gets one.
 *
 * @category models
 * @since 0.1.0
 */
export const CredentialSource = Schema.Struct({
  environment: Schema.Array(Schema.NonEmptyString),
  files: Schema.Array(Schema.NonEmptyString),
  url: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^https:\/\/\S+$/)))
})
export type CredentialSource = typeof CredentialSource.Type

/**
 * The static description of a provider plugin. `provider` is the module to import, relative to its package.json.
 *
 * @category models
 * @since 0.1.0
 */
export const ProviderManifest = Schema.Struct({
  api: Schema.Int,
  kind: Schema.Literal("provider"),
  provider: Schema.NonEmptyString,
  name: Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]{0,30}$/)),
  title: Schema.NonEmptyString,
  capabilities: Capabilities,
  credentials: CredentialSource,
  effect: Schema.optionalKey(Schema.NonEmptyString)
})
export type ProviderManifest = typeof ProviderManifest.Type
