/**
 * What DigitalOcean rents out, where and for how much.
 *
 * @since 0.1.0
 */
import type { CallError, CloudApi as Client } from "@runctl/core/CloudApi"
import { UsdPerHour } from "@runctl/core/Money"
import { didYouMean, nearest } from "@runctl/core/Nearest"
import { GiB, type Offer, type OfferQuery } from "@runctl/core/Offer"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as ProviderError from "@runctl/core/ProviderError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import { provider } from "./Droplets.ts"
import * as Pages from "./Pages.ts"

/**
 * Sizes and regions as they were at a time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Catalogue {
  readonly sizes: ReadonlyArray<Answers.Size>
  readonly regions: ReadonlyArray<Answers.Region>
  readonly asOf: DateTime.Utc
}

/** Prices do not move by the second. */
const current = Duration.minutes(1)

/** What is only shown may be a little older: what is rented is looked up again. */
const shown = Duration.minutes(10)

/**
 * The name a GPU is rented under: `nvidia_h100` is an `H100`, `nvidia_rtx6000_ada` an `RTX 6000 Ada`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const gpuNameOf = (model: string): string =>
  model
    .replace(/^(nvidia|amd)[_\s-]+/i, "")
    .split(/[_\s-]+/)
    .map((word) => (/^ada$/i.test(word) ? "Ada" : word.toUpperCase().replace(/^RTX(?=\d)/, "RTX ")))
    .join(" ")

/** How many GPUs a size has. @category accessors @since 0.1.0 */
export const gpusOf = ({ gpu_info: gpus }: Answers.Size): number => gpus?.count ?? 0

/** The disk that lasts as long as the machine; scratch disks do not count. @category accessors @since 0.1.0 */
export const diskOf = ({ disk, disk_info: disks }: Answers.Size): number => {
  const lasting = (disks ?? []).filter(({ type }) => type === "local")
  return lasting.length === 0 ? disk : lasting.reduce((sum, { size }) => sum + (size?.amount ?? 0), 0)
}

const aboutGpus = (size: Answers.Size): Partial<Offer> => {
  const gpuCount = gpusOf(size)
  const { model, vram } = size.gpu_info ?? {}
  if (gpuCount === 0) return {}
  return {
    ...(model === undefined || model === null || model === "" ? {} : { gpu: gpuNameOf(model) }),
    // What the API calls vram is that of all GPUs together.
    ...(vram === undefined || vram === null ? {} : { gpuMemoryGiB: GiB.make(Math.max(0, vram.amount / gpuCount)) })
  }
}

const isOpen = (regions: Catalogue["regions"], slug: string): boolean =>
  regions.find((region) => region.slug === slug)?.available !== false

/**
 * One offer for each size and region that has it.
 *
 * @category conversions
 * @since 0.1.0
 */
export const offersOf = ({ asOf, regions, sizes }: Catalogue, source: string): ReadonlyArray<Offer> =>
  sizes.flatMap((size) =>
    size.regions.map((region) => ({
      provider,
      region,
      instanceType: size.slug,
      gpuCount: gpusOf(size),
      ...aboutGpus(size),
      vcpus: size.vcpus,
      memoryGiB: GiB.make(size.memory / 1024),
      diskGiB: GiB.make(diskOf(size)),
      ...(size.price_hourly === undefined || size.price_hourly === null
        ? {}
        : { onDemandUsdPerHour: UsdPerHour.make(size.price_hourly) }),
      available: size.available !== false && isOpen(regions, region),
      source,
      asOf
    }))
  )

const list = (words: ReadonlyArray<string>): string => words.toSorted().join(", ")

const noSize = ({ sizes }: Catalogue, slug: string): ProviderError.Rejected => {
  const names = sizes.map((size) => size.slug)
  return new ProviderError.Rejected({
    message: `DigitalOcean has no size "${slug}".${didYouMean(slug, names)} It has ${names.length}; without a name one is chosen by --gpu, --cpu and --memory`
  })
}

const sizeCalled = ({ sizes }: Catalogue, slug: string | undefined): Answers.Size | undefined =>
  sizes.find((size) => size.slug === slug)

/** The size of a name, or what was meant by it. @category accessors @since 0.1.0 */
export const sizeNamed = (catalogue: Catalogue, slug: string): Effect.Effect<Answers.Size, ProviderError.Rejected> => {
  const found = sizeCalled(catalogue, slug)
  return found === undefined ? Effect.fail(noSize(catalogue, slug)) : Effect.succeed(found)
}

/**
 * Refuses a region that is not there, that does not have the size, or that rents out nothing now.
 *
 * @category decisions
 * @since 0.1.0
 */
export const checkRegion = (
  { regions }: Catalogue,
  size: Answers.Size,
  region: string
): ProviderError.Rejected | ProviderError.OutOfCapacity | undefined => {
  const where =
    size.regions.length === 0 ? `no region has ${size.slug} now` : `${size.slug} is in ${list(size.regions)}`
  const known = new Set([...regions.map(({ slug }) => slug), ...size.regions])
  if (!known.has(region)) {
    return new ProviderError.Rejected({
      message: `DigitalOcean has no region "${region}".${didYouMean(region, known)} ${where}`
    })
  }
  if (!size.regions.includes(region)) {
    return new ProviderError.OutOfCapacity({ message: `${region} does not have ${size.slug}; ${where}` })
  }
  return size.available === false || !isOpen(regions, region)
    ? new ProviderError.OutOfCapacity({ message: `${size.slug} is not available in ${region} now; ${where}` })
    : undefined
}

/**
 * What is wrong with a query that names a size or region which was probably mistyped, or a region without the size. A name
 * that is like none of ours may be another cloud's, and is no mistake.
 *
 * @category decisions
 * @since 0.1.0
 */
export const mistakeIn = (
  catalogue: Catalogue,
  { instanceType, region }: OfferQuery
): ProviderError.Rejected | ProviderError.OutOfCapacity | undefined => {
  const slugs = catalogue.sizes.map(({ slug }) => slug)
  const size = sizeCalled(catalogue, instanceType)
  if (instanceType !== undefined && size === undefined) {
    return nearest(instanceType, slugs).length > 0 ? noSize(catalogue, instanceType) : undefined
  }
  if (region === undefined) return undefined
  if (size !== undefined) return size.regions.includes(region) ? undefined : checkRegion(catalogue, size, region)
  const regions = catalogue.regions.map(({ slug }) => slug)
  return regions.includes(region) || nearest(region, regions).length === 0
    ? undefined
    : new ProviderError.Rejected({
        message: `DigitalOcean has no region "${region}".${didYouMean(region, regions)} It has ${list(regions)}`
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

const Read = Schema.Struct({ sizes: Schema.Array(Answers.Size), regions: Schema.Array(Answers.Region) })

const catalogueOf = ({ at, value }: PluginMemory.Cached<typeof Read.Type>): Catalogue => ({
  ...value,
  asOf: DateTime.makeUnsafe(at)
})

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
  const read = Effect.gen(function* () {
    const [sizes, regions] = yield* Effect.all(
      [
        Pages.rows(client, { path: "/v2/sizes", field: "sizes", scope: "sizes:read" }),
        Pages.rows(client, { path: "/v2/regions", field: "regions", scope: "regions:read" })
      ],
      { concurrency: 2 }
    )
    return {
      sizes: yield* Answers.readable(Answers.Size, "a size", sizes),
      regions: yield* Answers.readable(Answers.Region, "a region", regions)
    }
  })
  const cache = yield* PluginMemory.cache({ home, key: `catalogue ${client.endpoint}`, schema: Read, read })
  return {
    shown: Effect.map(cache.within(shown), catalogueOf),
    current: Effect.map(cache.ownWithin(current), catalogueOf)
  }
})
