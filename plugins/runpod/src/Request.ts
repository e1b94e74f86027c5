/**
 * What a pod is asked for with, and what is wrong with it before anybody is asked.
 *
 * @since 0.1.0
 */
import { formatUsd } from "@runctl/core/Money"
import { didYouMean } from "@runctl/core/Nearest"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import type * as Answers from "./Answers.ts"
import * as Boot from "./Boot.ts"
import * as Offers from "./Offers.ts"
import { markEnv } from "./Pods.ts"
import type { CloudKind, Settings } from "./Settings.ts"

/**
 * The images that are used where none is named: with CUDA and PyTorch for GPUs, and without for CPUs. Both have sshd.
 *
 * @source https://docs.runpod.io/api-reference-v2/pods/create-a-pod and https://hub.docker.com/r/runpod/base (read 2026-11-27)
 * @category constants
 * @since 0.1.0
 */
export const images = {
  gpu: "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
  cpu: "runpod/base:1.0.2-ubuntu2404"
} as const

/** What was chosen: a kind of GPU or CPU with its price. @category models @since 0.1.0 */
export type Chosen =
  | { readonly _tag: "Gpu"; readonly gpu: Answers.Gpu; readonly count: number; readonly cloud: CloudKind }
  | { readonly _tag: "Cpu"; readonly cpu: Answers.Cpu; readonly vcpus: number }

/** How many bytes a text has in UTF-8. @category accessors @since 0.1.0 */
export const bytesIn = (text: string): number => {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
  }
  return bytes
}

/** What is wrong with a request whatever the catalogue says; nothing is asked then. @category decisions @since 0.1.0 */
export const refusalOf = ({ bootstrap, market }: CreateRequest): ProviderError.Reason | undefined => {
  if (market === "spot") {
    return new ProviderError.UnsupportedCapability({ message: "RunPod's REST API has no spot market" })
  }
  if (bootstrap.format === "cloud-config") {
    return new ProviderError.UnsupportedCapability({ message: "a pod is a container: it has no cloud-init" })
  }
  const bytes = bytesIn(bootstrap.content)
  return bytes > Boot.mostScript
    ? new ProviderError.Rejected({
        message: `what the machine is to do at boot has ${bytes} bytes, RunPod carries ${Boot.mostScript}`
      })
    : undefined
}

const placesOf = (chosen: Chosen): ReadonlyArray<string> => {
  const kind = chosen._tag === "Gpu" ? chosen.gpu : chosen.cpu
  return (kind.dataCenters ?? []).filter(({ availability }) => availability !== "NONE").map(({ id }) => id)
}

/** What it costs now, where that is said. @category accessors @since 0.1.0 */
export const usdPerHourOf = (chosen: Chosen): number | undefined =>
  chosen._tag === "Gpu"
    ? Offers.priceOf(chosen.gpu, chosen.cloud, chosen.count)
    : Offers.cpuPriceOf(chosen.cpu, chosen.vcpus)

/** What the catalogue says against a request. @category decisions @since 0.1.0 */
export const refusalBy = (chosen: Chosen, { offer, priceLimit }: CreateRequest): ProviderError.Reason | undefined => {
  const type = offer.instanceType
  const price = usdPerHourOf(chosen)
  if (priceLimit !== undefined && (price === undefined || price > priceLimit * (1 + 1e-9))) {
    const costs = price === undefined ? "has no known price" : `costs ${formatUsd(price)}/h`
    return new ProviderError.PriceTooLow({ message: `${type} ${costs}, at most ${formatUsd(priceLimit)}/h wanted` })
  }
  if (chosen._tag === "Gpu" && !Offers.isRentedOut(chosen.gpu, chosen.cloud, chosen.count)) {
    return new ProviderError.OutOfCapacity({ message: `RunPod does not rent out ${type}` })
  }
  const places = placesOf(chosen)
  if (offer.region === Offers.anywhere || places.includes(offer.region)) return undefined
  const where = places.length === 0 ? "no data center has it now" : `it is in ${places.toSorted().join(", ")}`
  return new ProviderError.OutOfCapacity({
    message: `${offer.region} does not have ${type} now; ${where}.${didYouMean(offer.region, places)}`
  })
}

/** The id of a template in what somebody calls an image. @category parsing @since 0.1.0 */
export const templateIn = (image: string | undefined): string | undefined =>
  /^template:([A-Za-z0-9_-]{1,64})$/.exec(image ?? "")?.[1]

/** What the disks of a pod are to be. **Units**  GB @category models @since 0.1.0 */
export interface Disks {
  readonly container: number
  /** Of the volume that a stop keeps; 0 for none. */
  readonly volume: number
}

/** The disk that was asked for is the one that lasts longest. @category decisions @since 0.1.0 */
export const disksFor = (
  chosen: Chosen,
  { diskGiB }: CreateRequest,
  { diskGb, networkVolume, volumeGb }: Settings
): Disks => {
  const wanted = diskGiB === undefined ? 0 : Offers.gbOf(diskGiB)
  const hasVolume = chosen._tag === "Gpu" && networkVolume === undefined && volumeGb > 0
  return hasVolume
    ? { container: diskGb, volume: Math.max(volumeGb, wanted) }
    : { container: Math.max(diskGb, wanted), volume: 0 }
}

const shapeOf = (chosen: Chosen, { offer }: CreateRequest, { minCuda }: Settings) => {
  if (chosen._tag === "Cpu") return { cpu: { id: chosen.cpu.id, vcpuCount: chosen.vcpus } }
  const { cloud, count, gpu } = chosen
  return {
    cloud: cloud.toUpperCase(),
    gpu: {
      id: gpu.id,
      count,
      ...(gpu.manufacturer === "AMD" ? {} : { minCudaVersion: minCuda }),
      minVcpuCountPerGpu: Math.max(1, Math.ceil(offer.vcpus / count - 1e-9)),
      minRamPerGpu: Math.max(1, Math.ceil(Offers.gbOf(offer.memoryGiB) / count))
    }
  }
}

/**
 * The body of the one request that rents.
 *
 * **Details**  `ports` are those of a template, which would be lost otherwise.
 *
 * @category conversions
 * @since 0.1.0
 */
export const bodyOf = (
  chosen: Chosen,
  request: CreateRequest,
  {
    disks,
    networkVolume,
    ports,
    settings
  }: {
    readonly disks: Disks
    readonly networkVolume: string | undefined
    readonly ports: ReadonlyArray<string>
    readonly settings: Settings
  }
): Readonly<Record<string, unknown>> => {
  const { authorizedKey, bootstrap, image, mark, offer } = request
  const { args, env, startSsh } = Boot.toldOf(bootstrap, { authorizedKey, hasVolume: disks.volume > 0 })
  const template = templateIn(image)
  return {
    name: Ownership.toName(mark),
    ...(template === undefined
      ? { image: image ?? (chosen._tag === "Gpu" ? images.gpu : images.cpu) }
      : { templateId: template }),
    ...shapeOf(chosen, request, settings),
    ...(offer.region === Offers.anywhere ? {} : { dataCenterIds: [offer.region] }),
    disk: disks.container,
    ...(disks.volume > 0 ? { mounts: { persistent: { size: disks.volume, path: Boot.volumePath } } } : {}),
    ...(networkVolume === undefined
      ? {}
      : { mounts: { network: [{ volumeId: networkVolume, path: Boot.volumePath }] } }),
    ports: [...new Set(["22/tcp", ...ports])],
    env: { ...markEnv(mark, offer.region), ...env },
    ...(args === undefined ? {} : { args }),
    ...(startSsh === undefined ? {} : { startSsh }),
    ...(settings.registry === undefined ? {} : { registry: settings.registry })
  }
}
