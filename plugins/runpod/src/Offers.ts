/**
 * RunPod's catalogue as offers.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer, type OfferQuery } from "@runctl/core/Offer"
import * as DateTime from "effect/DateTime"
import type * as Answers from "./Answers.ts"
import type { Read } from "./Catalogue.ts"
import type { CloudKind, Settings } from "./Settings.ts"
import * as Types from "./Types.ts"

/** The provider's name. @category constants @since 0.1.0 */
export const provider = "runpod"

/** Where a pod is whose data center nobody tells. @category constants @since 0.1.0 */
export const anywhere = "any"

/**
 * What every pod is asked to have at least for each GPU: the catalogue tells nothing of it.
 *
 * **Units**  memoryGb: GB
 *
 * @category constants
 * @since 0.1.0
 */
export const least = { vcpus: 2, memoryGb: 8 } as const

/** More than this for each GPU no host has: asking for it would only look as if there were none left. */
const most = { vcpus: 32, memoryGb: 256 } as const

/** A month of RunPod's prices. **Units**  hours */
const month = 730
const bytesPerGb = 1e9
const bytesPerGiB = 2 ** 30

/** GiB as whole GB, never less. @category conversions @since 0.1.0 */
export const gbOf = (gib: number): number => Math.ceil((gib * bytesPerGiB) / bytesPerGb - 1e-9)

const gibOf = (gb: number): number => (gb * bytesPerGb) / bytesPerGiB

/**
 * What a GB of disk costs: a container's disk and a volume while a pod runs, and a volume while it is stopped.
 *
 * **Units**  US dollars per GB and hour
 *
 * @source https://docs.runpod.io/pods/pricing (read 2026-11-27)
 * @category constants
 * @since 0.1.0
 */
export const diskUsdPerGbHour = { running: 0.1 / month, stopped: 0.2 / month } as const

const disks = {
  diskUsdPerGiBHour: (diskUsdPerGbHour.running * bytesPerGiB) / bytesPerGb,
  stoppedDiskUsdPerGiBHour: (diskUsdPerGbHour.stopped * bytesPerGiB) / bytesPerGb,
  egressUsdPerGiB: 0
}

/** What an offer is made for: the request may ask for more than every pod has. @category models @since 0.1.0 */
export type Wanted = Pick<OfferQuery, "vcpus" | "memoryGiB" | "diskGiB">

/** As much as was asked for, where that may be had; else what every pod has. */
const shareOf = (
  wanted: number | undefined,
  count: number,
  { least, most }: { readonly least: number; readonly most: number }
) => (wanted === undefined || wanted > most * count ? least * count : Math.max(least * count, wanted))

/** Where it is to be had, and whether it is now. */
const placesOf = ({ availability, dataCenters }: Answers.Gpu | Answers.Cpu) => {
  const isThere = (level: string | null | undefined) => level !== undefined && level !== null && level !== "NONE"
  const all = (dataCenters ?? []).map(({ id, availability: level }) => ({ region: id, available: isThere(level) }))
  return all.length > 0 ? all : [{ region: anywhere, available: isThere(availability) }]
}

const priced = (usdPerHour: number | null | undefined): Partial<Offer> =>
  // A price of nothing is none: it stands where nothing is to be had.
  typeof usdPerHour === "number" && usdPerHour > 0 ? { onDemandUsdPerHour: UsdPerHour.make(usdPerHour) } : {}

const diskOf = ({ diskGiB }: Wanted, { diskGb }: Settings): GiB => GiB.make(Math.max(diskGiB ?? 0, gibOf(diskGb)))

/** What so many GPUs of a kind cost in a cloud, where that is said. @category accessors @since 0.1.0 */
export const priceOf = ({ price }: Answers.Gpu, cloud: CloudKind, count: number): number | undefined => {
  const each = price?.[cloud]
  return typeof each === "number" && each > 0 ? each * count : undefined
}

/** Whether so many of a kind may be asked for at all in a cloud. @category predicates @since 0.1.0 */
export const isRentedOut = (gpu: Answers.Gpu, cloud: CloudKind, count: number): boolean =>
  // There is a price also where it is not rented out.
  gpu[cloud] !== false && count <= (gpu.maxCount?.[cloud] ?? count)

/**
 * One offer for each kind of GPU and data center that has so many.
 *
 * @category conversions
 * @since 0.1.0
 */
export const ofGpus = (
  { at, value }: Read<Answers.Gpu>,
  { cloud, count }: { readonly cloud: CloudKind; readonly count: number },
  { settings, source, wanted }: { readonly settings: Settings; readonly source: string; readonly wanted: Wanted }
): ReadonlyArray<Offer> =>
  value
    .filter((gpu) => isRentedOut(gpu, cloud, count))
    .flatMap((gpu) =>
      placesOf(gpu).map(({ available, region }) => ({
        provider,
        region,
        instanceType: Types.nameOf({ _tag: "Gpu", slug: Types.slugOf(gpu.id), count, cloud }),
        gpu: gpu.name ?? gpu.id,
        gpuCount: count,
        // Of one GPU; what is called GB here is printed on the card.
        ...(gpu.memory === undefined || gpu.memory === null ? {} : { gpuMemoryGiB: GiB.make(gpu.memory) }),
        vcpus: shareOf(wanted.vcpus, count, { least: least.vcpus, most: most.vcpus }),
        memoryGiB: GiB.make(
          shareOf(wanted.memoryGiB, count, { least: gibOf(least.memoryGb), most: gibOf(most.memoryGb) })
        ),
        diskGiB: diskOf(wanted, settings),
        ...priced(priceOf(gpu, cloud, count)),
        ...disks,
        available,
        labels: [cloud],
        source,
        asOf: DateTime.makeUnsafe(at)
      }))
    )

/** Powers of two, as many vCPUs as a kind has. */
const sizesOf = ({ vcpu }: Answers.Cpu): ReadonlyArray<number> =>
  [2, 4, 8, 16, 32, 64, 128].filter((vcpus) => vcpus >= vcpu.min && vcpus <= vcpu.max)

/** What a CPU pod costs, where that is said. @category accessors @since 0.1.0 */
export const cpuPriceOf = ({ price }: Answers.Cpu, vcpus: number): number | undefined =>
  typeof price?.securePerVcpu === "number" && price.securePerVcpu > 0 ? price.securePerVcpu * vcpus : undefined

/** One offer for each kind of CPU, number of vCPUs and data center. @category conversions @since 0.1.0 */
export const ofCpus = (
  { at, value }: Read<Answers.Cpu>,
  { settings, source, wanted }: { readonly settings: Settings; readonly source: string; readonly wanted: Wanted }
): ReadonlyArray<Offer> =>
  value.flatMap((cpu) =>
    sizesOf(cpu).flatMap((vcpus) =>
      placesOf(cpu).map(({ available, region }) => ({
        provider,
        region,
        instanceType: Types.nameOf({ _tag: "Cpu", slug: Types.slugOf(cpu.id), vcpus }),
        gpuCount: 0,
        vcpus,
        memoryGiB: GiB.make(gibOf(cpu.ramGbPerVcpu * vcpus)),
        diskGiB: diskOf(wanted, settings),
        ...priced(cpuPriceOf(cpu, vcpus)),
        ...disks,
        available,
        labels: ["secure"],
        source,
        asOf: DateTime.makeUnsafe(at)
      }))
    )
  )
