import * as Schema from "effect/Schema"

const { Array, Boolean, Finite, Int, Literals, NonEmptyString, NullOr, Record, String, Struct, Union, optionalKey } =
  Schema

const positive = Int.check(Schema.isGreaterThanOrEqualTo(1))
const version = String.check(Schema.isPattern(/^\d+\.\d+$/))
const port = String.check(Schema.isPattern(/^\d{1,5}\/(tcp|http)$/))

const Mounts = Struct({
  persistent: optionalKey(Struct({ size: Int.check(Schema.isGreaterThanOrEqualTo(10)), path: NonEmptyString })),
  network: optionalKey(Array(Struct({ volumeId: String, path: NonEmptyString })).check(Schema.isMaxLength(1)))
})

/** What a pod may be asked for with: nothing that the vendor does not name. */
export const CreatePod = Struct({
  name: NonEmptyString,
  image: optionalKey(NonEmptyString),
  templateId: optionalKey(NonEmptyString),
  cloud: optionalKey(Literals(["SECURE", "COMMUNITY"])),
  gpu: optionalKey(
    Struct({
      id: NonEmptyString,
      count: optionalKey(positive),
      allowedCudaVersions: optionalKey(Array(version)),
      minCudaVersion: optionalKey(version),
      minRamPerGpu: optionalKey(positive),
      minVcpuCountPerGpu: optionalKey(positive)
    })
  ),
  cpu: optionalKey(Struct({ id: NonEmptyString, vcpuCount: Int.check(Schema.isGreaterThanOrEqualTo(2)) })),
  dataCenterIds: optionalKey(Array(String)),
  disk: optionalKey(positive),
  mounts: optionalKey(Mounts),
  ports: optionalKey(Array(port)),
  env: optionalKey(Record(String, String)),
  args: optionalKey(String),
  registry: optionalKey(NullOr(String)),
  startSsh: optionalKey(Boolean),
  startJupyter: optionalKey(Boolean),
  globalNetworking: optionalKey(Boolean)
})
export type CreatePod = typeof CreatePod.Type

export const Action = Struct({ action: Literals(["start", "stop", "restart", "terminate"]) })

export const ListQuery = Struct({
  includeClusterPods: optionalKey(Literals(["true", "false"])),
  cursor: optionalKey(String),
  limit: optionalKey(Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 1000 })))
})

const availability = { include: optionalKey(Literals(["AVAILABILITY"])), product: optionalKey(String) }

export const GpuQuery = Struct({
  ...availability,
  count: optionalKey(Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(1))),
  cloud: optionalKey(Literals(["SECURE", "COMMUNITY"])),
  minCudaVersion: optionalKey(version)
})

export const CpuQuery = Struct({ ...availability, vcpuCount: optionalKey(Schema.FiniteFromString) })

export const noQuery = Struct({})
export const noBody = Schema.Undefined

const Time = String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/))
const Ssh = Struct({ host: String, port: Int, username: String, command: String })
const Level = Literals(["NONE", "LOW", "MEDIUM", "HIGH"])
const Place = Struct({ id: String, name: String, availability: Level })

const Pod = Struct({
  id: String,
  name: String,
  image: String,
  args: String,
  disk: positive,
  ports: Array(String),
  env: Record(String, String),
  registry: NullOr(String),
  status: Literals(["PROVISIONING", "STARTING", "RUNNING", "EXITED", "ERROR", "TERMINATED"]),
  actions: Array(Literals(["start", "stop", "restart", "terminate"])),
  mounts: Mounts,
  gpu: optionalKey(Struct({ id: String, count: Int, vcpuCount: Finite, memory: Finite })),
  cpu: optionalKey(Struct({ id: String, vcpuCount: Int, memory: Int })),
  cloud: Literals(["SECURE", "COMMUNITY"]),
  dataCenterId: NullOr(String),
  cudaVersion: NullOr(String),
  ssh: Struct({ proxy: NullOr(Ssh), direct: NullOr(Ssh) }),
  template: NullOr(String),
  cost: Finite,
  locked: Boolean,
  globalNetworking: Struct({ enabled: Boolean }),
  runtime: NullOr(
    Struct({
      uptime: optionalKey(Int),
      ports: optionalKey(Array(Struct({ private: Int, public: NullOr(Int), type: String, ip: NullOr(String) })))
    })
  ),
  createdAt: Time,
  startedAt: NullOr(Time)
})

const Gpu = Struct({
  id: String,
  name: String,
  pool: NullOr(String),
  manufacturer: Literals(["NVIDIA", "AMD"]),
  memory: Int,
  secure: Boolean,
  community: Boolean,
  price: Struct({ secure: Finite, community: Finite }),
  maxCount: Struct({ secure: Int, community: Int }),
  availability: optionalKey(Level),
  dataCenters: optionalKey(Array(Place)),
  cudaVersions: optionalKey(Array(Struct({ version, available: Boolean })))
})

const Cpu = Struct({
  id: String,
  name: String,
  group: String,
  vcpu: Struct({ min: Int, max: Int }),
  ramGbPerVcpu: Finite,
  price: Struct({ securePerVcpu: Finite, serverlessPerVcpu: Finite }),
  availability: optionalKey(Level),
  dataCenters: optionalKey(Array(Place))
})

const Template = Struct({
  id: String,
  name: String,
  image: String,
  args: String,
  disk: positive,
  mounts: Mounts,
  ports: Array(String),
  env: Record(String, String),
  registry: NullOr(String),
  serverless: Boolean,
  public: Boolean,
  category: Literals(["CPU", "NVIDIA", "AMD"]),
  startSsh: Boolean,
  startJupyter: Boolean,
  allowedCudaVersions: Array(String)
})

const Volume = Struct({
  id: String,
  name: String,
  size: Int,
  dataCenter: String,
  type: Literals(["STANDARD", "HIGH_PERFORMANCE"])
})

/** What it says when it does what was asked. */
export const answers = {
  pod: Pod,
  podOrNone: Union([Pod, Schema.Undefined]),
  pods: Struct({
    pods: Array(Pod),
    pagination: Struct({ nextCursor: NullOr(String), hasNextPage: Boolean })
  }),
  gpus: Struct({ gpus: Array(Gpu) }),
  cpus: Struct({ cpus: Array(Cpu) }),
  template: Template,
  templates: Struct({ templates: Array(Template) }),
  volume: Volume,
  volumes: Struct({ networkVolumes: Array(Volume) }),
  none: Schema.Undefined,
  anything: Schema.Unknown
}

/** What it says when it does not. */
export const Problem = Struct({
  title: String,
  status: Int,
  detail: String,
  errors: optionalKey(Array(String))
})
