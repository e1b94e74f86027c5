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
 * A machine behind SSH.
 *
 * **Details**
 * - `host`: a name or an address; with `login: "user"` also a `Host` of the user's own SSH configuration.
 * - `port`, `user`: 22 and the user who runs runctl, or what the user's SSH configuration says.
 * - `login`: whose keys open the machine. `owner` (the default): the one runctl made for this owner, and nothing of the
 *   user's SSH configuration. `user`: the user's own keys, agent, configuration and known hosts.
 * - `identityFile`: a private key of the user's to try first.
 * - `hostKey`: the machine's public key in OpenSSH form (`ssh-ed25519 AAAA…`) when the provider told it; no other is
 *   accepted, but for `nextHostKey` while the machine replaces its key. `hostKeyName`: the name its key is remembered
 *   under, for machines whose address others have after them.
 * - `jump`: the hosts to go through, first to last, each `[user@]host[:port]`.
 * - `directory`: where relative paths begin, absolute or relative to the login's home directory, which it is when
 *   missing. `environment`: what every command there sees, for example a mark.
 *
 * @category models
 * @since 0.1.0
 */
export const SshEndpoint = Schema.TaggedStruct("Ssh", {
  host: Schema.NonEmptyString,
  port: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))),
  user: Schema.optionalKey(Schema.NonEmptyString),
  login: Schema.optionalKey(Schema.Literals(["owner", "user"])),
  identityFile: Schema.optionalKey(Schema.NonEmptyString),
  hostKey: Schema.optionalKey(Schema.NonEmptyString),
  nextHostKey: Schema.optionalKey(Schema.NonEmptyString),
  hostKeyName: Schema.optionalKey(Schema.NonEmptyString),
  jump: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  directory: Schema.optionalKey(Schema.NonEmptyString),
  environment: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
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
