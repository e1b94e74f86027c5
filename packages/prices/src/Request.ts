/**
 * What is asked of a comparison, and how it is read.
 *
 * @since 0.1.0
 */
import { type GpuWish, parseGpu } from "@runctl/core/Accelerator"
import { type Estimate, type Job, jobDefaults, type Work } from "@runctl/core/EffectiveCost"
import type { Query } from "@runctl/core/Ranking"
import { CompareError } from "./CompareError.ts"

/**
 * Which machines, for which job. Everything may be left out.
 *
 * **Details**  `gpu` in any spelling, with memory and number if you like (`A100 80GB`, `h100:8`). `region` is a region, a
 * country (`DE`) or a continent (`europe`). `market` is `either` by default: both prices of an offer are compared.
 * `available` leaves out what is not known to be there now. `limit` bounds the rows of the answer, not what is compared.
 * The job's keys are those of `Job`; defaults and ranges stand there.
 * **Units**    memory and disk: GiB · prices: US dollars
 *
 * @category models
 * @since 0.1.0
 */
export interface CompareRequest {
  readonly gpu?: string
  readonly gpus?: number
  readonly gpuMemoryGiB?: number
  readonly gpuTotalMemoryGiB?: number
  readonly instanceType?: string
  readonly vcpus?: number
  readonly memoryGiB?: number
  readonly diskGiB?: number
  readonly region?: string
  readonly zone?: string
  readonly providers?: ReadonlyArray<string>
  readonly market?: "on-demand" | "spot" | "either"
  readonly available?: boolean
  readonly maxUsdPerHour?: number
  readonly hours?: number
  readonly work?: Work
  readonly checkpointEveryHours?: number
  readonly setupHours?: Estimate
  readonly outputGiB?: Estimate
  readonly stoppedHours?: number
  readonly interruptionsPerHour?: Estimate
  readonly diskUsdPerGiBHour?: Estimate
  readonly stoppedDiskUsdPerGiBHour?: Estimate
  readonly egressUsdPerGiB?: Estimate
  readonly limit?: number
}

/** A request that makes sense. @category models @since 0.1.0 */
export interface Understood {
  readonly query: Query
  readonly job: Job
  readonly gpu: GpuWish | undefined
  readonly providers: ReadonlyArray<string> | undefined
  readonly markets: ReadonlyArray<"on-demand" | "spot">
  readonly available: boolean
  readonly limit: number
}

/** The most that makes sense of each number, and whether nothing does. */
const bounds = {
  gpus: [1, 100_000],
  gpuMemoryGiB: [0, 100_000],
  gpuTotalMemoryGiB: [0, 10_000_000],
  vcpus: [0, 1_000_000],
  memoryGiB: [0, 10_000_000],
  diskGiB: [0, 10_000_000],
  maxUsdPerHour: [0, 1_000_000],
  hours: [0, 1_000_000],
  checkpointEveryHours: [0, 1_000_000],
  setupHours: [0, 10_000],
  outputGiB: [0, 10_000_000],
  stoppedHours: [0, 1_000_000],
  interruptionsPerHour: [0, 1000],
  diskUsdPerGiBHour: [0, 1000],
  stoppedDiskUsdPerGiBHour: [0, 1000],
  egressUsdPerGiB: [0, 1000],
  limit: [1, 10_000_000]
} as const satisfies Partial<Record<keyof CompareRequest, readonly [number, number]>>

const positive: ReadonlySet<string> = new Set(["hours", "checkpointEveryHours"])

const complaint = (name: string, value: number, [least, most]: readonly [number, number]): string | undefined => {
  if (!Number.isFinite(value)) return `${name} is ${value}, which is no number`
  if (value < least || (value === 0 && positive.has(name))) {
    return `${name} is ${value}, and has to be ${positive.has(name) ? "more than 0" : `at least ${least}`}`
  }
  return value > most ? `${name} is ${value}, more than makes sense (${most})` : undefined
}

const check = (request: CompareRequest): void => {
  for (const [name, bound] of Object.entries(bounds)) {
    const value: unknown = Reflect.get(request, name)
    if (value === undefined) continue
    const numbers = typeof value === "object" && value !== null ? Object.values(value) : [value]
    for (const each of numbers) {
      const why = complaint(name, typeof each === "number" ? each : Number.NaN, bound)
      if (why !== undefined) throw new CompareError("BadRequest", why)
    }
    if (typeof value === "object" && value !== null) checkRange(name, value)
  }
  for (const name of ["gpus", "limit"] as const) {
    if (request[name] !== undefined && !Number.isInteger(request[name])) {
      throw new CompareError("BadRequest", `${name} is ${request[name]}, and has to be a whole number`)
    }
  }
}

const checkRange = (name: string, value: object): void => {
  const { expected, high, low }: { low?: unknown; expected?: unknown; high?: unknown } = value
  const isRange = typeof low === "number" && typeof expected === "number" && typeof high === "number"
  if (!isRange || low > expected || expected > high) {
    throw new CompareError("BadRequest", `${name} has to be a number, or low, expected and high in that order`)
  }
}

const checkWork = ({ hours, work }: CompareRequest): void => {
  if (work === undefined) return
  if (hours !== undefined) throw new CompareError("BadRequest", "hours and work both say how long the job is")
  const numbers: ReadonlyArray<readonly [string, number]> = [
    ["gpuHours", work.gpuHours],
    ...Object.entries(work.speeds)
  ]
  for (const [name, value] of numbers) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new CompareError("BadRequest", `${name} is ${value}, and has to be a number greater than 0`)
    }
  }
}

/** What one spelling means for another: the sources' name of Vast.ai. */
const aliases: Readonly<Record<string, string>> = { vast: "vastai", "vast.ai": "vastai", do: "digitalocean" }

const providerNamed = (name: string): string => {
  const lower = name.trim().toLowerCase()
  return aliases[lower] ?? lower
}

const present = <A extends object>(values: { readonly [K in keyof A]: A[K] | undefined }): A => {
  const kept = { ...values }
  for (const key in kept) if (kept[key] === undefined) delete kept[key]
  // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- what is undefined was just left out
  return kept as A
}

/**
 * Reads a request.
 *
 * **Errors**  throws a `CompareError` with the code `BadRequest` or `UnknownGpu`.
 *
 * @category decoding
 * @since 0.1.0
 */
export const understand = (request: CompareRequest): Understood => {
  check(request)
  checkWork(request)
  const gpu = request.gpu === undefined ? undefined : parseGpu(request.gpu)
  if (typeof gpu === "string") throw new CompareError("UnknownGpu", gpu)
  if (gpu?.count !== undefined && request.gpus !== undefined && gpu.count !== request.gpus) {
    throw new CompareError("BadRequest", `"${request.gpu}" asks for ${gpu.count} GPUs, and gpus for ${request.gpus}`)
  }
  const market = request.market ?? "either"
  const query = present<Query>({
    instanceType: request.instanceType,
    gpu: request.gpu,
    gpuCount: request.gpus,
    gpuMemoryGiB: request.gpuMemoryGiB,
    gpuTotalMemoryGiB: request.gpuTotalMemoryGiB,
    vcpus: request.vcpus,
    memoryGiB: request.memoryGiB,
    diskGiB: request.diskGiB,
    region: request.region,
    zone: request.zone,
    labels: undefined,
    market: undefined,
    maxUsdPerHour: request.maxUsdPerHour
  })
  const job = present<Job>({
    hours: request.work === undefined ? (request.hours ?? jobDefaults.hours) : undefined,
    work: request.work,
    checkpointEveryHours: request.checkpointEveryHours,
    setupHours: request.setupHours,
    outputGiB: request.outputGiB,
    diskGiB: request.diskGiB,
    stoppedHours: request.stoppedHours,
    interruptionsPerHour: request.interruptionsPerHour,
    diskUsdPerGiBHour: request.diskUsdPerGiBHour,
    stoppedDiskUsdPerGiBHour: request.stoppedDiskUsdPerGiBHour,
    egressUsdPerGiB: request.egressUsdPerGiB
  })
  return {
    query,
    job,
    gpu,
    providers: request.providers?.map(providerNamed),
    markets: market === "either" ? ["on-demand", "spot"] : [market],
    available: request.available === true,
    limit: request.limit ?? Infinity
  }
}
