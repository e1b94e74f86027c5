/**
 * What machines and disks cost: the price list, and the spot market.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import { type Aws, pricingRegion } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import type { Failure } from "./Failures.ts"
import type { Cached } from "@runctl/core/PluginMemory"
import type { Store } from "./Store.ts"

/** US dollars by a name. @category models @since 0.1.0 */
export const PriceTable = Schema.Record(Schema.String, Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))
export type PriceTable = typeof PriceTable.Type

/** Where prices on demand are read. @category constants @since 0.1.0 */
export const listSource = "AWS Price List (pricing:GetProducts)"
/** Where prices of spot machines are read. @category constants @since 0.1.0 */
export const spotSource = "EC2 spot price history (ec2:DescribeSpotPriceHistory)"

const day = Duration.days(1)
/** Spot prices move every few minutes, by little. */
const spotLives = Duration.minutes(15)

/** Hours of a month as the price list counts them. @category constants @since 0.1.0 */
export const hoursPerMonth = 730

const Money = Schema.Struct({ USD: Schema.optionalKey(Schema.String) })
const Dimension = Schema.Struct({ unit: Schema.String, pricePerUnit: Money })
const Product = Schema.Struct({
  product: Schema.Struct({
    productFamily: Schema.optionalKey(Schema.String),
    attributes: Schema.Record(Schema.String, Schema.String)
  }),
  terms: Schema.Struct({
    OnDemand: Schema.optionalKey(
      Schema.Record(Schema.String, Schema.Struct({ priceDimensions: Schema.Record(Schema.String, Dimension) }))
    )
  })
})
/** Each row of the list is a text of its own. */
const Row = Schema.fromJsonString(Product)

/** A row as the product's attributes and its price for a unit; nothing where it has none, or one of nothing. */
const priced = (
  { product, terms }: typeof Product.Type,
  unit: string
): { readonly attributes: Readonly<Record<string, string>>; readonly usd: number } | undefined => {
  const dimensions = Object.values(terms.OnDemand ?? {}).flatMap(({ priceDimensions }) =>
    Object.values(priceDimensions)
  )
  const usd = Number(dimensions.find((each) => each.unit === unit)?.pricePerUnit.USD ?? "0")
  // Capacity blocks have rows that cost nothing: they are paid for elsewhere.
  return Number.isFinite(usd) && usd > 0 ? { attributes: product.attributes, usd } : undefined
}

/**
 * The prices in rows of the list, by an attribute of their products.
 *
 * @category conversions
 * @since 0.1.0
 */
export const pricesIn = (rows: ReadonlyArray<unknown>, attribute: string, unit: string): Effect.Effect<PriceTable> =>
  // The SDK gives texts that are objects.
  Effect.map(Answers.readable(Row, "a price", rows.map(String)), (products) =>
    Object.fromEntries(
      products.flatMap((product) => {
        const { attributes, usd } = priced(product, unit) ?? {}
        const name = attributes?.[attribute]
        return name === undefined || usd === undefined ? [] : [[name, usd]]
      })
    )
  )

const filters = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).map(([Field, Value]) => ({ Type: "TERM_MATCH" as const, Field, Value }))

/** Linux on hardware that others use too, paid by the second. */
const plain = {
  operatingSystem: "Linux",
  preInstalledSw: "NA",
  capacitystatus: "Used",
  marketoption: "OnDemand",
  tenancy: "Shared",
  productFamily: "Compute Instance"
}

const listed = (aws: Aws, fields: Readonly<Record<string, string>>) =>
  aws.pages(
    pricingRegion,
    (NextToken) =>
      Calls.getProducts({
        ServiceCode: "AmazonEC2",
        FormatVersion: "aws_v1",
        Filters: filters(fields),
        MaxResults: 100,
        NextToken
      }),
    "PriceList"
  )

/** So many types are asked for one by one; for more the whole list of a region is read. */
const few = 8

/**
 * What types cost on demand in a region. Of a few types each is looked up by itself, which is one small page.
 *
 * @category queries
 * @since 0.1.0
 */
export const onDemand = Effect.fnUntraced(function* (
  aws: Aws,
  store: Store,
  region: string,
  types: ReadonlyArray<string>
): Effect.fn.Return<Cached<PriceTable>, Failure> {
  const read = (more: Readonly<Record<string, string>>) =>
    Effect.flatMap(listed(aws, { regionCode: region, ...plain, ...more }), (rows) =>
      pricesIn(rows, "instanceType", "Hrs")
    )
  if (types.length > few) return yield* store.cached(`prices-${region}`, PriceTable, day, read({}))
  const tables = yield* Effect.forEach(
    types,
    (instanceType) => store.cached(`price-${region}-${instanceType}`, PriceTable, day, read({ instanceType })),
    { concurrency: "unbounded" }
  )
  return {
    at: Math.min(...tables.map(({ at }) => at)),
    value: Object.assign({}, ...tables.map(({ value }) => value))
  }
})

/**
 * What a GiB of disk of a type costs an hour in a region; nothing where the list does not say.
 *
 * @category queries
 * @since 0.1.0
 */
export const disk = (
  aws: Aws,
  store: Store,
  region: string,
  volumeType: string
): Effect.Effect<number | undefined, Failure> =>
  Effect.map(
    store.cached(
      `disk-${region}-${volumeType}`,
      PriceTable,
      day,
      Effect.flatMap(listed(aws, { regionCode: region, productFamily: "Storage", volumeApiName: volumeType }), (rows) =>
        pricesIn(rows, "volumeApiName", "GB-Mo")
      )
    ),
    ({ value }) => {
      const perMonth = value[volumeType]
      return perMonth === undefined ? undefined : perMonth / hoursPerMonth
    }
  )

/** Prices by type and then by zone. @category models @since 0.1.0 */
export const SpotTable = Schema.Record(Schema.String, PriceTable)
export type SpotTable = typeof SpotTable.Type

const isDate = Schema.is(Schema.Date)

const timeOf = (time: unknown): number => {
  const at = isDate(time) || typeof time === "string" ? DateTime.make(time) : Option.none()
  return Option.match(at, { onNone: () => 0, onSome: ({ epochMilliseconds }) => epochMilliseconds })
}

/** The youngest price of each type in each zone. @category conversions @since 0.1.0 */
export const spotIn = (rows: ReadonlyArray<typeof Answers.SpotPrice.Type>): SpotTable => {
  const table: Record<string, Record<string, number>> = {}
  const times = new Map<string, number>()
  for (const { AvailabilityZone: zone, InstanceType: type, SpotPrice, Timestamp } of rows) {
    const [usd, at] = [Number(SpotPrice), timeOf(Timestamp)]
    if (!Number.isFinite(usd) || usd <= 0 || at < (times.get(`${type} ${zone}`) ?? -Infinity)) continue
    times.set(`${type} ${zone}`, at)
    table[type] = { ...table[type], [zone]: usd }
  }
  return table
}

/**
 * What spot machines cost now in each zone of a region.
 *
 * **Details**  all pages are read: the first has arbitrary rows.
 *
 * @category queries
 * @since 0.1.0
 */
export const spot = Effect.fnUntraced(function* (
  aws: Aws,
  store: Store,
  region: string,
  types: ReadonlyArray<string>
): Effect.fn.Return<Cached<SpotTable>, Failure> {
  // Of a few types each set has a name of its own, which has to fit into that of a file.
  const set = types.toSorted().join("+")
  const isFew = types.length <= few && set.length <= 60
  const name = isFew ? `spot-${region}-${set}` : `spot-${region}`
  const now = DateTime.toDate(yield* DateTime.now)
  const rows = aws.pages(
    region,
    (NextToken) =>
      Calls.describeSpotPriceHistory({
        StartTime: now,
        ProductDescriptions: ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"],
        MaxResults: 1000,
        NextToken,
        ...(isFew ? { Filters: [{ Name: "instance-type", Values: [...types] }] } : {})
      }),
    "SpotPriceHistory"
  )
  const load = Effect.map(
    Effect.flatMap(rows, (all) => Answers.readable(Answers.SpotPrice, "a spot price", all)),
    spotIn
  )
  return yield* store.cached(name, SpotTable, spotLives, load)
})
