/**
 * Where a region of a cloud is, as far as its name says.
 *
 * @since 0.1.0
 */

/**
 * A part of the world; `undefined` where a region's name does not say.
 *
 * @category models
 * @since 0.1.0
 */
export interface Place {
  readonly continent: Continent | undefined
  /** ISO 3166 code of two letters. */
  readonly country: string | undefined
}

/** Codes of continents. @category models @since 0.1.0 */
export type Continent = "AF" | "AS" | "EU" | "NA" | "OC" | "SA"

const continents: Readonly<Record<string, Continent>> = {
  af: "AF",
  africa: "AF",
  as: "AS",
  asia: "AS",
  eu: "EU",
  europe: "EU",
  na: "NA",
  "north america": "NA",
  "north-america": "NA",
  oc: "OC",
  oceania: "OC",
  sa: "SA",
  "south america": "SA",
  "south-america": "SA"
}

/** Countries of each continent that clouds have machines in, and their neighbours. */
const countriesOf: Readonly<Record<Continent, string>> = {
  AF: "ZA NG KE EG MA TN GH",
  AS: "IL AE SA QA BH OM TR IN SG JP KR HK TW CN TH VN MY ID PH PK BD KZ AM GE AZ JO KW LK",
  EU: "AL AT BA BE BG BY CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MD ME MK MT NL NO PL PT RO RS RU SE SI SK UA",
  NA: "US CA MX PA CR GT DO PR JM",
  OC: "AU NZ",
  SA: "BR AR CL CO PE UY EC PY BO VE"
}

const continentOf = new Map<string, Continent>()
for (const code of ["AF", "AS", "EU", "NA", "OC", "SA"] as const) {
  for (const country of countriesOf[code].split(" ")) continentOf.set(country, code)
}

/**
 * Countries of AWS's regions.
 *
 * @source https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html (from an excerpt, 2026-11-27)
 */
const regions: Readonly<Record<string, string>> = {
  "af-south-1": "ZA",
  "ap-east-1": "HK",
  "ap-east-2": "TW",
  "ap-northeast-1": "JP",
  "ap-northeast-2": "KR",
  "ap-northeast-3": "JP",
  "ap-south-1": "IN",
  "ap-south-2": "IN",
  "ap-southeast-1": "SG",
  "ap-southeast-2": "AU",
  "ap-southeast-3": "ID",
  "ap-southeast-4": "AU",
  "ap-southeast-5": "MY",
  "ap-southeast-6": "NZ",
  "ap-southeast-7": "TH",
  "ca-central-1": "CA",
  "ca-west-1": "CA",
  "eu-central-1": "DE",
  "eu-central-2": "CH",
  "eu-north-1": "SE",
  "eu-south-1": "IT",
  "eu-south-2": "ES",
  "eu-west-1": "IE",
  "eu-west-2": "GB",
  "eu-west-3": "FR",
  "il-central-1": "IL",
  "me-central-1": "AE",
  "me-south-1": "BH",
  "mx-central-1": "MX",
  "sa-east-1": "BR",
  // Lambda's and Nebius's, whose names say it only to who knows.
  "asia-northeast-1": "JP",
  "asia-northeast-2": "JP",
  "asia-south-1": "IN",
  "australia-east-1": "AU",
  "europe-central-1": "DE",
  "eu-north1": "FI",
  "eu-west1": "FR",
  "me-west1": "IL",
  "uk-south1": "GB"
}

/** Cities in the names of data centres: of DigitalOcean's three letters, and Verda's. */
const cities: Readonly<Record<string, string>> = {
  nyc: "US",
  sfo: "US",
  atl: "US",
  ric: "US",
  tor: "CA",
  ams: "NL",
  fra: "DE",
  lon: "GB",
  sgp: "SG",
  blr: "IN",
  syd: "AU",
  fin: "FI",
  ice: "IS"
}

const inCountry = (country: string): Place => ({ continent: continentOf.get(country), country })

const nowhere: Place = { continent: undefined, country: undefined }

const placed = (region: string): Place => {
  const parts = region.split(",").map((part) => part.trim())
  // "City, CC, Continent", and the city may be missing or have commas of its own; or "Place, CC".
  const [country = "", continent = ""] = parts.length > 2 ? parts.slice(-2) : []
  const partOfWorld = continents[continent.toLowerCase()]
  if (/^[A-Z]{2}$/.test(country) && partOfWorld !== undefined) return { country, continent: partOfWorld }
  const last = parts.at(-1) ?? ""
  if (parts.length > 1 && continentOf.has(last)) return inCountry(last)
  const lower = region.toLowerCase()
  const known = regions[lower] ?? cities[/^([a-z]{3})-?\d+$/.exec(lower)?.[1] ?? ""]
  if (known !== undefined) return inCountry(known)
  if (/^[A-Z]{2}$/.test(region) && continentOf.has(region)) return inCountry(region)
  const [first = "", second = ""] = lower.split(/[-_]/)
  if (first === "us" || first === "ca" || first === "mx") return inCountry(first.toUpperCase())
  // "EU-RO-1": the country stands behind the continent.
  if (continentOf.has(second.toUpperCase())) return inCountry(second.toUpperCase())
  return { country: undefined, continent: continents[first === "ap" || first === "me" ? "as" : first] }
}

const seen = new Map<string, Place>()

/**
 * The place that a region's name tells of; nothing where it does not.
 *
 * @category conversions
 * @since 0.1.0
 */
export const placeOf = (region: string): Place => {
  const before = seen.get(region)
  if (before !== undefined) return before
  const found = region === "" ? nowhere : placed(region)
  if (seen.size < 10_000) seen.set(region, found)
  return found
}

/**
 * A test for regions: by name, by country (`DE`, `US`) or by continent (`europe`, `EU`). Case does not count.
 *
 * **Details**  a code that is both is the continent: `SA` is South America.
 *
 * @category predicates
 * @since 0.1.0
 */
export const inPlace = (wanted: string): ((region: string) => boolean) => {
  const lower = wanted.trim().toLowerCase()
  const continent = Object.hasOwn(continents, lower) ? continents[lower] : undefined
  const country = /^[a-z]{2}$/.test(lower) && continent === undefined ? lower.toUpperCase() : undefined
  return (region) =>
    region.toLowerCase() === lower ||
    (continent !== undefined && placeOf(region).continent === continent) ||
    (country !== undefined && placeOf(region).country === country)
}
