import * as Schema from "effect/Schema"

const { Boolean, Finite, Int, Literals, Null, NullOr, String } = Schema

const decimal = String.check(Schema.isPattern(/^\d+(\.\d+)?$/))

/** Microseconds in UTC; the answer to a create says so without a zone, a row with a Z. */
const Naive = String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/))
const Zoned = String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/))
const Offset = String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$/))

const Address = String.check(Schema.isPattern(/^\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?$/))

const Status = Literals(["pending", "ready", "stopped", "failed", "terminated"])

const Market = Literals(["on-demand", "spot"])

const Specs = Schema.Struct({ gpu_type: String, gpu_count: Int })

/** What the answer to a create and a row have in common. */
const vm = {
  vm_id: String,
  status: Status,
  instance_specs: Specs,
  instance_type: Market,
  name: String,
  display_name: NullOr(String),
  croesus_billed: Null
}

const Created = Schema.Struct({
  ...vm,
  created_at: Naive,
  ip_address: Null,
  hardware_profile: Null,
  gpu_count: Null,
  billed: Null,
  status_check_url: String,
  polling_message: String,
  user_id: String,
  org_id: String
})

const row = {
  ...vm,
  created_at: Zoned,
  ip_address: NullOr(Address),
  hardware_profile: String,
  gpu_count: Int,
  billed: NullOr(Finite)
}

const Row = Schema.Struct(row)

const Variant = {
  hardware_profile: String,
  price_per_hour: Finite,
  allowed_gpus_per_instance: Schema.Array(Int),
  available_gpus_per_instance: Schema.Array(Int)
}

/** What the cloud says when it does what was asked, by the kind of answer. */
export const answers = {
  created: Created,
  status: Schema.Struct({ ...row, uptime_seconds: Int }),
  list: Schema.Struct({ vms: Schema.Array(Row), total: Int }),
  terminated: Schema.Struct({ vm_id: String, status: Schema.Literal("terminated"), message: String }),
  availability: Schema.Struct({
    available_hardware_profiles: Schema.Array(Schema.Struct({ ...Variant, gpu_type: String })),
    available_instance_variants: Schema.Array(Schema.Struct({ ...Variant, instance_type: Market }))
  }),
  pricing: Schema.Struct({
    prices: Schema.Array(
      Schema.Struct({
        meter_slug: String,
        resource: String,
        applies_to: Schema.Record(String, String),
        unit: String,
        unit_price: decimal,
        unit_price_per_hour: Schema.optionalKey(decimal)
      })
    )
  }),
  user: Schema.Struct({
    user_id: String,
    org_id: String,
    email: String,
    full_name: Null,
    created_at: Offset,
    is_active: Boolean,
    active_api_keys_count: Int,
    credit_balance: Finite,
    status: Schema.Literal("authenticated")
  })
}

/** What it says when it does not: a sentence, or a list of what is wrong with a body. */
export const Failure = Schema.Struct({
  detail: Schema.Union([
    String,
    Schema.Array(Schema.Struct({ loc: Schema.Array(Schema.Union([String, Int])), msg: String, type: String }))
  ])
})

/** What rents a machine. A count at the top would be ignored, so that it is not allowed here. */
export const CreateBody = Schema.Struct({
  user_public_key: String.check(Schema.isPattern(/^(ssh-|ecdsa-)\S+ [A-Za-z0-9+/=]+/)),
  hardware_profile: String,
  instance_specs: Schema.optionalKey(Schema.Struct({ gpu_count: Int })),
  display_name: Schema.optionalKey(String),
  instance_type: Schema.optionalKey(Market)
})
