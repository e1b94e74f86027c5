import * as DateTime from "effect/DateTime"
import { type CpuType, dataCenters, type GpuType, overall, type Stock } from "./catalogue.ts"
import type { Pod, PodState } from "./model.ts"

const iso = (millis: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(Math.floor(millis / 1000) * 1000)).replace(".000Z", "Z")

const actions: Readonly<Record<PodState["status"], ReadonlyArray<string>>> = {
  PROVISIONING: ["stop", "terminate"],
  RUNNING: ["stop", "restart", "terminate"],
  EXITED: ["start", "terminate"],
  ERROR: ["start", "terminate"]
}

/** What may be done to it. */
export const actionsOf = ({ status }: PodState): ReadonlyArray<string> => actions[status]

const proxy = ({ id }: Pod) => ({
  host: "ssh.runpod.io",
  port: 22,
  username: `${id}-64411eb2`,
  command: `ssh ${id}-64411eb2@ssh.runpod.io`
})

const direct = ({ host, port, ports }: Pod, { isReachable }: PodState) =>
  isReachable && ports.includes("22/tcp")
    ? { host, port, username: "root", command: `ssh root@${host} -p ${port}` }
    : null

const runtime = (one: Pod, state: PodState, now: number) => {
  if (state.status !== "RUNNING") return null
  const ports = one.ports.includes("22/tcp")
    ? [
        {
          private: 22,
          public: state.isReachable ? one.port : null,
          type: "tcp",
          ip: state.isReachable ? one.host : null
        }
      ]
    : []
  return { uptime: Math.max(0, Math.floor((now - (state.startedAt ?? now)) / 1000)), ports }
}

export const pod = (one: Pod, state: PodState, now: number): unknown => ({
  id: one.id,
  name: one.name,
  image: one.image,
  args: one.args,
  disk: one.disk,
  ports: one.ports,
  env: one.env,
  registry: one.registry,
  status: state.status,
  actions: actionsOf(state),
  mounts: one.mounts,
  ...(one.gpu === undefined
    ? {}
    : { gpu: { id: one.gpu.id, count: state.gpus, vcpuCount: one.gpu.vcpus, memory: one.gpu.memory } }),
  ...(one.cpu === undefined ? {} : { cpu: one.cpu }),
  cloud: one.cloud,
  dataCenterId: one.cloud === "SECURE" ? one.dataCenter : null,
  cudaVersion: one.gpu === undefined ? null : "12.8",
  ssh: { proxy: proxy(one), direct: direct(one, state) },
  template: null,
  // A pod that is stopped says that it costs nothing; its volume does.
  cost: state.status === "EXITED" ? 0 : one.usdPerHour,
  locked: one.locked,
  globalNetworking: { enabled: false },
  runtime: runtime(one, state, now),
  createdAt: iso(one.createdAt),
  startedAt: state.startedAt === undefined ? null : iso(state.startedAt)
})

const places = (stock: Stock) => {
  const all = Object.entries(stock).map(([id, availability]) => ({ id, name: dataCenters[id] ?? id, availability }))
  const isAnywhere = all.some(({ availability }) => availability !== "NONE")
  return { availability: overall(stock), ...(isAnywhere ? { dataCenters: all } : {}) }
}

export const gpu = (
  one: GpuType,
  asked: { readonly cloud: "secure" | "community"; readonly count: number } | undefined
): unknown => ({
  id: one.id,
  name: one.name,
  pool: null,
  manufacturer: one.manufacturer,
  memory: one.memory,
  secure: one.secure,
  community: one.community,
  price: one.price,
  maxCount: one.maxCount,
  ...(asked === undefined
    ? {}
    : {
        ...places(one[asked.cloud] && one.maxCount[asked.cloud] >= asked.count ? one.stock[asked.cloud] : {}),
        ...(one.cudaVersions.length === 0
          ? {}
          : { cudaVersions: one.cudaVersions.map((version) => ({ version, available: true })) })
      })
})

export const cpu = ({ stock, ...one }: CpuType, isAsked: boolean): unknown => ({
  ...one,
  ...(isAsked ? places(stock) : {})
})
