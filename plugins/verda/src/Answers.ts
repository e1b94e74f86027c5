/**
 * What is read of the API's answers: little, and nothing that is not needed.
 *
 * @source https://api.verda.com/v1/openapi.json (a copy of 2026-09-25)
 * @since 0.1.0
 */
import type { Failure } from "@runctl/core/CloudFailure"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Tag = Schema.Struct({ key: Schema.String, value: maybe(Schema.String) })

/** Prices come as numbers, and as words. */
const Price = Schema.Union([Schema.Finite, Schema.FiniteFromString])

/**
 * An instance. What has no id is none.
 *
 * @category models
 * @since 0.1.0
 */
export const Instance = Schema.Struct({
  id: Schema.NonEmptyString,
  status: maybe(Schema.String),
  ip: maybe(Schema.String),
  hostname: maybe(Schema.String),
  created_at: maybe(Schema.String),
  location: maybe(Schema.String),
  instance_type: maybe(Schema.String),
  image: maybe(Schema.String),
  is_spot: maybe(Schema.Boolean),
  price_per_hour: maybe(Price),
  os_volume_id: maybe(Schema.String),
  tags: maybe(Schema.Array(Tag))
})
export type Instance = typeof Instance.Type

/** What is left of an instance that is not as promised. */
const BareInstance = Schema.Struct({
  id: Schema.NonEmptyString,
  hostname: maybe(Schema.String),
  tags: maybe(Schema.Array(Tag))
})

/**
 * A kind of instance.
 *
 * **Units**  memory: gigabytes · gpu_memory: gigabytes of all GPUs together · prices: US dollars per hour for the whole
 * instance, in words
 *
 * @category models
 * @since 0.1.0
 */
export const InstanceType = Schema.Struct({
  instance_type: Schema.NonEmptyString,
  name: maybe(Schema.String),
  model: maybe(Schema.String),
  cpu: maybe(Schema.Struct({ number_of_cores: maybe(Schema.Finite) })),
  gpu: maybe(Schema.Struct({ description: maybe(Schema.String), number_of_gpus: maybe(Schema.Finite) })),
  gpu_memory: maybe(Schema.Struct({ size_in_gigabytes: maybe(Schema.Finite) })),
  memory: maybe(Schema.Struct({ size_in_gigabytes: maybe(Schema.Finite) })),
  price_per_hour: maybe(Price),
  spot_price: maybe(Price),
  currency: maybe(Schema.String),
  supported_os: maybe(Schema.Array(Schema.String))
})
export type InstanceType = typeof InstanceType.Type

/** Which types can be had at a location now. @category models @since 0.1.0 */
export const Availability = Schema.Struct({
  location_code: Schema.NonEmptyString,
  availabilities: Schema.Array(Schema.String)
})
export type Availability = typeof Availability.Type

/** Where instances are. @category models @since 0.1.0 */
export const Location = Schema.Struct({ code: Schema.NonEmptyString })

/** What a volume costs. @category models @since 0.1.0 */
export const VolumeType = Schema.Struct({
  type: Schema.String,
  price: maybe(Schema.Struct({ price_per_month_per_gb: maybe(Price), currency: maybe(Schema.String) }))
})

/** What an instance boots from. @category models @since 0.1.0 */
export const Image = Schema.Struct({ image_type: Schema.NonEmptyString, is_cluster: maybe(Schema.Boolean) })

/** A disk of an instance, or one that waits for another. @category models @since 0.1.0 */
export const Volume = Schema.Struct({
  id: Schema.NonEmptyString,
  name: maybe(Schema.String),
  status: maybe(Schema.String),
  instance_id: maybe(Schema.String)
})
export type Volume = typeof Volume.Type

/** A start-up script. @category models @since 0.1.0 */
export const Script = Schema.Struct({
  id: Schema.NonEmptyString,
  name: maybe(Schema.String),
  script: maybe(Schema.String)
})
export type Script = typeof Script.Type

/** A registered key. @category models @since 0.1.0 */
export const SshKey = Schema.Struct({
  id: Schema.NonEmptyString,
  name: maybe(Schema.String),
  key: maybe(Schema.String)
})
export type SshKey = typeof SshKey.Type

/** Something that happened to an instance. @category models @since 0.1.0 */
export const Event = Schema.Struct({
  action_code: maybe(Schema.String),
  actor_id: maybe(Schema.String),
  timestamp: maybe(Schema.String),
  error_message: maybe(Schema.String),
  properties: maybe(Schema.Struct({ delete_reason: maybe(Schema.String) }))
})
export type Event = typeof Event.Type

/** What is left of what was paid in advance. @category models @since 0.1.0 */
export const Balance = Schema.Struct({ amount: Schema.Finite, currency: maybe(Schema.String) })

/** A token for a while. **Units**  expires_in: seconds @category models @since 0.1.0 */
export const Token = Schema.Struct({ access_token: Schema.NonEmptyString, expires_in: maybe(Schema.Finite) })

const Acted = Schema.Array(
  Schema.Struct({ status: maybe(Schema.String), error: maybe(Schema.String), statusCode: maybe(Schema.Finite) })
)

const strange = (what: string): Failure => ({ _tag: "Strange", message: `Verda answered without ${what}` })

/** An answer that must be as promised. @category parsing @since 0.1.0 */
export const exactly =
  <A>(schema: Schema.ConstraintDecoder<A>, what: string) =>
  (body: unknown): Effect.Effect<A, Failure> =>
    Effect.mapError(Schema.decodeUnknownEffect(schema)(body), () => strange(what))

/** An instance, or as much of it as can be read. @category parsing @since 0.1.0 */
export const instanceOf = (row: unknown): Effect.Effect<Instance, Failure> =>
  Schema.decodeUnknownEffect(Instance)(row).pipe(
    Effect.catch(() => Schema.decodeUnknownEffect(BareInstance)(row)),
    Effect.mapError(() => strange("an instance's id"))
  )

/** The rows of a list, which is an array. @category parsing @since 0.1.0 */
export const rowsOf =
  (what: string) =>
  (body: unknown): Effect.Effect<ReadonlyArray<unknown>, Failure> =>
    Array.isArray(body) ? Effect.succeed(body) : Effect.fail(strange(`a list of ${what}`))

/** Rows that can be read; the others are left out, each with a word in the log. @category parsing @since 0.1.0 */
export const readable =
  <A>(schema: Schema.ConstraintDecoder<A>, what: string) =>
  (rows: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<A>> =>
    Effect.map(
      Effect.forEach(rows, (row) =>
        Schema.decodeUnknownEffect(schema)(row).pipe(
          Effect.map((one): ReadonlyArray<A> => [one]),
          Effect.catch((error) => Effect.as(Effect.logDebug(`verda: ${what} is left out: ${error.message}`), []))
        )
      ),
      (all) => all.flat()
    )

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Whether a text has the form of Verda's ids. @category predicates @since 0.1.0 */
export const isId = (text: string): boolean => uuid.test(text)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * The id of something new: bare text, text in quotes, or in an object.
 *
 * @category parsing
 * @since 0.1.0
 */
export const idIn = (answer: unknown): Effect.Effect<string, Failure> => {
  const value = typeof answer === "string" ? parsed(answer) : answer
  const id: unknown = typeof value === "object" && value !== null && "id" in value ? value.id : value
  const text = typeof id === "string" ? id.trim() : ""
  return isId(text) ? Effect.succeed(text) : Effect.fail(strange("the id of what it made"))
}

/**
 * Why an action was refused, in an answer that lists what came of it; nothing where it was not.
 *
 * @category parsing
 * @since 0.1.0
 */
export const refusalIn = (body: unknown): { readonly status: number; readonly message: string } | undefined => {
  const rows = Schema.decodeUnknownOption(Acted)(body)
  const failed = rows._tag === "Some" ? rows.value.find(({ status }) => status === "error") : undefined
  return failed === undefined
    ? undefined
    : { status: failed.statusCode ?? 400, message: failed.error ?? "the action was refused" }
}
