/**
 * What AWS rents out, where and for how much.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import { didYouMean, nearest } from "@runctl/core/Nearest"
import type { Offer, OfferQuery } from "@runctl/core/Offer"
import * as ProviderError from "@runctl/core/ProviderError"
import { rank } from "@runctl/core/Ranking"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import { type Cause, provider } from "./Failures.ts"
import * as Prices from "./Prices.ts"
import type { Regions } from "./Regions.ts"
import type { Settings } from "./Settings.ts"
import { offeredBy, Shape, shapeOf } from "./Shapes.ts"
import type { Store } from "./Store.ts"

/** New types come every few weeks. */
const week = Duration.days(7)

/**
 * What a GiB that leaves costs in most regions, beyond the first hundred of a month.
 *
 * **Units**  US dollars
 *
 * @source https://aws.amazon.com/ec2/pricing/on-demand/ (read 2026-11-20)
 */
const egressUsdPerGiB = 0.09

const Shapes = Schema.Array(Shape)
const Zones = Schema.Record(Schema.String, Schema.Array(Schema.String))

/** What offers are made of. @category models @since 0.1.0 */
export interface Sources {
  readonly aws: Aws
  readonly store: Store
  readonly regions: Regions
  readonly settings: Settings
}

/** The shapes of a region. @category queries @since 0.1.0 */
export const shapes = ({ aws, store }: Sources, region: string): Effect.Effect<ReadonlyArray<Shape>, Cause> =>
  Effect.map(
    store.cached(
      `types-${region}`,
      Shapes,
      week,
      aws
        .pages(region, (NextToken) => Calls.describeInstanceTypes({ MaxResults: 100, NextToken }), "InstanceTypes")
        .pipe(
          Effect.flatMap((rows) => Answers.readable(Answers.InstanceType, "an instance type", rows)),
          Effect.map((types) => types.map(shapeOf))
        )
    ),
    ({ value }) => value
  )

/** In which zones of a region each type exists, which is no promise that there is one. @category queries @since 0.1.0 */
export const zones = ({ aws, store }: Sources, region: string): Effect.Effect<typeof Zones.Type, Cause> =>
  Effect.map(
    store.cached(
      `zones-${region}`,
      Zones,
      week,
      aws
        .pages(
          region,
          (NextToken) =>
            Calls.describeInstanceTypeOfferings({ LocationType: "availability-zone", MaxResults: 1000, NextToken }),
          "InstanceTypeOfferings"
        )
        .pipe(
          Effect.flatMap((rows) => Answers.readable(Answers.Offering, "an offering", rows)),
          Effect.map((rows) => {
            const table: Record<string, Array<string>> = {}
            for (const { InstanceType, Location } of rows) (table[InstanceType] ??= []).push(Location)
            return table
          })
        )
    ),
    ({ value }) => value
  )

/**
 * What is known of a region's machines.
 *
 * @category models
 * @since 0.1.0
 */
export interface Priced {
  readonly region: string
  readonly shapes: ReadonlyArray<Shape>
  readonly zones: Readonly<Record<string, ReadonlyArray<string>>>
  readonly onDemand: Prices.PriceTable
  readonly spot: Prices.SpotTable
  readonly diskUsdPerGiBHour: number | undefined
  readonly asOf: DateTime.Utc
}

const cheapest = (prices: Prices.PriceTable | undefined, zone: string | undefined): number | undefined => {
  const all = Object.entries(prices ?? {}).flatMap(([name, usd]) => (zone === undefined || name === zone ? [usd] : []))
  return all.length === 0 ? undefined : Math.min(...all)
}

/**
 * One offer for each shape of a region; of a zone only when it is asked for. The spot price is the lowest of the zones.
 *
 * @category conversions
 * @since 0.1.0
 */
export const offersOf = (priced: Priced, zone: string | undefined): ReadonlyArray<Offer> =>
  priced.shapes.flatMap((shape) => {
    const where = priced.zones[shape.type] ?? []
    if (where.length === 0 || (zone !== undefined && !where.includes(zone))) return []
    const onDemand = shape.onDemand ? priced.onDemand[shape.type] : undefined
    const spot = shape.spot ? cheapest(priced.spot[shape.type], zone) : undefined
    // What can only be had in blocks of days, or has no price at all, cannot be rented by the hour.
    if (onDemand === undefined && spot === undefined) return []
    return [
      {
        provider,
        region: priced.region,
        ...(zone === undefined ? {} : { zone }),
        ...offeredBy(shape),
        ...(onDemand === undefined ? {} : { onDemandUsdPerHour: UsdPerHour.make(onDemand) }),
        ...(spot === undefined ? {} : { spotUsdPerHour: UsdPerHour.make(spot) }),
        ...(priced.diskUsdPerGiBHour === undefined ? {} : { diskUsdPerGiBHour: priced.diskUsdPerGiBHour }),
        egressUsdPerGiB,
        available: true,
        source: spot === undefined ? Prices.listSource : `${Prices.listSource}; ${Prices.spotSource}`,
        asOf: priced.asOf
      }
    ]
  })

/** The shapes that may fit, before anybody is asked what they cost. */
const fitting = (all: ReadonlyArray<Shape>, region: string, query: OfferQuery): ReadonlyArray<Shape> => {
  const { market: _, maxUsdPerHour: __, zone: ___, diskGiB: ____, ...bounds } = query
  const bare = all.map((shape) => ({
    provider,
    region,
    ...offeredBy(shape),
    source: Prices.listSource,
    asOf: DateTime.makeUnsafe(0)
  }))
  const names = new Set(rank(bare, bounds).ranked.map(({ offer }) => offer.instanceType))
  return all.filter(({ type }) => names.has(type))
}

/** The prices of some shapes of a region. @category queries @since 0.1.0 */
export const priced = Effect.fnUntraced(function* (
  sources: Sources,
  region: string,
  choose: (all: ReadonlyArray<Shape>) => ReadonlyArray<Shape>,
  wantsSpot: boolean
): Effect.fn.Return<Priced, Cause> {
  const { aws, settings, store } = sources
  const [all, where] = yield* Effect.all([shapes(sources, region), zones(sources, region)], { concurrency: 2 })
  const chosen = choose(all).filter(({ type }) => (where[type] ?? []).length > 0)
  const types = chosen.map(({ type }) => type)
  const none = { at: yield* Effect.clockWith((clock) => clock.currentTimeMillis), value: {} }
  if (types.length === 0) {
    return {
      region,
      shapes: [],
      zones: where,
      onDemand: {},
      spot: {},
      diskUsdPerGiBHour: undefined,
      asOf: DateTime.makeUnsafe(none.at)
    }
  }
  const [onDemand, spot, diskUsdPerGiBHour] = yield* Effect.all(
    [
      Prices.onDemand(aws, store, region, types),
      wantsSpot ? Prices.spot(aws, store, region, types) : Effect.succeed(none),
      Prices.disk(aws, store, region, settings.diskType)
    ],
    { concurrency: 3 }
  )
  return {
    region,
    shapes: chosen,
    zones: where,
    onDemand: onDemand.value,
    spot: spot.value,
    diskUsdPerGiBHour,
    asOf: DateTime.makeUnsafe(Math.min(onDemand.at, spot.at))
  }
})

/** What was probably meant by a type that is not there; a name like none of ours may be another cloud's. */
const mistake = (all: ReadonlyArray<Shape>, query: OfferQuery): ProviderError.Rejected | undefined => {
  const { instanceType } = query
  const names = all.map(({ type }) => type)
  if (instanceType === undefined || names.includes(instanceType) || nearest(instanceType, names).length === 0) {
    return undefined
  }
  return noType(all, instanceType)
}

/** Nobody has a type of that name. @category constructors @since 0.1.0 */
export const noType = (all: ReadonlyArray<Shape>, name: string): ProviderError.Rejected =>
  new ProviderError.Rejected({
    message: `AWS has no instance type "${name}" there.${didYouMean(
      name,
      all.map(({ type }) => type)
    )} Without a name one is chosen by --gpu, --cpu and --memory`
  })

/** The regions that a query is about. */
const asked = Effect.fnUntraced(function* ({ regions }: Sources, query: OfferQuery) {
  const offered = yield* regions.offered
  const { region } = query
  if (region === undefined) return offered
  if (offered.includes(region)) return [region]
  const enabled = yield* regions.enabled
  // A region that is named counts even where offers are not looked for otherwise.
  if (enabled.includes(region)) return [region]
  return nearest(region, enabled).length === 0
    ? []
    : yield* new ProviderError.Rejected({
        message: `AWS has no region "${region}" for this account.${didYouMean(region, enabled)}`
      })
})

/** Offers that match, from all regions that are asked, at the same time. @category queries @since 0.1.0 */
export const offers = Effect.fnUntraced(function* (
  sources: Sources,
  query: OfferQuery
): Effect.fn.Return<ReadonlyArray<Offer>, Cause> {
  const regions = yield* asked(sources, query)
  const found = yield* Effect.forEach(
    regions,
    (region) =>
      Effect.gen(function* () {
        const wrong = mistake(yield* shapes(sources, region), query)
        if (wrong !== undefined) return { wrong, offers: [] }
        const all = yield* priced(sources, region, (each) => fitting(each, region, query), true)
        return { wrong: undefined, offers: offersOf(all, query.zone) }
      }),
    { concurrency: "unbounded" }
  )
  const [first] = found
  // A type that one region lacks may be in another.
  if (first?.wrong !== undefined && found.every(({ wrong }) => wrong !== undefined)) return yield* first.wrong
  return rank(
    found.flatMap((each) => each.offers),
    query
  ).ranked.map(({ offer }) => offer)
})
