/**
 * What hosts offer, as offers: one for each host and number of its GPUs.
 *
 * @since 0.1.0
 */
import { parseGpu } from "@runctl/core/Accelerator"
import { defaults } from "@runctl/core/Defaults"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Market, type Offer, type OfferQuery } from "@runctl/core/Offer"
import * as Places from "@runctl/core/Place"
import * as ProviderError from "@runctl/core/ProviderError"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { Ask } from "./Answers.ts"

/** The provider's name. @category constants @since 0.1.0 */
export const provider = "vastai"

/** How much disk is rented where nobody says how much. **Units**  GiB @category constants @since 0.1.0 */
export const usualDisk: GiB = GiB.make(32)

/** More than a search has ever found; the API's own limit is low. */
const mostAsks = 5000

/** A month of storage has so many hours: what is charged for an hour is the month's price over this. */
const hoursInMonth = 720

const mebibytes = 1024

/** A GB of traffic is 10^9 bytes, a GiB is 2^30. */
const gigabytesInGibibyte = 1024 ** 3 / 1000 ** 3

/** Which hosts are good enough. @category models @since 0.1.0 */
export interface Filters {
  readonly verified: boolean
  readonly datacenter: boolean
  readonly minReliability: number
  readonly minDownloadMbps: number
}

/** The host and the number of GPUs that an instance type names. @category models @since 0.1.0 */
export interface Shape {
  readonly machine: number
  readonly gpus: number
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")

/**
 * The name of what a host offers, which stays while the ids of its offers change: `m22990-1x-rtx-4090`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const typeOf = ({
  gpu_name: name,
  machine_id: machine,
  num_gpus: gpus
}: {
  readonly machine_id: number
  readonly num_gpus: number
  readonly gpu_name?: string | null
}): string => `m${machine}-${gpus}x-${slug(name ?? "") || (gpus === 0 ? "cpu" : "gpu")}`

/** The shape behind an instance type; `undefined` for what is none. @category conversions @since 0.1.0 */
export const shapeOf = (instanceType: string): Shape | undefined => {
  const [, machine, gpus] = /^m(\d{1,12})-(\d{1,3})x-[a-z0-9-]+$/.exec(instanceType) ?? []
  return machine === undefined || gpus === undefined ? undefined : { machine: Number(machine), gpus: Number(gpus) }
}

/** That an instance type is none of this cloud's. @category constructors @since 0.1.0 */
export const unknownType = (instanceType: string): ProviderError.Rejected =>
  new ProviderError.Rejected({
    message: `${JSON.stringify(instanceType)} is no instance type of Vast.ai: they name a host and its GPUs, like m22990-1x-rtx-4090`
  })

/**
 * The region behind `City, CC`: the country's two letters. A country that is written out is a word of its own; of what
 * says nothing it is `unknown`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const regionOf = ({
  country_code: code,
  geolocation
}: {
  readonly geolocation?: string | null
  readonly country_code?: string | null
}): string => {
  const last = (geolocation ?? "").split(",").at(-1)?.trim() ?? ""
  const country = [last, code ?? ""].find((each) => /^[a-z]{2}$/i.test(each))
  return country?.toUpperCase() ?? (slug(last) || "unknown")
}

/** What is wrong with what is asked for, whatever is offered. @category decisions @since 0.1.0 */
export const mistakeIn = ({ instanceType }: OfferQuery): ProviderError.Rejected | undefined =>
  instanceType === undefined || shapeOf(instanceType) !== undefined ? undefined : unknownType(instanceType)

const continents = new Set(["AF", "AS", "EU", "NA", "OC", "SA"])

/** The one country that a region means, where it means one. */
const countryOf = (region: string): string | undefined => {
  const code = region.trim().toUpperCase()
  return /^[A-Z]{2}$/.test(code) && !continents.has(code) ? Places.placeOf(code).country : undefined
}

/** How many GPUs are wanted at least: whoever speaks of GPUs wants one. */
const gpusIn = ({ gpu, gpuCount, gpuMemoryGiB, gpuTotalMemoryGiB }: OfferQuery): number | undefined => {
  const wish = gpu === undefined ? undefined : parseGpu(gpu)
  const count = typeof wish === "object" ? wish.count : undefined
  const isAsked = gpu !== undefined || gpuMemoryGiB !== undefined || gpuTotalMemoryGiB !== undefined
  return gpuCount ?? count ?? (isAsked ? 1 : undefined)
}

/** A GPU reports less than what is printed on it, by a tenth at most. */
const reported = 0.9

const atLeast = (least: number | undefined) => (least === undefined || least <= 0 ? undefined : { gte: least })

const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/**
 * The search for what is asked for. The API narrows it down as far as it can; what comes back is looked at again.
 *
 * **Details**  a host whose contracts end within a day is left out: that is how long a machine is kept at most unless
 * somebody says otherwise.
 *
 * @category conversions
 * @since 0.1.0
 */
export const searchFor = (query: OfferQuery, filters: Filters): Readonly<Record<string, unknown>> => {
  const { diskGiB = usualDisk, gpuMemoryGiB, region, vcpus } = query
  const shape = query.instanceType === undefined ? undefined : shapeOf(query.instanceType)
  const country = region === undefined ? undefined : countryOf(region)
  return defined({
    ...(filters.verified ? { verified: { eq: true } } : {}),
    ...(filters.datacenter ? { datacenter: { eq: true } } : {}),
    external: { eq: false },
    rentable: { eq: true },
    rented: { eq: false },
    reliability: atLeast(filters.minReliability),
    inet_down: atLeast(filters.minDownloadMbps),
    machine_id: shape === undefined ? undefined : { eq: shape.machine },
    num_gpus: shape === undefined ? atLeast(gpusIn(query)) : { eq: shape.gpus },
    gpu_ram: gpuMemoryGiB === undefined ? undefined : { gte: Math.floor(gpuMemoryGiB * reported * mebibytes) },
    cpu_cores_effective: atLeast(vcpus),
    geolocation: country === undefined ? undefined : { in: [country] },
    disk_space: { gte: diskGiB },
    direct_port_count: { gte: 1 },
    duration: { gte: Duration.toSeconds(defaults.deadline) },
    type: query.market === "spot" ? "bid" : "on-demand",
    allocated_storage: diskGiB,
    order: [
      ["dph_total", "asc"],
      ["id", "asc"]
    ],
    limit: mostAsks
  })
}

/** Whether a host is as good as the settings want; one that does not say so is not. */
const isGoodEnough = (ask: Ask, { minReliability, verified }: Filters): boolean => {
  const reliability = ask.reliability2 ?? ask.reliability
  return (
    ask.external !== true &&
    (!verified || ask.verification === "verified") &&
    (minReliability <= 0 || (typeof reliability === "number" && reliability >= minReliability))
  )
}

/** The host's price for what is asked. **Units**  US dollars per hour @category accessors @since 0.1.0 */
export const priceIn = ({ dph_base: base, min_bid: bid }: Ask, market: Market): number | undefined =>
  (market === "spot" ? bid : base) ?? undefined

/** Of several offers of one shape the cheapest, among equals the one that came first. */
const cheapest = (asks: ReadonlyArray<Ask>, market: Market): ReadonlyArray<Ask> => {
  const best = new Map<string, Ask>()
  for (const ask of asks) {
    const type = typeOf(ask)
    const known = best.get(type)
    const isCheaper = known === undefined || (priceIn(ask, market) ?? Infinity) < (priceIn(known, market) ?? Infinity)
    if (isCheaper) best.set(type, ask)
  }
  return [...best.values()]
}

/** A share of the host's memory as large as that of its cores; unknown where the host does not say how many it has. */
const memoryOf = ({ cpu_cores: cores, cpu_cores_effective: share, cpu_ram: memory }: Ask): GiB | undefined => {
  if (typeof cores !== "number" || typeof share !== "number" || typeof memory !== "number" || cores <= 0) {
    return undefined
  }
  return GiB.make(Math.floor(((memory * Math.min(share, cores)) / cores / mebibytes) * 10) / 10)
}

/** What is charged for a GiB of disk. **Units**  US dollars per hour @category accessors @since 0.1.0 */
export const diskRateOf = ({ storage_cost: cost }: { readonly storage_cost?: number | null }): number | undefined =>
  typeof cost === "number" ? cost / hoursInMonth : undefined

/** When and where offers were read, how much disk they are to have, and in which market. @category models @since 0.1.0 */
export interface Reading {
  readonly source: string
  readonly asOf: DateTime.Utc
  readonly diskGiB: GiB
  readonly market: Market
}

const offerOf = (ask: Ask, { asOf, diskGiB, market, source }: Reading): ReadonlyArray<Offer> => {
  const { cpu_cores_effective: vcpus, gpu_name: name, gpu_ram: gpuRam, num_gpus: gpuCount } = ask
  const memoryGiB = memoryOf(ask)
  const onDemand = market === "on-demand" ? priceIn(ask, "on-demand") : undefined
  const spot = priceIn(ask, "spot")
  const diskRate = diskRateOf(ask)
  const { inet_up_cost: upload } = ask
  if (typeof vcpus !== "number" || memoryGiB === undefined) return []
  return [
    {
      provider,
      region: regionOf(ask),
      instanceType: typeOf(ask),
      ...(gpuCount === 0 || (name ?? "").trim() === "" ? {} : { gpu: (name ?? "").trim() }),
      gpuCount,
      ...(gpuCount === 0 || typeof gpuRam !== "number"
        ? {}
        : { gpuMemoryGiB: GiB.make(Math.round(gpuRam / mebibytes)) }),
      vcpus,
      memoryGiB,
      diskGiB,
      ...(onDemand === undefined ? {} : { onDemandUsdPerHour: UsdPerHour.make(onDemand) }),
      ...(spot === undefined ? {} : { spotUsdPerHour: UsdPerHour.make(spot) }),
      ...(diskRate === undefined ? {} : { diskUsdPerGiBHour: diskRate }),
      ...(typeof upload === "number" ? { egressUsdPerGiB: upload * gigabytesInGibibyte } : {}),
      available: ask.rentable !== false,
      source,
      asOf
    }
  ]
}

/**
 * The offers of hosts that are good enough: of each shape the cheapest. One whose memory is not known is left out.
 *
 * @category conversions
 * @since 0.1.0
 */
export const offersOf = (asks: ReadonlyArray<Ask>, filters: Filters, reading: Reading): ReadonlyArray<Offer> =>
  cheapest(
    asks.filter((ask) => isGoodEnough(ask, filters)),
    reading.market
  ).flatMap((ask) => offerOf(ask, reading))

/** The offer of a shape among others, good enough and the cheapest. @category queries @since 0.1.0 */
export const askFor = (
  asks: ReadonlyArray<Ask>,
  { gpus, machine }: Shape,
  filters: Filters,
  market: Market
): Ask | undefined => {
  const fitting = asks.filter(
    (ask) => ask.machine_id === machine && ask.num_gpus === gpus && ask.rentable !== false && isGoodEnough(ask, filters)
  )
  return cheapest(fitting, market).toSorted(
    (left, right) => (priceIn(left, market) ?? Infinity) - (priceIn(right, market) ?? Infinity)
  )[0]
}
