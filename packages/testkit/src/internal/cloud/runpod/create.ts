import type { MachineDescription } from "../CloudCore.ts"
import type { Answer } from "../http.ts"
import { capacityWords, notFound, problem } from "./errors.ts"
import type { Pod } from "./model.ts"
import { type Call, ok, type Route, route } from "./route.ts"
import { answers, CreatePod, noQuery } from "./schemas.ts"
import * as views from "./views.ts"
import type { World } from "./World.ts"

/** @source https://docs.runpod.io/api-reference-v2/pods/create-a-pod */
const limits = { bytes: 102_400, variables: 50 }

/** A CPU pod with less disk is refused as if there were none left. */
const leastCpuDisk = 20

interface Shape {
  readonly gpu: Pod["gpu"]
  readonly cpu: Pod["cpu"]
  readonly usdPerHour: number
  readonly dataCenter: string
  readonly count: number
}

const noCapacity = problem(400, capacityWords)
const isAnswer = (value: object): value is Answer => "status" in value

const placeIn = (stock: Readonly<Record<string, string>>, wanted: ReadonlyArray<string> = []): string | undefined =>
  Object.entries(stock).find(([id, level]) => level !== "NONE" && (wanted.length === 0 || wanted.includes(id)))?.[0]

const gpuShape = (world: World, body: CreatePod, gpu: NonNullable<CreatePod["gpu"]>): Shape | Answer => {
  const type = world.gpus.get(gpu.id)
  if (type === undefined) return problem(400, `GPU type ${gpu.id} was not found`)
  if (gpu.minCudaVersion !== undefined && (gpu.allowedCudaVersions?.length ?? 0) > 0) {
    return problem(400, "minCudaVersion and allowedCudaVersions are mutually exclusive")
  }
  const cloud = body.cloud === "COMMUNITY" ? "community" : "secure"
  const count = gpu.count ?? 1
  const dataCenter = placeIn(type.stock[cloud], body.dataCenterIds)
  const isOld =
    gpu.minCudaVersion !== undefined && !type.cudaVersions.some((each) => each >= (gpu.minCudaVersion ?? ""))
  if (!type[cloud] || count > type.maxCount[cloud] || dataCenter === undefined || isOld) return noCapacity
  const share = world.isStingy ? 0.5 : 1
  return {
    gpu: {
      id: gpu.id,
      vcpus: Math.max(1, Math.floor(Math.max(6, gpu.minVcpuCountPerGpu ?? 1) * count * share)),
      memory: Math.max(1, Math.floor(Math.max(24, gpu.minRamPerGpu ?? 1) * count * share))
    },
    cpu: undefined,
    usdPerHour: type.price[cloud] * count,
    dataCenter,
    count
  }
}

const cpuShape = (world: World, body: CreatePod, cpu: NonNullable<CreatePod["cpu"]>): Shape | Answer => {
  const type = world.cpus.get(cpu.id)
  if (type === undefined) return problem(400, `CPU flavor ${cpu.id} was not found`)
  const { vcpuCount } = cpu
  const isPower = (vcpuCount & (vcpuCount - 1)) === 0
  if (!isPower || vcpuCount < type.vcpu.min || vcpuCount > type.vcpu.max) {
    return problem(400, "vcpuCount is not valid for this CPU flavor")
  }
  if (body.mounts?.persistent !== undefined) return problem(400, "mounts.persistent is invalid when cpu is set")
  const dataCenter = placeIn(type.stock, body.dataCenterIds)
  if (dataCenter === undefined || (body.disk ?? leastCpuDisk) < leastCpuDisk) return noCapacity
  return {
    gpu: undefined,
    cpu: { ...cpu, memory: Math.floor(type.ramGbPerVcpu * vcpuCount) },
    usdPerHour: type.price.securePerVcpu * vcpuCount,
    dataCenter,
    count: 0
  }
}

const shapeOf = (world: World, body: CreatePod): Shape | Answer => {
  if (body.gpu !== undefined && body.cpu === undefined) return gpuShape(world, body, body.gpu)
  if (body.cpu !== undefined && body.gpu === undefined) return cpuShape(world, body, body.cpu)
  return problem(400, "exactly one of gpu or cpu must be set")
}

const refusalOf = (world: World, body: CreatePod, shape: Shape): Answer | undefined => {
  if (body.mounts?.persistent !== undefined && body.mounts.network !== undefined) {
    return problem(400, "mounts.persistent and mounts.network are mutually exclusive")
  }
  const [network] = body.mounts?.network ?? []
  if (network !== undefined) {
    const volume = world.volumes.find(({ id }) => id === network.volumeId)
    if (volume === undefined) return notFound
    if (volume.dataCenter !== shape.dataCenter) return problem(400, "the network volume is in another data center")
  }
  if (!world.hasMoney) return problem(402, "insufficient balance to deploy this pod")
  return Object.keys(body.env ?? {}).length > limits.variables
    ? problem(422, "too many environment variables")
    : undefined
}

const words = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : []

/** A JSON text sets entry point and command; any other text is split; nothing is the image's own. */
const commandOf = (args: string): ReadonlyArray<string> => {
  if (args.trim() === "") return ["/start.sh"]
  if (!args.startsWith("{")) return args.trim().split(/\s+/)
  const told: unknown = JSON.parse(args)
  const { cmd, entrypoint } = Object(told)
  return [...words(entrypoint), ...words(cmd)]
}

/** The container behind a pod, as its own processes see it. */
const machineOf = (world: World, pod: Pod): MachineDescription => {
  const type = world.gpus.get(pod.gpu?.id ?? "")
  const environment = {
    ...pod.env,
    RUNPOD_POD_ID: pod.id,
    RUNPOD_API_KEY: pod.key,
    RUNPOD_DC_ID: pod.dataCenter,
    RUNPOD_PUBLIC_IP: pod.host,
    RUNPOD_TCP_PORT_22: String(pod.port)
  }
  return {
    id: pod.id,
    name: pod.id,
    address: pod.host,
    port: pod.port,
    publicKeys: [],
    boot: { kind: "container", command: commandOf(pod.args), environment, sshd: { startedBy: "/start.sh" } },
    ...(type === undefined
      ? {}
      : {
          gpus: {
            name: type.id,
            count: pod.truth.at(pod.createdAt)?.gpus ?? 1,
            memoryMiB: type.memory * 1024
          }
        })
  }
}

const run = (world: World, { body, now, path }: Call<unknown, CreatePod>): Answer => {
  if (JSON.stringify(body).length > limits.bytes) return problem(413, "request body exceeds 102400 bytes")
  const template = body.templateId === undefined ? undefined : world.templates.find(({ id }) => id === body.templateId)
  if (body.templateId !== undefined && template === undefined) return notFound
  const image = body.image ?? template?.image
  if (image === undefined) return problem(422, "request validation failed", ["$: missing property 'image'"])
  const shape = shapeOf(world, body)
  if (isAnswer(shape)) return shape
  const refused = refusalOf(world, body, shape)
  if (refused !== undefined) return refused
  const request = { method: "POST", path, body }
  const lack = world.faults.capacity.take(request)
  if (lack !== undefined) return problem(400, lack)
  const isBroken = world.faults.failedCreates.take(request) === true
  const state = {
    status: isBroken ? "ERROR" : "PROVISIONING",
    isReachable: false,
    gpus: shape.count,
    startedAt: undefined
  } as const
  const pod = world.add(
    {
      id: world.id(),
      name: body.name,
      image,
      args: body.args ?? "",
      env: { ...template?.env, ...body.env },
      ports: body.ports ?? template?.ports ?? [],
      disk: body.disk ?? 20,
      mounts: body.mounts ?? {},
      registry: body.registry ?? null,
      cloud: body.cloud ?? "SECURE",
      dataCenter: shape.dataCenter,
      gpu: shape.gpu,
      cpu: shape.cpu,
      usdPerHour: shape.usdPerHour + world.surchargeUsdPerHour,
      createdAt: now,
      planted: false,
      billedUntil: undefined,
      locked: false,
      touched: false
    },
    state
  )
  if (!isBroken) world.boot(pod, now, machineOf(world, pod))
  return ok(views.pod(pod, state, now), 201)
}

export const createRoute: Route = route({
  method: "POST",
  path: "/v2/pods",
  query: noQuery,
  body: CreatePod,
  answer: answers.pod,
  run
})
