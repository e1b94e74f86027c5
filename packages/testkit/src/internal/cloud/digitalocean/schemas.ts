import * as Schema from "effect/Schema"

const { Boolean, Finite, Int, Null, NullOr, String } = Schema

const Time = String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/))

const Amount = Schema.Struct({ amount: Int, unit: Schema.Literal("gib") })

const Strings = Schema.Array(String)

const Gpu = Schema.Struct({ count: Int, model: String, vram: Amount })

const Disks = Schema.Array(Schema.Struct({ type: Schema.Literals(["local", "scratch"]), size: Amount }))

const Size = Schema.Struct({
  slug: String,
  memory: Int,
  vcpus: Int,
  disk: Int,
  transfer: Finite,
  price_monthly: Finite,
  price_hourly: Finite,
  regions: Strings,
  available: Boolean,
  description: String,
  networking_throughput: Int,
  disk_info: Disks,
  gpu_info: Schema.optionalKey(Gpu)
})

const Region = Schema.Struct({ name: String, slug: String, features: Strings, available: Boolean, sizes: Strings })

const Image = Schema.Struct({
  id: Int,
  name: String,
  type: Schema.Literal("base"),
  distribution: String,
  slug: String,
  public: Boolean,
  regions: Strings,
  created_at: Time,
  min_disk_size: Int,
  size_gigabytes: Finite,
  description: String,
  tags: Strings,
  status: Schema.Literal("available"),
  error_message: String
})

const Ipv4 = String.check(Schema.isPattern(/^\d{1,3}(\.\d{1,3}){3}$/))

const Network = Schema.Union([
  Schema.Struct({ ip_address: Ipv4, netmask: Ipv4, gateway: Schema.Literal("nil"), type: Schema.Literal("private") }),
  Schema.Struct({ ip_address: Ipv4, netmask: Ipv4, gateway: Ipv4, type: Schema.Literal("public") })
])

const Droplet = Schema.Struct({
  id: Int,
  name: String,
  memory: Int,
  vcpus: Int,
  disk: Int,
  disk_info: Disks,
  gpu_info: Schema.optionalKey(Gpu),
  locked: Boolean,
  status: Schema.Literals(["new", "active", "off", "archive"]),
  kernel: Null,
  created_at: Time,
  features: Strings,
  backup_ids: Schema.Array(Int),
  next_backup_window: Null,
  snapshot_ids: Schema.Array(Int),
  image: Image,
  volume_ids: Strings,
  size: Size,
  size_slug: String,
  networks: Schema.Struct({ v4: Schema.Array(Network), v6: Schema.Array(Schema.Never) }),
  region: Region,
  tags: Strings,
  vpc_uuid: String
})

const Action = Schema.Struct({
  id: Int,
  status: Schema.Literals(["in-progress", "completed", "errored"]),
  type: String,
  started_at: Time,
  completed_at: NullOr(Time),
  resource_id: NullOr(Int),
  resource_type: Schema.Literals(["droplet", "volume"]),
  region: Region,
  region_slug: String
})

const SshKey = Schema.Struct({
  id: Int,
  fingerprint: String.check(Schema.isPattern(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/)),
  public_key: String,
  name: String
})

const Account = Schema.Struct({
  droplet_limit: Int,
  floating_ip_limit: Int,
  email: String,
  name: String,
  uuid: String,
  email_verified: Boolean,
  status: Schema.Literals(["active", "warning", "locked"]),
  status_message: String
})

const Volume = Schema.Struct({
  id: String,
  name: String,
  region: Region,
  size_gigabytes: Int,
  description: String,
  created_at: Time,
  droplet_ids: Schema.Array(Int),
  tags: Strings,
  filesystem_type: String,
  filesystem_label: String
})

const Count = Schema.Struct({ count: Int, last_tagged_uri: Schema.optionalKey(String) })

const Tag = Schema.Struct({
  name: String,
  resources: Schema.Struct({
    ...Count.fields,
    droplets: Count,
    images: Count,
    volumes: Count,
    volume_snapshots: Count,
    databases: Count
  })
})

const Links = Schema.Struct({
  pages: Schema.optionalKey(
    Schema.Struct({
      first: Schema.optionalKey(String),
      prev: Schema.optionalKey(String),
      next: Schema.optionalKey(String),
      last: Schema.optionalKey(String)
    })
  )
})

const paged = <S extends Schema.ConstraintDecoder<unknown>>(name: string, one: S) =>
  Schema.Struct({ [name]: Schema.Array(one), links: Links, meta: Schema.Struct({ total: Int }) })

const CreateLinks = Schema.Struct({
  actions: Schema.Array(Schema.Struct({ id: Int, rel: Schema.Literal("create"), href: String }))
})

const Associated = Schema.Array(Schema.Struct({ id: String, name: String, cost: String }))

/** What the cloud says when it does what was asked, by the kind of answer. */
export const answers = {
  account: Schema.Struct({ account: Account }),
  balance: Schema.Struct({
    month_to_date_balance: String,
    account_balance: String,
    month_to_date_usage: String,
    generated_at: Time
  }),
  sizes: paged("sizes", Size),
  regions: paged("regions", Region),
  images: paged("images", Image),
  image: Schema.Struct({ image: Image }),
  keys: paged("ssh_keys", SshKey),
  key: Schema.Struct({ ssh_key: SshKey }),
  droplets: paged("droplets", Droplet),
  droplet: Schema.Struct({ droplet: Droplet }),
  created: Schema.Union([
    Schema.Struct({ droplet: Droplet, links: CreateLinks }),
    Schema.Struct({ droplets: Schema.Array(Droplet), links: CreateLinks })
  ]),
  snapshots: paged("snapshots", Schema.Never),
  firewalls: paged("firewalls", Schema.Never),
  associated: Schema.Struct({
    reserved_ips: Associated,
    floating_ips: Associated,
    snapshots: Associated,
    volumes: Associated,
    volume_snapshots: Associated
  }),
  actions: paged("actions", Action),
  action: Schema.Struct({ action: Action }),
  bulk: Schema.Struct({ actions: Schema.Array(Action) }),
  tags: paged("tags", Tag),
  tag: Schema.Struct({ tag: Tag }),
  volumes: paged("volumes", Volume),
  volume: Schema.Struct({ volume: Volume }),
  none: Schema.Undefined
}

/** What it says when it does not. */
export const Failure = Schema.Struct({
  id: String,
  message: String,
  request_id: Schema.optionalKey(String),
  error_attributes: Schema.optionalKey(Schema.Struct({ available_regions: Strings }))
})
