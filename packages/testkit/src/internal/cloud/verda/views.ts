import * as DateTime from "effect/DateTime"
import { type InstanceType, nvmeMonthly, volumeHourly } from "./catalogue.ts"
import type { Event, Instance, InstanceState, Script, SshKey, Volume } from "./model.ts"

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const shapes = ({ cores, gpuMemory, gpuName, gpus, memory }: InstanceType) => ({
  cpu: { description: `${cores} CPU`, number_of_cores: cores },
  gpu: { description: gpus === 0 ? "" : `${gpus}x ${gpuName}`, number_of_gpus: gpus },
  // That of all of them.
  gpu_memory: { description: gpus === 0 ? "" : `${gpus * gpuMemory}GB GPU RAM`, size_in_gigabytes: gpus * gpuMemory },
  memory: { description: `${memory}GB RAM`, size_in_gigabytes: memory },
  storage: { description: "dynamic" }
})

/** Made of its name, so that it is the same in every answer. */
const idOf = (name: string): string => {
  const hex = Array.from(name).reduce((sum, each) => (sum * 31 + (each.codePointAt(0) ?? 0)) % 0xffffffff, 7)
  return `${hex.toString(16).padStart(8, "0")}-0000-4000-a000-000000000000`
}

export const instanceType = (type: InstanceType): unknown => ({
  ...shapes(type),
  best_for: [],
  deploy_warning: null,
  description: "Dedicated Hardware Instance",
  id: idOf(type.name),
  instance_type: type.name,
  model: type.model,
  name: type.gpus === 0 ? "AMD EPYC" : type.gpuName,
  p2p: null,
  price_per_hour: type.price,
  spot_price: type.spotPrice,
  dynamic_price: type.price,
  max_dynamic_price: type.price,
  currency: "usd",
  manufacturer: type.manufacturer,
  display_name: null,
  supported_os: type.systems
})

export const instance = (one: Instance, state: InstanceState, volumes: ReadonlyArray<string>): unknown => ({
  ...shapes(one.type),
  id: one.id,
  ip: state.hasAddress ? one.address : null,
  status: state.status,
  created_at: iso(one.createdAt),
  created_by_user_id: one.account.id,
  hostname: one.hostname,
  description: one.description,
  tags: state.tags,
  location: one.location,
  price_per_hour: one.usdPerHour,
  is_spot: one.isSpot,
  instance_type: one.type.name,
  image: one.image,
  os_name: "Ubuntu",
  startup_script_id: one.script?.id ?? null,
  ssh_key_ids: one.keys.map(({ id }) => id),
  os_volume_id: one.osVolume?.id ?? null,
  jupyter_token: null,
  contract: one.isSpot ? "SPOT" : "PAY_AS_YOU_GO",
  pricing: "FIXED_PRICE",
  volume_ids: volumes
})

export const volume = (one: Volume, at: number): unknown => {
  const state = one.truth.at(at)
  const status = state?.status ?? "deleted"
  return {
    id: one.id,
    instance_id: state?.instance ?? "",
    instances: [],
    name: one.name,
    created_at: iso(one.createdAt),
    created_by_user_id: one.account.id,
    status: status === "trash" ? "deleted" : status,
    size: one.gigabytes,
    is_os_volume: one.isOs,
    target: "vda",
    type: "NVMe",
    location: one.location,
    ssh_key_ids: [],
    pseudo_path: "",
    create_directory_command: "",
    mount_command: "",
    filesystem_to_fstab_command: "",
    contract: "PAY_AS_YOU_GO",
    base_hourly_cost: volumeHourly(one.gigabytes),
    monthly_price: one.gigabytes * nvmeMonthly,
    currency: "usd",
    long_term: {},
    tags: []
  }
}

export const sshKey = (one: SshKey): unknown => ({
  id: one.id,
  name: one.name,
  key: one.publicKey,
  fingerprint: one.fingerprint ?? null,
  created_by_user_id: null
})

export const script = (one: Script): unknown => ({
  id: one.id,
  name: one.name,
  script: one.text,
  created_at: iso(one.createdAt)
})

export const event = ({ action, actor, at, error, id, instance: one, reason }: Event): unknown => ({
  id,
  object_id: one.id,
  object_type: "compute",
  action_code: action,
  actor_id: actor ?? null,
  project_id: one.account.id,
  timestamp: iso(at),
  location_code: one.location,
  ...(error === undefined ? {} : { error_message: error }),
  ...(reason === undefined ? {} : { properties: { delete_reason: reason } })
})
