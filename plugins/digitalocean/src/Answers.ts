/**
 * What is read of the API's answers: little, and nothing that is not needed.
 *
 * @source https://github.com/digitalocean/openapi, 2026-08-07
 * @since 0.1.0
 */
import type { Failure } from "@runctl/core/CloudFailure"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Address = Schema.Struct({ ip_address: maybe(Schema.String), type: maybe(Schema.String) })

/**
 * A droplet. What has no id is none.
 *
 * @category models
 * @since 0.1.0
 */
export const Droplet = Schema.Struct({
  id: Schema.Int,
  name: maybe(Schema.String),
  status: maybe(Schema.String),
  created_at: maybe(Schema.String),
  size_slug: maybe(Schema.String),
  size: maybe(Schema.Struct({ slug: maybe(Schema.String), price_hourly: maybe(Schema.Finite) })),
  region: maybe(Schema.Struct({ slug: maybe(Schema.String) })),
  tags: maybe(Schema.Array(Schema.String)),
  networks: maybe(Schema.Struct({ v4: maybe(Schema.Array(Address)) }))
})
export type Droplet = typeof Droplet.Type

/** What is left of a droplet that is not as promised. */
const BareDroplet = Schema.Struct({
  id: Schema.Int,
  name: maybe(Schema.String),
  tags: maybe(Schema.Array(Schema.String))
})

const Amount = Schema.Struct({ amount: Schema.Finite, unit: maybe(Schema.String) })

/**
 * A size.
 *
 * **Units**  memory: MiB · disk: GiB · price_hourly: US dollars for the whole machine · vram: of all GPUs together
 *
 * @category models
 * @since 0.1.0
 */
export const Size = Schema.Struct({
  slug: Schema.NonEmptyString,
  memory: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  vcpus: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  disk: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  price_hourly: maybe(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))),
  regions: Schema.Array(Schema.NonEmptyString),
  available: maybe(Schema.Boolean),
  gpu_info: maybe(
    Schema.Struct({
      count: maybe(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
      vram: maybe(Amount),
      model: maybe(Schema.String)
    })
  ),
  disk_info: maybe(Schema.Array(Schema.Struct({ type: maybe(Schema.String), size: maybe(Amount) })))
})
export type Size = typeof Size.Type

/** Where machines are, and whether any are rented out there now. @category models @since 0.1.0 */
export const Region = Schema.Struct({ slug: Schema.NonEmptyString, available: maybe(Schema.Boolean) })
export type Region = typeof Region.Type

/** A registered key. @category models @since 0.1.0 */
export const SshKey = Schema.Struct({
  id: Schema.Int,
  name: maybe(Schema.String),
  public_key: maybe(Schema.String)
})
export type SshKey = typeof SshKey.Type

/** An event of a droplet. @category models @since 0.1.0 */
export const Action = Schema.Struct({ status: maybe(Schema.String) })

/** Who pays, and how much may be rented. @category models @since 0.1.0 */
export const Account = Schema.Struct({
  status: maybe(Schema.String),
  status_message: maybe(Schema.String),
  droplet_limit: maybe(Schema.Finite)
})

/** What an account has been charged; decimal numbers in text. @category models @since 0.1.0 */
export const Balance = Schema.Struct({
  month_to_date_usage: maybe(Schema.String),
  account_balance: maybe(Schema.String)
})

/** What a machine boots from. @category models @since 0.1.0 */
export const Image = Schema.Struct({ slug: maybe(Schema.String) })

const Created = Schema.Struct({
  droplet: Schema.Unknown,
  links: maybe(Schema.Struct({ actions: maybe(Schema.Array(Schema.Struct({ id: Schema.Int }))) }))
})

const strange = (what: string): Failure => ({ _tag: "Strange", message: `DigitalOcean answered without ${what}` })

/** What is under a name in an answer; a `Strange` failure when it is not as promised. */
const under =
  <A>(field: string, schema: Schema.ConstraintDecoder<A>) =>
  (body: unknown): Effect.Effect<A, Failure> =>
    Schema.decodeUnknownEffect(Schema.Struct({ [field]: Schema.Unknown }))(body).pipe(
      Effect.flatMap((found) => Schema.decodeUnknownEffect(schema)(found[field])),
      Effect.mapError(() => strange(field))
    )

/** A droplet, or as much of it as can be read. @category parsing @since 0.1.0 */
export const dropletOf = (row: unknown): Effect.Effect<Droplet, Failure> =>
  Schema.decodeUnknownEffect(Droplet)(row).pipe(
    Effect.catch(() => Schema.decodeUnknownEffect(BareDroplet)(row)),
    Effect.mapError(() => strange("a droplet's id"))
  )

/** The droplet in an answer about one. @category parsing @since 0.1.0 */
export const oneDroplet = (body: unknown): Effect.Effect<Droplet, Failure> =>
  Effect.flatMap(under("droplet", Schema.Unknown)(body), dropletOf)

/** The droplet that was made, and the action that makes it. @category parsing @since 0.1.0 */
export const createdDroplet = (
  body: unknown
): Effect.Effect<{ readonly droplet: Droplet; readonly action: number | undefined }, Failure> =>
  Schema.decodeUnknownEffect(Created)(body).pipe(
    Effect.mapError(() => strange("the new droplet")),
    Effect.flatMap(({ droplet, links }) =>
      Effect.map(dropletOf(droplet), (made) => ({ droplet: made, action: links?.actions?.[0]?.id }))
    )
  )

/** A registered key, in an answer about it. @category parsing @since 0.1.0 */
export const sshKey = under("ssh_key", SshKey)
/** How far an event has come. @category parsing @since 0.1.0 */
export const action = under("action", Action)
/** Who pays, in an answer about it. @category parsing @since 0.1.0 */
export const account = under("account", Account)

/** Rows that can be read; the others are left out, each with a word in the log. @category parsing @since 0.1.0 */
export const readable = <A>(
  schema: Schema.ConstraintDecoder<A>,
  what: string,
  rows: ReadonlyArray<unknown>
): Effect.Effect<ReadonlyArray<A>> =>
  Effect.map(
    Effect.forEach(rows, (row) =>
      Schema.decodeUnknownEffect(schema)(row).pipe(
        Effect.map((one): ReadonlyArray<A> => [one]),
        Effect.catch((error) =>
          Effect.as(Effect.logDebug(`digitalocean: ${what} is left out: ${error.message}`), [] as const)
        )
      )
    ),
    (all) => all.flat()
  )
