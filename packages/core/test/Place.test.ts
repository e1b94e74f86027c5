import { assert, it } from "@effect/vitest"
import { inPlace, placeOf } from "@runctl/core/Place"

it.each([
  ["us-east-1", "US", "NA"],
  ["ap-southeast-2", "AU", "OC"],
  ["ap-south-1", "IN", "AS"],
  ["me-central-1", "AE", "AS"],
  ["eu-west-1", "IE", "EU"],
  ["eu-future-9", undefined, "EU"],
  ["nyc1", "US", "NA"],
  ["fra1", "DE", "EU"],
  ["FIN-03", "FI", "EU"],
  ["US", "US", "NA"],
  ["CA", "CA", "NA"],
  ["EU-RO-1", "RO", "EU"],
  ["US-TX-3", "US", "NA"],
  ["CA-MTL-1", "CA", "NA"],
  ["europe-central-1", "DE", "EU"],
  ["us-midwest-1", "US", "NA"],
  [", US, NA", "US", "NA"],
  ["Hafnarfjarðarkaupstaður, IS, EU", "IS", "EU"],
  ["Taiwan, TW, AS", "TW", "AS"],
  ["Texas, US", "US", "NA"],
  ["Hong Kong, HK", "HK", "AS"],
  ["lyceum", undefined, undefined],
  ["unknown", undefined, undefined],
  ["", undefined, undefined]
])("%s is in %s, %s", (region, country, continent) => {
  assert.deepStrictEqual(placeOf(region), { country, continent })
})

it("a place is a region, a country or a continent, in any case", () => {
  const fits = (wanted: string, ...regions: ReadonlyArray<string>) => regions.filter(inPlace(wanted))
  const regions = ["us-east-1", "US", "eu-west-2", "SE", "Texas, US, NA", "FIN-01", "unknown"]
  assert.deepStrictEqual(fits("US-EAST-1", ...regions), ["us-east-1"])
  assert.deepStrictEqual(fits("us", ...regions), ["us-east-1", "US", "Texas, US, NA"])
  assert.deepStrictEqual(fits("Europe", ...regions), ["eu-west-2", "SE", "FIN-01"])
  assert.deepStrictEqual(fits("north america", ...regions), ["us-east-1", "US", "Texas, US, NA"])
  assert.deepStrictEqual(fits("SA", ...regions), [])
  assert.deepStrictEqual(fits("nowhere", ...regions), [])
})
