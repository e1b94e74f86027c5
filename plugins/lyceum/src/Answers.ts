/**
 * What is read of the API's answers: little, and nothing that is not needed.
 *
 * @source docs.lyceum.technology and recorded answers of 2026-07-31 and 2026-08-07
 * @since 0.1.0
 */
import type { Failure } from "@runctl/core/CloudFailure"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const { Finite, Int, NonEmptyString, String } = Schema

/** An id is any text that can be written into an address: some have dashes, some have not. */
const VmId = NonEmptyString.check(Schema.isPattern(/^\S+$/))

/**
 * A virtual machine. What has no id is none; nearly everything else may be missing at first.
 *
 * @category models
 * @since 0.1.0
 */
export const Vm = Schema.Struct({
  vm_id: VmId,
  status: maybe(String),
  created_at: maybe(String),
  ip_address: maybe(String),
  instance_specs: maybe(Schema.Struct({ gpu_type: maybe(String), gpu_count: maybe(Int) })),
  hardware_profile: maybe(String),
  gpu_count: maybe(Int),
  instance_type: maybe(String),
  name: maybe(String),
  display_name: maybe(String),
  org_id: maybe(String)
})
export type Vm = typeof Vm.Type

/** What is left of one that is not as promised. */
const BareVm = Schema.Struct({ vm_id: VmId, name: maybe(String), display_name: maybe(String) })

const List = Schema.Struct({ vms: Schema.Array(Schema.Unknown), total: maybe(Int) })

/** Numbers come as text, and once upon a time as numbers. */
const Amount = Schema.Union([Finite, String])

/**
 * A price: of which meter, for what.
 *
 * **Units**  unit_price: US dollars for a `unit`, of VMs a second · unit_price_per_hour: US dollars
 *
 * @category models
 * @since 0.1.0
 */
export const Price = Schema.Struct({
  meter_slug: maybe(String),
  applies_to: maybe(Schema.Struct({ hardware_profile: maybe(String) })),
  unit: maybe(String),
  unit_price: maybe(Amount),
  unit_price_per_hour: maybe(Amount)
})
export type Price = typeof Price.Type

/**
 * With how many of its GPUs a profile can be had in a market now.
 *
 * @category models
 * @since 0.1.0
 */
export const Variant = Schema.Struct({
  hardware_profile: NonEmptyString,
  instance_type: NonEmptyString,
  available_gpus_per_instance: maybe(Schema.Array(Amount))
})
export type Variant = typeof Variant.Type

/** Whose key it is, and what has been paid in advance. @category models @since 0.1.0 */
export const User = Schema.Struct({
  org_id: maybe(String),
  email: maybe(String),
  is_active: maybe(Schema.Boolean),
  credit_balance: maybe(Finite)
})
export type User = typeof User.Type

const strange = (what: string): Failure => ({ _tag: "Strange", message: `Lyceum answered without ${what}` })

const read =
  <A>(schema: Schema.ConstraintDecoder<A>, what: string) =>
  (body: unknown): Effect.Effect<A, Failure> =>
    Effect.mapError(Schema.decodeUnknownEffect(schema)(body), () => strange(what))

/** A machine, or as much of it as can be read. @category parsing @since 0.1.0 */
export const vm = (row: unknown): Effect.Effect<Vm, Failure> =>
  Effect.catch(read(Vm, "a VM")(row), () => read(BareVm, "a VM's id")(row))

/** Whose key it is. @category parsing @since 0.1.0 */
export const user = read(User, "the user")

/** Rows that can be read; the others are left out, each with a word in the log. */
const readable = <A>(one: (row: unknown) => Effect.Effect<A, Failure>, rows: ReadonlyArray<unknown>) =>
  Effect.map(
    Effect.forEach(rows, (row) =>
      one(row).pipe(
        Effect.map((known): ReadonlyArray<A> => [known]),
        Effect.catch(({ message }) => Effect.as(Effect.logDebug(`lyceum: a row is left out: ${message}`), [] as const))
      )
    ),
    (all) => all.flat()
  )

/**
 * All machines of a list; `Strange` when it has fewer than it says, which would look like machines that are gone.
 *
 * @category parsing
 * @since 0.1.0
 */
export const vms = (body: unknown): Effect.Effect<ReadonlyArray<Vm>, Failure> =>
  Effect.flatMap(read(List, "the list of VMs")(body), ({ total, vms: rows }) =>
    typeof total === "number" && total > rows.length
      ? Effect.fail(strange(`${total - rows.length} of ${total} VMs`))
      : readable(vm, rows)
  )

const under =
  (field: string) =>
  (body: unknown): Effect.Effect<ReadonlyArray<unknown>, Failure> =>
    Effect.map(
      read(Schema.Struct({ [field]: Schema.Array(Schema.Unknown) }), field)(body),
      (found) => found[field] ?? []
    )

/** The price list. @category parsing @since 0.1.0 */
export const prices = (body: unknown): Effect.Effect<ReadonlyArray<Price>, Failure> =>
  Effect.flatMap(under("prices")(body), (rows) => readable(read(Price, "a price"), rows))

/** What can be had now. @category parsing @since 0.1.0 */
export const variants = (body: unknown): Effect.Effect<ReadonlyArray<Variant>, Failure> =>
  Effect.flatMap(under("available_instance_variants")(body), (rows) => readable(read(Variant, "a variant"), rows))
