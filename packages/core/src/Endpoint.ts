/**
 * Where a machine is reached.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * This computer: commands run here with `home` as their home directory and the given environment marker.
 *
 * @category models
 * @since 0.1.0
 */
export const LocalEndpoint = Schema.TaggedStruct("Local", {
  home: Schema.NonEmptyString,
  environment: Schema.Record(Schema.String, Schema.String)
})
export type LocalEndpoint = typeof LocalEndpoint.Type

/**
 * A machine behind SSH. `hostKey` is its public key in OpenSSH form when the provider told it; `jump` the hosts to go
 * through, first to last.
 *
 * @category models
 * @since 0.1.0
 */
export const SshEndpoint = Schema.TaggedStruct("Ssh", {
  host: Schema.NonEmptyString,
  port: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })),
  user: Schema.NonEmptyString,
  hostKey: Schema.optionalKey(Schema.NonEmptyString),
  jump: Schema.optionalKey(Schema.Array(Schema.NonEmptyString))
})
export type SshEndpoint = typeof SshEndpoint.Type

/**
 * Where a machine is reached.
 *
 * @category models
 * @since 0.1.0
 */
export const Endpoint = Schema.Union([LocalEndpoint, SshEndpoint])
export type Endpoint = typeof Endpoint.Type
