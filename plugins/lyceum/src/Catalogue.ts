/**
 * What Lyceum rents out and for how much.
 *
 * @since 0.1.0
 */
import type { CallError, CloudApi } from "@runctl/core/CloudApi"
import { UsdPerHour } from "@runctl/core/Money"
import { didYouMean, nearest } from "@runctl/core/Nearest"
import { GiB, type Market, type Offer, type OfferQuery } from "@runctl/core/Offer"
import * as ProviderError from "@runctl/core/ProviderError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Answers from "./Answers.ts"
import { prefix } from "./Api.ts"
import { provider, region, typeOf } from "./Vms.ts"

/** A machine's shape and market: `h100` with 2 GPUs, spot. @category models @since 0.1.0 */
export interface Shape {
  readonly profile: string
  readonly count: number
}

/**
 * Prices, and what can be had, as they were at a time.
 *
 * **Details**  `usdPerHour` by `on-demand.h100.2x`; `stock` by `on-demand.h100`: with how many GPUs there are machines now,
 * and no entry where there never are any.
 *
 * @category models
 * @since 0.1.0
 */
export interface Catalogue {
  readonly usdPerHour: ReadonlyMap<string, number>
  readonly stock: ReadonlyMap<string, ReadonlySet<number>>
  readonly asOf: DateTime.Utc
}

/** What the API counts VMs by. */
const meter = "vm_running"

/** The counts that a machine may have; none at all would silently be one. @category constants @since 0.1.0 */
export const counts: ReadonlyArray<number> = [1, 2, 4, 8]

/**
 * What a GPU of a profile comes with, which no endpoint tells. The last two were not measured.
 *
 * **Units**  memoryGiB: GiB · gpuMemoryMiB: MiB
 *
 * @source measurements of 2026-08-07, published by a third party
 */
const shares: Readonly<
  Record<string, { readonly vcpus: number; readonly memoryGiB: number; readonly gpuMemoryMiB: number }>
> = {
  l40s: { vcpus: 12, memoryGiB: 70, gpuMemoryMiB: 46_068 },
  a100: { vcpus: 16, memoryGiB: 94, gpuMemoryMiB: 81_920 },
  h100: { vcpus: 32, memoryGiB: 181, gpuMemoryMiB: 81_559 },
  h200: { vcpus: 16, memoryGiB: 196, gpuMemoryMiB: 143_771 },
  b200: { vcpus: 32, memoryGiB: 181, gpuMemoryMiB: 183_359 },
  b300: { vcpus: 32, memoryGiB: 181, gpuMemoryMiB: 288_358 }
}

/** A machine has at least so much, 100 GB; how much more nobody says. @category constants @since 0.1.0 */
export const leastDisk: GiB = GiB.make(93)

const key = (market: Market, { count, profile }: Shape): string => `${market}.${typeOf(profile, count)}`

/** The shape behind a type; nothing for what nobody rents out. @category parsing @since 0.1.0 */
export const shapeOf = (instanceType: string): Shape | undefined => {
  const [, profile, digits] = /^([a-z0-9-]+)\.(\d+)x$/.exec(instanceType) ?? []
  const count = Number(digits)
  return profile !== undefined && counts.includes(count) ? { profile, count } : undefined
}

const numberIn = (amount: number | string | null | undefined): number | undefined => {
  const text = typeof amount === "string" ? amount.trim() : amount
  const value = text === "" || text === undefined || text === null ? Number.NaN : Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

const perUnit: Readonly<Record<string, number>> = { second: 3600, minute: 60, hour: 1 }

/** What an hour costs, to a millionth: both prices are text, and one is for a second. */
const hourOf = ({ unit, unit_price: price, unit_price_per_hour: perHour }: Answers.Price): number | undefined => {
  const units = perUnit[unit ?? ""]
  const byUnit = numberIn(price)
  const hour = numberIn(perHour) ?? (units === undefined || byUnit === undefined ? undefined : byUnit * units)
  return hour === undefined ? undefined : Math.round(hour * 1e6) / 1e6
}

const priceKey = /^(on-demand|spot)\.([^.]+)\.(\d+)x$/

/** What machines cost, by market and type. Other meters share the list. @category conversions @since 0.1.0 */
export const pricesOf = (rows: ReadonlyArray<Answers.Price>): ReadonlyMap<string, number> =>
  new Map(
    rows.flatMap((row) => {
      const name = row.applies_to?.hardware_profile ?? ""
      const hour = hourOf(row)
      return row.meter_slug === meter && priceKey.test(name) && hour !== undefined ? [[name, hour] as const] : []
    })
  )

/** With how many GPUs there are machines, by market and profile. @category conversions @since 0.1.0 */
export const stockOf = (variants: ReadonlyArray<Answers.Variant>): ReadonlyMap<string, ReadonlySet<number>> =>
  new Map(
    variants.map(({ available_gpus_per_instance: available, hardware_profile, instance_type }) => [
      `${instance_type}.${hardware_profile}`,
      new Set((available ?? []).map(Number).filter(Number.isInteger))
    ])
  )

/** What a machine of a type costs per hour in a market. @category accessors @since 0.1.0 */
export const priceOf = ({ usdPerHour }: Catalogue, market: Market, instanceType: string): number | undefined =>
  usdPerHour.get(`${market}.${instanceType}`)

/** A market has a shape when it has both a price for it and, if not now, machines. */
const isRented = ({ stock, usdPerHour }: Catalogue, market: Market, shape: Shape): boolean =>
  usdPerHour.has(key(market, shape)) && stock.has(`${market}.${shape.profile}`)

const shapesOf = ({ usdPerHour }: Catalogue): ReadonlyArray<Shape> => {
  const types = new Set([...usdPerHour.keys()].map((name) => name.replace(/^(on-demand|spot)\./, "")))
  return [...types].flatMap((type) => shapeOf(type) ?? [])
}

/** The types that there are in any market. @category accessors @since 0.1.0 */
export const typesOf = (catalogue: Catalogue): ReadonlyArray<string> =>
  shapesOf(catalogue)
    .map(({ count, profile }) => typeOf(profile, count))
    .toSorted()

/**
 * What a market offers. A price is there for both, where both have one; `available` is the market's own.
 *
 * @category conversions
 * @since 0.1.0
 */
export const offersOf = (catalogue: Catalogue, market: Market, endpoint: string): ReadonlyArray<Offer> =>
  shapesOf(catalogue)
    .filter((shape) => isRented(catalogue, market, shape))
    .map((shape) => {
      const { count, profile } = shape
      const share = shares[profile]
      const price = (each: Market) =>
        isRented(catalogue, each, shape) ? catalogue.usdPerHour.get(key(each, shape)) : undefined
      const [onDemand, spot] = [price("on-demand"), price("spot")]
      return {
        provider,
        region,
        instanceType: typeOf(profile, count),
        gpu: profile.toUpperCase(),
        gpuCount: count,
        ...(share === undefined ? {} : { gpuMemoryGiB: GiB.make(Math.round(share.gpuMemoryMiB / 1024)) }),
        vcpus: (share?.vcpus ?? 0) * count,
        memoryGiB: GiB.make((share?.memoryGiB ?? 0) * count),
        diskGiB: leastDisk,
        ...(onDemand === undefined ? {} : { onDemandUsdPerHour: UsdPerHour.make(onDemand) }),
        ...(spot === undefined ? {} : { spotUsdPerHour: UsdPerHour.make(spot) }),
        available: catalogue.stock.get(`${market}.${profile}`)?.has(count) === true,
        source: `${endpoint}${prefix}/pricing`,
        asOf: catalogue.asOf
      }
    })

/** That there is no such type, and what was meant. @category decisions @since 0.1.0 */
export const noType = (catalogue: Catalogue, instanceType: string): ProviderError.Rejected => {
  const types = typesOf(catalogue)
  return new ProviderError.Rejected({
    message: `Lyceum has no type "${instanceType}".${didYouMean(instanceType, types)} A type is a profile and a number of GPUs, 1, 2, 4 or 8, like ${types[0] ?? "h100.1x"}`
  })
}

/**
 * What is wrong with a query whose type was probably mistyped. A name that is like none of ours may be another cloud's.
 *
 * @category decisions
 * @since 0.1.0
 */
export const mistakeIn = (catalogue: Catalogue, { instanceType }: OfferQuery): ProviderError.Rejected | undefined => {
  const types = typesOf(catalogue)
  return instanceType === undefined || types.includes(instanceType) || nearest(instanceType, types).length === 0
    ? undefined
    : noType(catalogue, instanceType)
}

/** The catalogue, no older than a minute. @category models @since 0.1.0 */
export type Read = Effect.Effect<Catalogue, CallError>

/** Prices do not move by the second; what there is does, and no list of it is a promise. **Units**  milliseconds */
const fresh = 60_000

/**
 * Reads the catalogue, once for all who ask at the same time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (api: CloudApi): Read => {
  let last: Catalogue | undefined
  const oneAtATime = Semaphore.makeUnsafe(1)
  const get = (path: string) => api.call({ method: "GET", path: `${prefix}${path}` })
  const read = Effect.gen(function* () {
    const now = yield* DateTime.now
    if (last !== undefined && Math.abs(now.epochMilliseconds - last.asOf.epochMilliseconds) < fresh) return last
    const [prices, variants] = yield* Effect.all(
      [Effect.flatMap(get("/pricing"), Answers.prices), Effect.flatMap(get("/vms/availability"), Answers.variants)],
      { concurrency: 2 }
    )
    last = { usdPerHour: pricesOf(prices), stock: stockOf(variants), asOf: now }
    return last
  })
  return oneAtATime.withPermit(read)
}
