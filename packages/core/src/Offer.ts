/**
 * What can be rented, at which price, said by whom and when.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { UsdPerHour } from "./Money.ts"

/** The price of an offer in a market, when it is known. @category accessors @since 0.1.0 */
export { priceOf } from "./Shape.ts"

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

/** Anything that is counted or charged. */
const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * A priced shape of machine.
 *
 * **Details**  a missing price is unknown, never free; `gpuMemoryGiB` is per GPU; `source` is where the price was
 * read (an address, a file or `this computer`), `asOf` when; `labels` are what the owner of a host calls it.
 * `diskUsdPerGiBHour` and `egressUsdPerGiB` are there where disk and traffic are charged apart from the machine. What is
 * known of billing wins over the provider's rules (`BillingRules`): `stoppedDiskUsdPerGiBHour` for the disk of a machine
 * that is stopped, steps of `billingIncrementSeconds`, at least `billingMinimumSeconds`, and for spot how often it is
 * taken back: `interruptionsPerHour`. A slice of a GPU is a fraction in `gpuCount`, and its memory that of the slice.
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
  gpuCount: Amount,
  gpuMemoryGiB: Schema.optionalKey(GiB),
  vcpus: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  memoryGiB: GiB,
  diskGiB: Schema.optionalKey(GiB),
  onDemandUsdPerHour: Schema.optionalKey(UsdPerHour),
  spotUsdPerHour: Schema.optionalKey(UsdPerHour),
  diskUsdPerGiBHour: Schema.optionalKey(Rate),
  stoppedDiskUsdPerGiBHour: Schema.optionalKey(Rate),
  egressUsdPerGiB: Schema.optionalKey(Rate),
  billingIncrementSeconds: Schema.optionalKey(Amount),
  billingMinimumSeconds: Schema.optionalKey(Amount),
  interruptionsPerHour: Schema.optionalKey(Amount),
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

/**
 * What a machine must have at least. `gpu` is a name in any spelling, also with its memory (`A100 80GB`); `labels` must
 * all be there; `region` is a region's name, a country (`DE`) or a continent (`europe`); everything else is a lower bound
 * or an exact place. Memory of GPUs is what is printed on them.
 *
 * @category models
 * @since 0.1.0
 */
export const OfferQuery = Schema.Struct({
  instanceType: Schema.optionalKey(Schema.NonEmptyString),
  gpu: Schema.optionalKey(Schema.NonEmptyString),
  gpuCount: Schema.optionalKey(Count),
  gpuMemoryGiB: Schema.optionalKey(GiB),
  gpuTotalMemoryGiB: Schema.optionalKey(GiB),
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
