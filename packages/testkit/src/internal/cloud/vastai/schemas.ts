import * as Schema from "effect/Schema"

const { Boolean, Finite, Int, Literal, Literals, Null, NullOr, Record, String, Unknown, optionalKey } = Schema

const Comparison = Schema.Union([Finite, String, Boolean])

/** What a column of a search is held against. */
const Filter = Schema.Struct({
  eq: optionalKey(Comparison),
  neq: optionalKey(Comparison),
  gt: optionalKey(Finite),
  lt: optionalKey(Finite),
  gte: optionalKey(Finite),
  lte: optionalKey(Finite),
  in: optionalKey(Schema.Array(Comparison)),
  notin: optionalKey(Schema.Array(Comparison))
})
export type Filter = typeof Filter.Type

/** Columns that a search can be narrowed by. */
export const columns = [
  "cpu_cores_effective",
  "cpu_ram",
  "cuda_max_good",
  "datacenter",
  "direct_port_count",
  "disk_space",
  "dph_total",
  "duration",
  "external",
  "geolocation",
  "gpu_name",
  "gpu_ram",
  "inet_down",
  "machine_id",
  "min_bid",
  "num_gpus",
  "reliability",
  "rentable",
  "rented",
  "verified"
] as const

const filters = Schema.Struct({
  cpu_cores_effective: optionalKey(Filter),
  cpu_ram: optionalKey(Filter),
  cuda_max_good: optionalKey(Filter),
  datacenter: optionalKey(Filter),
  direct_port_count: optionalKey(Filter),
  disk_space: optionalKey(Filter),
  dph_total: optionalKey(Filter),
  duration: optionalKey(Filter),
  external: optionalKey(Filter),
  geolocation: optionalKey(Filter),
  gpu_name: optionalKey(Filter),
  gpu_ram: optionalKey(Filter),
  inet_down: optionalKey(Filter),
  machine_id: optionalKey(Filter),
  min_bid: optionalKey(Filter),
  num_gpus: optionalKey(Filter),
  reliability: optionalKey(Filter),
  rentable: optionalKey(Filter),
  rented: optionalKey(Filter),
  verified: optionalKey(Filter)
}).fields

export const Search = Schema.Struct({
  ...filters,
  type: optionalKey(Literals(["on-demand", "ondemand", "bid"])),
  order: optionalKey(Schema.Array(Schema.Tuple([String, Literals(["asc", "desc"])]))),
  limit: optionalKey(Int.check(Schema.isGreaterThanOrEqualTo(1))),
  allocated_storage: optionalKey(Finite.check(Schema.isGreaterThanOrEqualTo(0)))
})
export type Search = typeof Search.Type

/** A longer script is refused, whatever other pages of the documentation say. */
const mostScript = 4048

export const Create = Schema.Struct({
  client_id: Literal("me"),
  image: String.check(Schema.isMinLength(1)),
  label: optionalKey(String.check(Schema.isMaxLength(256))),
  disk: optionalKey(Finite.check(Schema.isGreaterThan(0))),
  runtype: optionalKey(Literals(["ssh", "ssh_direct", "ssh_proxy"])),
  onstart: optionalKey(String.check(Schema.isMaxLength(mostScript))),
  env: optionalKey(Record(String, String)),
  price: optionalKey(Finite.check(Schema.isBetween({ minimum: 0.001, maximum: 128 }))),
  target_state: optionalKey(Literals(["running", "stopped"])),
  cancel_unavail: optionalKey(Boolean)
})
export type Create = typeof Create.Type

export const Manage = Schema.Union([
  Schema.Struct({ state: Literals(["running", "stopped"]) }),
  Schema.Struct({ label: String.check(Schema.isMaxLength(1024)) })
])

export const Bid = Schema.Struct({ client_id: Literal("me"), price: Finite.check(Schema.isGreaterThan(0)) })

export const Key = Schema.Struct({ ssh_key: String.check(Schema.isMinLength(1)) })

export const Nothing = Schema.Struct({})

const Prices = Schema.Struct({
  gpuCostPerHour: Finite,
  diskHour: Finite,
  totalHour: Finite,
  discountTotalHour: Finite,
  discountedTotalPerHour: Finite
})

const computer = {
  machine_id: Int,
  host_id: Int,
  hosting_type: Literals([0, 1]),
  geolocation: String,
  verification: Literals(["verified", "unverified", "deverified"]),
  reliability2: Finite,
  static_ip: Boolean,
  num_gpus: Int,
  gpu_frac: Finite,
  gpu_name: String,
  gpu_arch: String,
  gpu_ram: Int,
  cpu_arch: String,
  cpu_name: String,
  cpu_cores: NullOr(Int),
  cpu_cores_effective: Finite,
  cpu_ram: Int,
  disk_name: String,
  disk_bw: Finite,
  direct_port_count: Int,
  storage_cost: Finite,
  min_bid: Finite,
  is_bid: Boolean,
  disk_space: Finite,
  dph_base: Finite,
  dph_total: Finite,
  storage_total_cost: Finite,
  os_version: String,
  external: NullOr(Boolean),
  rentable: Boolean,
  duration: Finite,
  start_date: Finite,
  end_date: Finite,
  webpage: Null,
  search: Prices
}

const Offer = Schema.Struct({
  id: Int,
  ask_contract_id: Int,
  ...computer,
  gpu_total_ram: Int,
  inet_up: Finite,
  inet_down: Finite,
  inet_up_cost: Finite,
  inet_down_cost: Finite,
  cuda_max_good: Finite,
  driver_version: String,
  compute_cap: Int,
  reliability: Finite,
  rented: Boolean,
  hostname: Null
})

const Status = NullOr(Literals(["created", "loading", "running", "exited", "stopped", "offline", "unknown"]))

const Instance = Schema.Struct({
  id: Int,
  ...computer,
  actual_status: Status,
  intended_status: Literals(["running", "stopped"]),
  cur_state: Literals(["loading", "running", "stopped"]),
  next_state: Literals(["running", "stopped"]),
  status_msg: NullOr(String),
  label: NullOr(String),
  image_uuid: String,
  image_args: Schema.Array(String),
  image_runtype: String,
  extra_env: Schema.Array(Schema.Tuple([String, String])),
  onstart: String,
  template_id: Null,
  template_hash_id: Null,
  template_name: Null,
  gpu_totalram: Int,
  disk_usage: Finite,
  disk_util: Finite,
  gpu_util: Null,
  gpu_temp: Null,
  public_ipaddr: String,
  local_ipaddrs: String,
  ssh_host: String,
  ssh_idx: String,
  ssh_port: Int,
  ports: NullOr(Record(String, Schema.Array(Schema.Struct({ HostIp: String, HostPort: String })))),
  uptime_mins: Null,
  instance: Prices
})

/** What the cloud says when it does what was asked, by the kind of answer. */
export const answers = {
  offers: Schema.Struct({ offers: Schema.Array(Offer) }),
  created: Schema.Struct({ success: Literal(true), new_contract: Int, instance_api_key: String }),
  instance: Schema.Struct({ instances: NullOr(Instance) }),
  instances: Schema.Struct({
    success: Literal(true),
    instances_found: Int,
    total_instances: Int,
    label_counts: Record(String, Int),
    next_token: NullOr(String),
    instances: Schema.Array(Instance)
  }),
  done: Schema.Struct({ success: Literal(true), msg: optionalKey(String) }),
  keys: Schema.Struct({ success: Literal(true), ssh_keys: String }),
  user: Schema.Struct({ id: Int, email: String, balance: Finite, credit: Finite, ssh_key: String, sid: String }),
  deprecated: Unknown
}

/** What it says when it does not. Asked too often, it says so in plain text. */
export const Failure = Schema.Union([
  Schema.Struct({
    success: Literal(false),
    error: String,
    msg: String,
    ask_id: optionalKey(Int),
    new_contract: optionalKey(Int)
  }),
  Schema.Struct({ error: Null, msg: String }),
  String
])
