/**
 * What is read of the API's answers: little, and nothing that is not needed.
 *
 * @source https://docs.vast.ai/api-reference (description of 2026-08-07)
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Failure } from "@runctl/core/CloudFailure"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * What a host offers: so many of its GPUs, at its price. `id` is good for one create.
 *
 * **Units**  dph_base, min_bid: US dollars per hour for all of its GPUs together · storage_cost: US dollars per GB and
 * month · inet_up_cost: US dollars per GB · gpu_ram (of each GPU), cpu_ram (of the whole host): MiB · disk_space: GB ·
 * duration: seconds · end_date: seconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export const Ask = Schema.Struct({
  id: Schema.Int,
  machine_id: Schema.Int,
  num_gpus: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  gpu_name: maybe(Schema.String),
  gpu_ram: maybe(Amount),
  cpu_cores: maybe(Amount),
  cpu_cores_effective: maybe(Amount),
  cpu_ram: maybe(Amount),
  disk_space: maybe(Amount),
  dph_base: maybe(Amount),
  min_bid: maybe(Amount),
  storage_cost: maybe(Amount),
  inet_up_cost: maybe(Amount),
  geolocation: maybe(Schema.String),
  country_code: maybe(Schema.String),
  reliability2: maybe(Schema.Finite),
  reliability: maybe(Schema.Finite),
  verification: maybe(Schema.String),
  external: maybe(Schema.Boolean),
  rentable: maybe(Schema.Boolean),
  end_date: maybe(Schema.Finite)
})
export type Ask = typeof Ask.Type

/** A port as a number or as text: both have been seen. */
const Port = Schema.Union([Schema.Finite, Schema.String])

/**
 * An instance. What has no id is none. `actual_status` is what its container does, `cur_state` and `next_state` what its
 * contract does, `intended_status` what somebody wants of it.
 *
 * **Units**  as of an `Ask` · dph_total: US dollars per hour with its disk · storage_total_cost: US dollars per hour for
 * its disk · start_date: seconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export const Instance = Schema.Struct({
  id: Schema.Int,
  label: maybe(Schema.String),
  actual_status: maybe(Schema.String),
  cur_state: maybe(Schema.String),
  next_state: maybe(Schema.String),
  intended_status: maybe(Schema.String),
  status_msg: maybe(Schema.String),
  is_bid: maybe(Schema.Boolean),
  machine_id: maybe(Schema.Int),
  num_gpus: maybe(Schema.Int),
  gpu_name: maybe(Schema.String),
  dph_base: maybe(Schema.Finite),
  dph_total: maybe(Schema.Finite),
  min_bid: maybe(Schema.Finite),
  storage_cost: maybe(Schema.Finite),
  storage_total_cost: maybe(Schema.Finite),
  disk_space: maybe(Schema.Finite),
  geolocation: maybe(Schema.String),
  country_code: maybe(Schema.String),
  start_date: maybe(Schema.Finite),
  public_ipaddr: maybe(Schema.String),
  ssh_host: maybe(Schema.String),
  ssh_port: maybe(Port),
  image_runtype: maybe(Schema.String),
  ports: maybe(Schema.Record(Schema.String, Schema.NullOr(Schema.Array(Schema.Struct({ HostPort: maybe(Port) })))))
})
export type Instance = typeof Instance.Type

/** What is left of an instance that is not as promised: enough to list and to end it. */
const BareInstance = Schema.Struct({ id: Schema.Int, label: maybe(Schema.String) })

const Rows = Schema.Array(Schema.Unknown)

const Offers = Schema.Struct({ offers: maybe(Rows) })

const Listed = Schema.Struct({ instances: Schema.NullOr(Rows), next_token: maybe(Schema.String) })

const One = Schema.Struct({ instances: Schema.NullOr(Schema.Unknown) })

const Created = Schema.Struct({ new_contract: Schema.Int })

/** The account that a key belongs to. **Units**  balance, credit: US dollars @category models @since 0.1.0 */
export const User = Schema.Struct({
  id: maybe(Schema.Int),
  email: maybe(Schema.String),
  balance: maybe(Schema.Finite),
  credit: maybe(Schema.Finite)
})
export type User = typeof User.Type

const strange = (what: string): Failure => ({
  _tag: "Strange",
  message: `Vast.ai answered with something that is not ${what}`
})

const reading =
  <S extends Schema.ConstraintDecoder<unknown>>(schema: S, what: string) =>
  (answer: unknown): Effect.Effect<S["Type"], Failure> =>
    Effect.mapError(Schema.decodeUnknownEffect(schema)(answer), () => strange(what))

const decodeAsk = Schema.decodeUnknownOption(Ask)

/** The rows of a search that can be read; one that cannot is nothing to rent. @category parsing @since 0.1.0 */
export const asks = (answer: unknown): Effect.Effect<ReadonlyArray<Ask>, Failure> =>
  Effect.flatMap(reading(Offers, "a list of offers")(answer), ({ offers }) => {
    const rows = offers ?? []
    const read = rows.flatMap((row) => {
      const ask = decodeAsk(row)
      return ask._tag === "Some" ? [ask.value] : []
    })
    return rows.length > 0 && read.length === 0 ? Effect.fail(strange("a list of offers")) : Effect.succeed(read)
  })

/** An instance, and where more of it cannot be read its id and label alone. @category parsing @since 0.1.0 */
export const instance = (row: unknown): Effect.Effect<Instance, Failure> =>
  Schema.decodeUnknownEffect(Instance)(row).pipe(
    Effect.catch(() => Schema.decodeUnknownEffect(BareInstance)(row)),
    Effect.mapError(() => strange("an instance"))
  )

/**
 * A page of instances, and where the next one begins. A row without an id fails it all: half a list would look like
 * machines that are gone.
 *
 * @category parsing
 * @since 0.1.0
 */
export const page = Effect.fnUntraced(function* (answer: unknown) {
  const { instances, next_token: next } = yield* reading(Listed, "a list of instances")(answer)
  return {
    instances: yield* Effect.forEach(instances ?? [], instance),
    next: next === null || next === undefined || next === "" ? undefined : next
  }
})

/** The instance at an address of its own; nothing once it is gone. @category parsing @since 0.1.0 */
export const one = (answer: unknown): Effect.Effect<Instance | undefined, Failure> =>
  Effect.flatMap(reading(One, "an instance")(answer), ({ instances: row }) =>
    row === null ? Effect.undefined : instance(row)
  )

/** The id of what a create has made. @category parsing @since 0.1.0 */
export const created: (answer: unknown) => Effect.Effect<{ readonly new_contract: number }, Failure> = reading(
  Created,
  "a new instance"
)

const decodeCreated = Schema.decodeUnknownOption(Created)

/** What a create has made although it was refused. @category parsing @since 0.1.0 */
export const leftBy = (answer: unknown): number | undefined => {
  const left = decodeCreated(answer)
  return left._tag === "Some" ? left.value.new_contract : undefined
}

/** Whose key it is, and what is left of the money. @category parsing @since 0.1.0 */
export const user: (answer: unknown) => Effect.Effect<User, Failure> = reading(User, "an account")

const Verdict = Schema.Struct({ success: Schema.Literal(false) })

const isRefusal = Schema.is(Verdict)

/** Whether an answer with the status of a success says that it is none. @category predicates @since 0.1.0 */
export const isNo = (answer: unknown): boolean => isRefusal(answer)
