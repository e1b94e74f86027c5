import * as Schema from "effect/Schema"

const { Array, Boolean, Finite, Literals, NullOr, String, Struct } = Schema

const Uuid = String.check(Schema.isPattern(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/))

const Tag = Struct({ id: String.check(Schema.isPattern(/^tag_[0-9A-Za-z]{22}$/)), key: String, value: String })

const Described = Struct({ description: String })
const Cores = Struct({ description: String, number_of_cores: Finite, model: Schema.optionalKey(String) })
const Gpus = Struct({ description: String, number_of_gpus: Finite })
const Gigabytes = Struct({ description: String, size_in_gigabytes: Finite })

const Instance = Struct({
  id: Uuid,
  ip: NullOr(String),
  status: Literals([
    "running",
    "provisioning",
    "offline",
    "discontinued",
    "error",
    "deleting",
    "no_capacity",
    "installation_failed"
  ]),
  created_at: String,
  created_by_user_id: Uuid,
  cpu: Cores,
  gpu: Gpus,
  gpu_memory: Gigabytes,
  memory: Gigabytes,
  storage: Described,
  hostname: String,
  description: String,
  tags: Array(Tag),
  location: String,
  price_per_hour: Finite,
  is_spot: Boolean,
  instance_type: String,
  image: String,
  os_name: String,
  startup_script_id: NullOr(Uuid),
  ssh_key_ids: Array(Uuid),
  os_volume_id: NullOr(Uuid),
  jupyter_token: NullOr(String),
  contract: Literals(["PAY_AS_YOU_GO", "SPOT"]),
  pricing: Literals(["FIXED_PRICE"]),
  volume_ids: Array(Uuid)
})

const Volume = Struct({
  id: Uuid,
  instance_id: String,
  instances: Array(Schema.Unknown),
  name: String,
  created_at: String,
  created_by_user_id: Uuid,
  status: Literals(["attached", "detached", "deleted"]),
  size: Finite,
  is_os_volume: Boolean,
  target: String,
  type: Literals(["NVMe"]),
  location: String,
  ssh_key_ids: Array(Uuid),
  pseudo_path: String,
  create_directory_command: String,
  mount_command: String,
  filesystem_to_fstab_command: String,
  contract: String,
  base_hourly_cost: Finite,
  monthly_price: Finite,
  currency: Literals(["usd"]),
  long_term: Struct({}),
  tags: Array(Tag)
})

const InstanceType = Struct({
  best_for: Array(String),
  cpu: Cores,
  deploy_warning: NullOr(String),
  description: String,
  gpu: Gpus,
  gpu_memory: Gigabytes,
  id: Uuid,
  instance_type: String,
  memory: Gigabytes,
  model: String,
  name: String,
  p2p: NullOr(String),
  price_per_hour: String,
  spot_price: String,
  dynamic_price: String,
  max_dynamic_price: String,
  storage: Described,
  currency: Literals(["usd", "eur"]),
  manufacturer: String,
  display_name: NullOr(String),
  supported_os: Array(String)
})

const Key = Struct({
  id: Uuid,
  name: String,
  key: String,
  fingerprint: NullOr(String),
  created_by_user_id: NullOr(Uuid)
})

const Script = Struct({ id: Uuid, name: String, script: String, created_at: String })

export const Failure = Struct({
  code: Literals([
    "invalid_request",
    "unauthorized_request",
    "insufficient_funds",
    "forbidden_action",
    "not_found",
    "conflict",
    "server_error",
    "service_unavailable"
  ]),
  message: String
})

export const answers = {
  token: Struct({
    access_token: String,
    token_type: Literals(["Bearer"]),
    expires_in: Finite,
    refresh_token: String,
    scope: Literals(["cloud-api-v1"])
  }),
  id: Schema.Unknown,
  nothing: Schema.Undefined,
  instance: Instance,
  instances: Array(Instance),
  acted: Schema.Union([
    Schema.Undefined,
    Array(
      Struct({
        instanceId: Uuid,
        action: String,
        status: Literals(["success", "error"]),
        error: Schema.optionalKey(String),
        statusCode: Schema.optionalKey(Finite)
      })
    )
  ]),
  tag: Tag,
  types: Array(InstanceType),
  availability: Array(Struct({ location_code: String, availabilities: Array(String) })),
  images: Array(
    Struct({
      id: Uuid,
      image_type: String,
      name: String,
      is_default: Boolean,
      details: Array(String),
      category: String,
      is_cluster: Boolean
    })
  ),
  locations: Array(Struct({ code: String, name: String, country_code: String })),
  keys: Array(Key),
  key: Key,
  scripts: Array(Script),
  script: Script,
  volume: Volume,
  volumes: Array(Volume),
  trash: Array(Schema.Unknown),
  volumeTypes: Array(Schema.Unknown),
  journal: Array(Schema.Unknown),
  balance: Struct({ amount: Finite, currency: Literals(["usd"]) })
}
