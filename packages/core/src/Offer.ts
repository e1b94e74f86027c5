/**
 * What can be rented, at which price, said by whom and when.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { UsdPerHour } from "./Money.ts"

/**
 * Binary gigabytes (2^30 bytes).
 *
 * @category models
 * @since 0.1.0
 */
export const GiB = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).pipe(Schema.brand("GiB"))
export type GiB = typeof GiB.Type

/** US dollars for a GiB, of disk per hour or of traffic. */
const Rate = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * A priced shape of machine.
 *
 * **Details**  a missing price is unknown, never free; `gpuMemoryGiB` is per GPU; `source` is where the price was
 * read (an address, a file or `this computer`), `asOf` when; `labels` are what the owner of a host calls it.
 * `diskUsdPerGiBHour` and `egressUsdPerGiB` are there where disk and traffic are charged apart from the machine.
 * **Units**    prices: US dollars per hour · traffic: US dollars per GiB · memory: GiB
 *
 * @category models
 * @since 0.1.0
 */
export const Offer = Schema.Struct({
  provider: Schema.NonEmptyString,
  region: Schema.NonEmptyString,
  zone: Schema.optionalKey(Schema.NonEmptyString),
  instanceType: Schema.NonEmptyString,
  gpu: Schema.optionalKey(Schema.NonEmptyString),
  gpuCount: Count,
  gpuMemoryGiB: Schema.optionalKey(GiB),
  vcpus: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  memoryGiB: GiB,
  diskGiB: Schema.optionalKey(GiB),
  onDemandUsdPerHour: Schema.optionalKey(UsdPerHour),
  spotUsdPerHour: Schema.optionalKey(UsdPerHour),
  diskUsdPerGiBHour: Schema.optionalKey(Rate),
  egressUsdPerGiB: Schema.optionalKey(Rate),
  available: Schema.optionalKey(Schema.Boolean),
  labels: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  source: Schema.NonEmptyString,
  asOf: Schema.DateTimeUtcFromString
})
export type Offer = typeof Offer.Type

/**
 * On-demand: ours until we end it. Spot: cheaper, and the provider may take it back.
 *
 * @category models
 * @since 0.1.0
 */
export const Market = Schema.Literals(["on-demand", "spot"])
export type Market = typeof Market.Type

/** The price of an offer in a market, when it is known. @category accessors @since 0.1.0 */
export const priceOf = (offer: Offer, market: Market): UsdPerHour | undefined =>
  market === "spot" ? offer.spotUsdPerHour : offer.onDemandUsdPerHour

/**
 * What a machine must have at least. `gpu` is a name, `labels` must all be there; everything else is a lower
 * bound or an exact place.
 *
 * @category models
 * @since 0.1.0
 */
export const OfferQuery = Schema.Struct({
  instanceType: Schema.optionalKey(Schema.NonEmptyString),
  gpu: Schema.optionalKey(Schema.NonEmptyString),
  gpuCount: Schema.optionalKey(Count),
  gpuMemoryGiB: Schema.optionalKey(GiB),
  vcpus: Schema.optionalKey(Schema.Finite),
  memoryGiB: Schema.optionalKey(GiB),
  diskGiB: Schema.optionalKey(GiB),
  region: Schema.optionalKey(Schema.NonEmptyString),
  zone: Schema.optionalKey(Schema.NonEmptyString),
  labels: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  market: Schema.optionalKey(Market),
  maxUsdPerHour: Schema.optionalKey(UsdPerHour)
})
export type OfferQuery = typeof OfferQuery.Type
