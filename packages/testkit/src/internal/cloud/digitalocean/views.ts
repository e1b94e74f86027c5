import * as DateTime from "effect/DateTime"
import type { Account, Action, ActionState, Droplet, DropletState, SshKey, Volume } from "./model.ts"

export const iso = (millis: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(Math.floor(millis / 1000) * 1000)).replace(".000Z", "Z")

const vpcUuid = "5a4981aa-9653-4bd1-bef5-d6bff52042e4"

const gatewayOf = (address: string): string => address.replace(/\.\d+$/, ".1")

const networks = ({ addresses }: Droplet, { hasAddress }: DropletState): unknown => ({
  v4: hasAddress
    ? [
        { ip_address: addresses.private, netmask: "255.255.240.0", gateway: "nil", type: "private" },
        ...(addresses.public === undefined
          ? []
          : [
              {
                ip_address: addresses.public,
                netmask: "255.255.240.0",
                gateway: gatewayOf(addresses.public),
                type: "public"
              }
            ])
      ]
    : [],
  v6: []
})

export const droplet = (one: Droplet, state: DropletState, volumeIds: ReadonlyArray<string>): unknown => ({
  id: one.id,
  name: one.name,
  memory: one.size.memory,
  vcpus: one.size.vcpus,
  disk: one.size.disk,
  disk_info: one.size.disk_info,
  ...(one.size.gpu_info === undefined ? {} : { gpu_info: one.size.gpu_info }),
  locked: state.locked,
  status: state.status,
  kernel: null,
  created_at: iso(one.createdAt),
  features: one.features,
  backup_ids: [],
  next_backup_window: null,
  snapshot_ids: [],
  image: one.image,
  volume_ids: volumeIds,
  size: one.size,
  size_slug: one.size.slug,
  networks: networks(one, state),
  region: one.region,
  tags: state.tags,
  vpc_uuid: vpcUuid
})

export const action = (one: Action, state: ActionState): unknown => ({
  id: one.id,
  status: state.status,
  type: one.type,
  started_at: iso(one.startedAt),
  completed_at: state.completedAt === undefined ? null : iso(state.completedAt),
  resource_id: one.resource.type === "droplet" ? one.resource.id : null,
  resource_type: one.resource.type,
  region: one.region,
  region_slug: one.region.slug
})

export const sshKey = (one: SshKey, name: string): unknown => ({
  id: one.id,
  fingerprint: one.fingerprint,
  public_key: one.publicKey,
  name
})

export const account = (one: Account): unknown => ({
  droplet_limit: one.dropletLimit,
  floating_ip_limit: 5,
  email: one.email,
  name: one.name,
  uuid: one.uuid,
  email_verified: true,
  status: one.status,
  status_message: ""
})

export const volume = (
  one: Volume,
  state: { readonly dropletIds: ReadonlyArray<number>; readonly tags: ReadonlyArray<string> }
): unknown => ({
  id: one.id,
  name: one.name,
  region: one.region,
  size_gigabytes: one.gigabytes,
  description: one.description,
  created_at: iso(one.createdAt),
  droplet_ids: state.dropletIds,
  tags: state.tags,
  filesystem_type: "",
  filesystem_label: ""
})
