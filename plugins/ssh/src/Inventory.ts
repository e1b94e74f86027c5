/**
 * The hosts that the configuration names.
 *
 * @since 0.1.0
 */
import type { SshEndpoint } from "@runctl/core/Endpoint"
import { UsdPerHour } from "@runctl/core/Money"
import { didYouMean } from "@runctl/core/Nearest"
import { GiB } from "@runctl/core/Offer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

const Text = Schema.NonEmptyString.check(Schema.isPattern(/^[^\u0000-\u001F\u007F]+$/))
const isName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const Name = Schema.String.check(
  Schema.makeFilter((text: string) => isName.test(text), { expected: "a name of a-z, 0-9 and dashes" })
)
const Price = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * A host, in the words of the configuration.
 *
 * **Details**
 * - `host`: its address, or a `Host` of the user's SSH configuration; its name when missing.
 * - `port`, `user`, `identity-file`, `jump`: stronger than the SSH configuration. `host-key`: the only one accepted.
 * - `gpu`, `gpus`, `gpu-memory`: said here, or asked of the host's driver.
 * - `directory`: where machines are kept instead of the home directory. `claims-directory`: where claims lie, the same
 *   for all users of the host; worth saying where each user has a `/var/tmp` of their own.
 *
 * **Units**  gpu-memory: GiB of each GPU · usd-per-hour: US dollars
 *
 * @category models
 * @since 0.1.0
 */
export const Host = Schema.Struct({
  name: Name,
  host: Schema.optionalKey(Text),
  port: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))),
  user: Schema.optionalKey(Text),
  "identity-file": Schema.optionalKey(Text),
  "host-key": Schema.optionalKey(Text),
  jump: Schema.optionalKey(Schema.Array(Text)),
  labels: Schema.optionalKey(Schema.Array(Text)),
  gpu: Schema.optionalKey(Text),
  gpus: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  "gpu-memory": Schema.optionalKey(GiB),
  "usd-per-hour": Schema.optionalKey(Price),
  directory: Schema.optionalKey(Text),
  "claims-directory": Schema.optionalKey(Text.check(Schema.isPattern(/^\/.*[^/]$/)))
})
export type Host = typeof Host.Type

const keys = Object.keys(Host.fields)
const decodeHost = Schema.decodeUnknownResult(Host, { errors: "all" })
const format = SchemaIssue.makeFormatterStandardSchemaV1()

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** One thing that is wrong, and where: `["hosts", "1", "prot"]`. */
interface Mistake {
  readonly path: ReadonlyArray<string>
  readonly message: string
}

const strangers = (
  value: Readonly<Record<string, unknown>>,
  known: ReadonlyArray<string>,
  place: string,
  path: ReadonlyArray<string>
): ReadonlyArray<Mistake> =>
  Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: [...path, key],
      message: `${place} has no key "${key}".${didYouMean(key, known)} Known: ${known.join(", ")}.`
    }))

const partOf = (segment: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof segment === "object" ? segment.key : segment)

/** One host, or what is wrong with it. */
const hostOf = (value: unknown, index: number): Result.Result<Host, ReadonlyArray<Mistake>> => {
  const at = ["hosts", String(index)]
  if (!isRecord(value)) {
    return Result.fail([{ path: at, message: `host ${index + 1} of providers.ssh.hosts is no table of settings` }])
  }
  const { name } = value
  const place =
    typeof name === "string" ? `the host "${name}" of providers.ssh.hosts` : `host ${index + 1} of providers.ssh.hosts`
  const strange = strangers(value, keys, place, at)
  if (strange.length > 0) return Result.fail(strange)
  const decoded = decodeHost(value)
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  return Result.fail(
    format(decoded.failure.issue).issues.map(({ message, path = [] }) => {
      const parts = path.map(partOf)
      const key = parts.length === 0 ? "" : `${parts.join(".")}: `
      return { path: [...at, ...parts], message: `${place}: ${key}${message.replace(/^Expected /, "expected ")}` }
    })
  )
}

const twice = (listed: ReadonlyArray<unknown>): ReadonlyArray<Mistake> => {
  const names = listed.map((each) => (isRecord(each) ? each["name"] : undefined))
  return names.flatMap((name, index) =>
    typeof name === "string" && names.indexOf(name) !== index
      ? [{ path: ["hosts", String(index), "name"], message: `two hosts of providers.ssh.hosts are named "${name}"` }]
      : []
  )
}

/** Everything that is wrong in one text, each with where it stands when somebody knows. */
const said = (mistakes: ReadonlyArray<Mistake>, locate: Locate): string =>
  mistakes
    .map(({ message, path }) => {
      const place = locate(path)
      return place === undefined ? message : `${place}: ${message}`
    })
    .join("\n")

/** Says where a key stands, as far as that is known. @category models @since 0.1.0 */
export type Locate = (path: ReadonlyArray<string>) => string | undefined

const mistakesIn = (settings: unknown): Result.Result<ReadonlyArray<Host>, ReadonlyArray<Mistake>> => {
  if (settings === undefined) return Result.succeed([])
  if (!isRecord(settings)) return Result.fail([{ path: [], message: "providers.ssh is no table of settings" }])
  const strange = strangers(settings, ["hosts"], "providers.ssh", [])
  const { hosts: listed = [] } = settings
  if (strange.length > 0) return Result.fail(strange)
  if (!Array.isArray(listed)) return Result.fail([{ path: ["hosts"], message: "providers.ssh.hosts is no list" }])
  const parsed = listed.map(hostOf)
  const wrong = parsed.flatMap((each) => (Result.isFailure(each) ? each.failure : []))
  const all = [...wrong, ...twice(listed)]
  return all.length > 0
    ? Result.fail(all)
    : Result.succeed(parsed.flatMap((each) => (Result.isSuccess(each) ? [each.success] : [])))
}

/**
 * The hosts in the plugin's settings, or everything that is wrong with them: file and line, host and key named.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (
  settings: unknown,
  locate: Locate = () => undefined
): Result.Result<ReadonlyArray<Host>, string> =>
  Result.mapError(mistakesIn(settings), (mistakes) => said(mistakes, locate))

/** What an hour costs; nothing unless the configuration says so. @category accessors @since 0.1.0 */
export const priceOf = (host: Host): UsdPerHour => UsdPerHour.make(host["usd-per-hour"] ?? 0)

/**
 * Where a host is reached: with the user's own keys and SSH configuration.
 *
 * @category conversions
 * @since 0.1.0
 */
export const endpointOf = (host: Host): SshEndpoint => ({
  _tag: "Ssh",
  login: "user",
  host: host.host ?? host.name,
  ...(host.port === undefined ? {} : { port: host.port }),
  ...(host.user === undefined ? {} : { user: host.user }),
  ...(host["identity-file"] === undefined ? {} : { identityFile: host["identity-file"] }),
  ...(host["host-key"] === undefined ? {} : { hostKey: host["host-key"] }),
  ...(host.jump === undefined ? {} : { jump: host.jump })
})
