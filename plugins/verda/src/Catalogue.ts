/**
 * What Verda rents out, where and for how much.
 *
 * @since 0.1.0
 */
import { canonicalName } from "@runctl/core/Accelerator"
import type { CallError, CloudApi as Client } from "@runctl/core/CloudApi"
import { UsdPerHour } from "@runctl/core/Money"
import { didYouMean, nearest } from "@runctl/core/Nearest"
import { GiB, type Market, type Offer, type OfferQuery } from "@runctl/core/Offer"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as ProviderError from "@runctl/core/ProviderError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import { provider } from "./Instances.ts"

const Read = Schema.Struct({
  types: Schema.Array(Answers.InstanceType),
  locations: Schema.Array(Schema.NonEmptyString),
  onDemand: Schema.Array(Answers.Availability),
  spot: Schema.Array(Answers.Availability),
  diskUsdPerGiBMonth: Schema.Finite
})

/**
 * Types, locations, what can be had in which market, and the price of disks, as they were at a time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Catalogue extends Schema.Schema.Type<typeof Read> {
  readonly asOf: DateTime.Utc
}

/** What can be had changes by the minute. */
const current = Duration.minutes(1)

/** What is only shown may be a little older: what is rented is looked up again. */
const shown = Duration.minutes(5)

/** **Units**  hours */
const month = 730

/**
 * What a GiB of disk costs in a month, where the API does not say it.
 *
 * @source https://api.verda.com/v1/volume-types, in the documentation's example (a copy of 2026-09-25)
 * @category constants
 * @since 0.1.0
 */
export const usualDiskUsdPerGiBMonth = 0.2

/**
 * What a disk is charged for an hour: rounded up to the tenth of a thousandth.
 *
 * @source https://github.com/verda-cloud/verda-cli, cmd/util/pricing.go (read 2026-11-20)
 * @category conversions
 * @since 0.1.0
 */
export const diskUsdPerHour = (gib: number, usdPerGiBMonth: number): number =>
  Math.ceil(((usdPerGiBMonth * gib) / month) * 1e4) / 1e4

/** How many GPUs a type has. @category accessors @since 0.1.0 */
export const gpusOf = ({ gpu }: Answers.InstanceType): number => gpu?.number_of_gpus ?? 0

/** What the whole of an instance costs; nothing where it is not said in US dollars. @category accessors @since 0.1.0 */
export const priceOf = (type: Answers.InstanceType, market: Market): number | undefined => {
  const price = market === "spot" ? type.spot_price : type.price_per_hour
  return typeof price === "number" && price > 0 && (type.currency ?? "usd") === "usd" ? price : undefined
}

const aboutGpus = (type: Answers.InstanceType): Partial<Offer> => {
  const gpuCount = gpusOf(type)
  const all = type.gpu_memory?.size_in_gigabytes
  if (gpuCount === 0) return {}
  // What the API calls the memory of the GPU is that of all of them.
  const each = typeof all === "number" ? all / gpuCount : undefined
  const said = (type.gpu?.description ?? "").replace(/^\d+\s*x\s*/i, "").trim() || (type.model ?? "")
  return {
    ...(said === "" ? {} : { gpu: canonicalName(said, each) }),
    ...(each === undefined ? {} : { gpuMemoryGiB: GiB.make(Math.max(0, each)) })
  }
}

/** Whether a type can be had at a location: one that is not named has nothing. @category predicates @since 0.1.0 */
export const isThere = (
  { onDemand, spot }: Pick<Catalogue, "onDemand" | "spot">,
  { location, market, type }: { readonly type: string; readonly location: string; readonly market: Market }
): boolean =>
  (market === "spot" ? spot : onDemand).some(
    ({ availabilities, location_code: code }) => code === location && availabilities.includes(type)
  )

/** The disk that is made where nobody says how large it is to be. **Units**  GiB @category constants @since 0.1.0 */
export const usualDiskGiB = 50

/**
 * One offer for each type and location, in one market: on demand and spot are had at different places.
 *
 * @category conversions
 * @since 0.1.0
 */
export const offersOf = (catalogue: Catalogue, query: OfferQuery, source: string): ReadonlyArray<Offer> => {
  const market = query.market ?? "on-demand"
  const { asOf, diskUsdPerGiBMonth, locations, types } = catalogue
  return types.flatMap((type) =>
    locations.map((location): Offer => {
      const price = priceOf(type, market)
      const usd = price === undefined ? undefined : UsdPerHour.make(price)
      return {
        provider,
        region: location,
        instanceType: type.instance_type,
        gpuCount: gpusOf(type),
        ...aboutGpus(type),
        vcpus: type.cpu?.number_of_cores ?? 0,
        memoryGiB: GiB.make(Math.max(0, type.memory?.size_in_gigabytes ?? 0)),
        // It is as large as is asked for.
        diskGiB: GiB.make(query.diskGiB ?? usualDiskGiB),
        diskUsdPerGiBHour: diskUsdPerGiBMonth / month,
        stoppedDiskUsdPerGiBHour: diskUsdPerGiBMonth / month,
        ...(usd === undefined ? {} : market === "spot" ? { spotUsdPerHour: usd } : { onDemandUsdPerHour: usd }),
        available: isThere(catalogue, { type: type.instance_type, location, market }),
        source,
        asOf
      }
    })
  )
}

const list = (words: Iterable<string>): string => [...words].toSorted().join(", ")

const typeCalled = ({ types }: Catalogue, name: string | undefined): Answers.InstanceType | undefined =>
  types.find((type) => type.instance_type === name)

const noType = ({ types }: Catalogue, name: string): ProviderError.Rejected => {
  const names = types.map(({ instance_type: each }) => each)
  return new ProviderError.Rejected({
    message: `Verda has no instance type "${name}".${didYouMean(name, names)} It has ${names.length}; without a name one is chosen by --gpu, --cpu and --memory`
  })
}

/** The type of a name, or what was meant by it. @category accessors @since 0.1.0 */
export const typeNamed = (
  catalogue: Catalogue,
  name: string
): Effect.Effect<Answers.InstanceType, ProviderError.Rejected> => {
  const found = typeCalled(catalogue, name)
  return found === undefined ? Effect.fail(noType(catalogue, name)) : Effect.succeed(found)
}

/** The locations where a type can be had. */
const placesOf = ({ onDemand, spot }: Catalogue, type: string, market: Market): ReadonlyArray<string> =>
  (market === "spot" ? spot : onDemand).flatMap(({ availabilities, location_code: code }) =>
    availabilities.includes(type) ? [code] : []
  )

/**
 * Refuses a location that is not there, or that does not have the type now.
 *
 * @category decisions
 * @since 0.1.0
 */
export const checkLocation = (
  catalogue: Catalogue,
  type: string,
  location: string,
  market: Market
): ProviderError.Rejected | ProviderError.OutOfCapacity | undefined => {
  const places = placesOf(catalogue, type, market)
  const where = places.length === 0 ? `no location has ${type} now` : `${type} is in ${list(places)}`
  if (!catalogue.locations.includes(location) && !places.includes(location)) {
    return new ProviderError.Rejected({
      message: `Verda has no location "${location}".${didYouMean(location, catalogue.locations)} It has ${list(catalogue.locations)}`
    })
  }
  return places.includes(location)
    ? undefined
    : new ProviderError.OutOfCapacity({
        message: `${location} does not have ${type}${market === "spot" ? " as spot" : ""} now; ${where}`
      })
}

/**
 * What is wrong with a query that names a type or location which was probably mistyped. A name that is like none of ours
 * may be another cloud's, and is no mistake.
 *
 * @category decisions
 * @since 0.1.0
 */
export const mistakeIn = (
  catalogue: Catalogue,
  { instanceType, region }: OfferQuery
): ProviderError.Rejected | undefined => {
  const names = catalogue.types.map(({ instance_type: name }) => name)
  if (instanceType !== undefined && !names.includes(instanceType)) {
    return nearest(instanceType, names).length > 0 ? noType(catalogue, instanceType) : undefined
  }
  if (region === undefined || catalogue.locations.includes(region)) return undefined
  return nearest(region, catalogue.locations).length === 0
    ? undefined
    : new ProviderError.Rejected({
        message: `Verda has no location "${region}".${didYouMean(region, catalogue.locations)} It has ${list(catalogue.locations)}`
      })
}

/**
 * The catalogue, as old as it may be for what it is needed for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lookup {
  /** For what is only shown: a few minutes old at most, whoever of this installation read it. */
  readonly shown: Effect.Effect<Catalogue, CallError>
  /** For what is rented: read here, within the last minute. */
  readonly current: Effect.Effect<Catalogue, CallError>
}

const monthly = (volumes: ReadonlyArray<typeof Answers.VolumeType.Type>): number => {
  const price = volumes.find(({ type }) => type === "NVMe")?.price
  const { currency, price_per_month_per_gb: usd } = price ?? {}
  return typeof usd === "number" && usd > 0 && (currency ?? "usd") === "usd" ? usd : usualDiskUsdPerGiBMonth
}

/**
 * Reads the catalogue, once for all who ask at the same time, and remembers it in a plugin's home.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  client: Client,
  home: string
): Effect.fn.Return<Lookup, never, FileSystem.FileSystem | Path.Path> {
  const rows = <A>(
    path: string,
    query: Readonly<Record<string, string>>,
    schema: Schema.ConstraintDecoder<A>,
    what: string
  ) =>
    client
      .call({ method: "GET", path: `/v1/${path}`, query })
      .pipe(Effect.flatMap(Answers.rowsOf(what)), Effect.flatMap(Answers.readable(schema, what)))
  const stock = (isSpot: boolean) =>
    rows("instance-availability", { is_spot: String(isSpot) }, Answers.Availability, "availabilities")

  const read = Effect.gen(function* () {
    const [types, onDemand, spot, locations, volumes] = yield* Effect.all(
      [
        rows("instance-types", { currency: "usd" }, Answers.InstanceType, "instance types"),
        stock(false),
        stock(true),
        rows("locations", {}, Answers.Location, "locations"),
        Effect.orElseSucceed(
          rows("volume-types", { currency: "usd" }, Answers.VolumeType, "volume types"),
          (): ReadonlyArray<typeof Answers.VolumeType.Type> => []
        )
      ],
      { concurrency: 5 }
    )
    const named = [...onDemand, ...spot].map(({ location_code: code }) => code)
    return {
      types,
      onDemand,
      spot,
      locations: [...new Set([...locations.map(({ code }) => code), ...named])],
      diskUsdPerGiBMonth: monthly(volumes)
    }
  })
  const catalogueOf = ({ at, value }: PluginMemory.Cached<typeof Read.Type>): Catalogue => ({
    ...value,
    asOf: DateTime.makeUnsafe(at)
  })
  const cache = yield* PluginMemory.cache({ home, key: `catalogue ${client.endpoint}`, schema: Read, read })
  return {
    shown: Effect.map(cache.within(shown), catalogueOf),
    current: Effect.map(cache.ownWithin(current), catalogueOf)
  }
})
