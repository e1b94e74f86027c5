import { diskUsdPerHour } from "./billing.ts"
import type { Host } from "./catalogue.ts"
import type { Ask, Instance, InstanceState } from "./model.ts"
import type { World } from "./World.ts"

const secondsInDay = 86_400

/** What a host says of itself, wherever it is told. */
const computer = (host: Host, gpus: number) => ({
  machine_id: host.machineId,
  host_id: host.hostId,
  hosting_type: host.isDatacenter ? 1 : 0,
  geolocation: `${host.city}, ${host.country}`,
  verification: host.verification,
  reliability2: host.reliability,
  static_ip: host.isDatacenter,
  num_gpus: gpus,
  gpu_frac: gpus / host.gpus,
  gpu_name: host.gpuName,
  gpu_arch: "nvidia",
  gpu_ram: host.gpuRamMib,
  cpu_arch: "amd64",
  cpu_name: "AMD EPYC 7642 48-Core Processor",
  cpu_cores: host.cores,
  cpu_cores_effective: ((host.cores ?? host.gpus * 16) * gpus) / host.gpus,
  cpu_ram: host.ramMib,
  disk_name: "nvme",
  disk_bw: 2545.3,
  direct_port_count: host.directPorts,
  storage_cost: host.storageUsd,
  min_bid: round(host.lowestBid * gpus),
  is_bid: false
})

const round = (usd: number): number => Math.round(usd * 1e9) / 1e9

const prices = (gpuUsd: number, diskUsd: number) => ({
  gpuCostPerHour: round(gpuUsd),
  diskHour: diskUsd,
  totalHour: round(gpuUsd) + diskUsd,
  discountTotalHour: 0,
  discountedTotalPerHour: round(gpuUsd) + diskUsd
})

/** What is asked for, with a disk of so many GB. */
export const ask = ({ gpus, host, id }: Ask, diskGb: number, isBid: boolean, now: number) => {
  const gpuUsd = (isBid ? host.lowestBid : host.gpuUsd) * gpus
  const diskUsd = diskUsdPerHour({ diskGb, host })
  return {
    id,
    ask_contract_id: id,
    ...computer(host, gpus),
    is_bid: isBid,
    gpu_total_ram: host.gpuRamMib * gpus,
    disk_space: host.diskGb,
    dph_base: round(gpuUsd),
    dph_total: round(gpuUsd) + diskUsd,
    storage_total_cost: diskUsd,
    inet_up: 412.6,
    inet_down: host.downMbps,
    inet_up_cost: host.uploadUsd,
    inet_down_cost: host.downloadUsd,
    cuda_max_good: host.cudaMax,
    driver_version: "570.86.15",
    compute_cap: 890,
    os_version: "22.04",
    reliability: host.reliability,
    external: host.isExternal ? true : null,
    rentable: true,
    rented: false,
    duration: host.days * secondsInDay,
    end_date: now / 1000 + host.days * secondsInDay,
    start_date: now / 1000 - 300 * secondsInDay,
    hostname: null,
    webpage: null,
    search: prices(gpuUsd, diskUsd)
  }
}

const mapping = (port: number) => ({ "22/tcp": [{ HostIp: "0.0.0.0", HostPort: String(port) }] })

/** An instance as its owner sees it. */
export const instance = (world: World, one: Instance, state: InstanceState, now: number) => {
  const { diskGb, env, gpus, gpuUsdPerHour, host, id, index, runtype } = one
  const diskUsd = diskUsdPerHour(one)
  const { host: address, port } = world.options.mapped(index)
  const isUp = state.actual === "running"
  const hasDirect = runtype.includes("direct") && host.directPorts > 0
  return {
    id,
    actual_status: state.actual,
    intended_status: state.intended,
    cur_state: state.current,
    next_state: state.next,
    status_msg: state.message,
    label: state.label,
    image_uuid: one.image,
    image_args: [],
    image_runtype: runtype.replace("_", " "),
    extra_env: Object.entries(env),
    onstart: one.onstart ?? "",
    template_id: null,
    template_hash_id: null,
    template_name: null,
    ...computer(host, gpus),
    cpu_cores: host.cores ?? host.gpus * 16,
    os_version: "22.04",
    is_bid: one.isBid,
    gpu_totalram: host.gpuRamMib * gpus,
    disk_space: diskGb,
    disk_usage: -1,
    disk_util: -1,
    gpu_util: null,
    gpu_temp: null,
    dph_base: round(gpuUsdPerHour),
    dph_total: round(gpuUsdPerHour) + diskUsd,
    storage_total_cost: diskUsd,
    public_ipaddr: `${address} \n`,
    local_ipaddrs: "172.17.0.2 \n",
    // With machines there is one sshd, and both ways lead to it.
    ssh_host: world.options.hasHands ? address : "ssh4.vast.ai",
    ssh_idx: "4",
    ssh_port: world.options.hasHands ? port : 10_000 + (index % 50_000),
    ports: isUp && hasDirect ? mapping(port) : null,
    start_date: one.createdAt / 1000,
    end_date: one.createdAt / 1000 + host.days * secondsInDay,
    duration: Math.max(0, one.createdAt / 1000 + host.days * secondsInDay - now / 1000),
    uptime_mins: null,
    rentable: true,
    external: false,
    webpage: null,
    search: prices(gpuUsdPerHour, diskUsd),
    instance: prices(isUp ? gpuUsdPerHour : 0, diskUsd)
  }
}
