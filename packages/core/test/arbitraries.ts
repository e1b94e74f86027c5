import { Offer, OfferQuery } from "@runctl/core/Offer"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

const few = <const Values extends ReadonlyArray<string>>(...values: Values) => Schema.Literals(values)
const Small = Schema.Literals([0, 1, 2, 4, 8])
const Price = Schema.Literals([0, 0.5, 1, 2.5])

/** Few distinct values in each field, so that filters and prices meet. */
const OfferFields = Schema.Struct({
  provider: few("alpha", "beta"),
  region: few("east", "west"),
  zone: Schema.optionalKey(few("a", "b")),
  instanceType: few("small", "large"),
  gpu: Schema.optionalKey(few("RTX 4090", "rtx-4090", "H100")),
  gpuCount: Small,
  gpuMemoryGiB: Schema.optionalKey(Small),
  vcpus: Small,
  memoryGiB: Small,
  diskGiB: Schema.optionalKey(Small),
  onDemandUsdPerHour: Schema.optionalKey(Price),
  spotUsdPerHour: Schema.optionalKey(Price),
  available: Schema.optionalKey(Schema.Boolean)
})

const QueryFields = Schema.Struct({
  instanceType: Schema.optionalKey(few("small", "large", "huge")),
  gpu: Schema.optionalKey(few("RTX_4090", "h100", "T4")),
  gpuCount: Schema.optionalKey(Small),
  gpuMemoryGiB: Schema.optionalKey(Small),
  vcpus: Schema.optionalKey(Small),
  memoryGiB: Schema.optionalKey(Small),
  diskGiB: Schema.optionalKey(Small),
  region: Schema.optionalKey(few("east", "west", "north")),
  zone: Schema.optionalKey(few("a", "b")),
  market: Schema.optionalKey(few("on-demand", "spot")),
  maxUsdPerHour: Schema.optionalKey(Price)
})

const toOffer = Schema.decodeUnknownSync(Schema.toType(Offer))
const toQuery = Schema.decodeUnknownSync(OfferQuery)

export const offers: Arbitrary.Arbitrary<ReadonlyArray<Offer>> = Arbitrary.array(
  Arbitrary.map(Arbitrary.schema(OfferFields), (fields) =>
    toOffer({ ...fields, source: "a test", asOf: DateTime.makeUnsafe(0) })
  ),
  { maxLength: 12 }
)

export const query: Arbitrary.Arbitrary<OfferQuery> = Arbitrary.map(Arbitrary.schema(QueryFields), (fields) =>
  toQuery(fields)
)
