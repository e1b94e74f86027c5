/**
 * The columns of a snapshot's file turned into offers. Says what is wrong with a file that is none.
 */
import type { PlainOffer, Snapshot } from "../PlainOffer.ts"

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

const texts = (value: unknown): ReadonlyArray<string> | undefined =>
  Array.isArray(value) && value.every((each): each is string => typeof each === "string") ? value : undefined

/** One text of each row; `undefined` where the column is damaged. */
const dictionary = (value: unknown, rows: number): ReadonlyArray<string> | undefined => {
  if (!isFields(value)) return undefined
  const values = texts(value["values"])
  const places: unknown = value["rows"]
  if (values === undefined || !Array.isArray(places) || places.length !== rows) return undefined
  const column: Array<string> = []
  for (const place of places) {
    const text = typeof place === "number" ? values[place] : undefined
    if (text === undefined) return undefined
    column.push(text)
  }
  return column
}

type Numbers = ReadonlyArray<number | null>

const isNumbers = (value: ReadonlyArray<unknown>, least: number): value is Numbers => {
  for (const each of value) {
    // What is not finite is not below infinity, and what is no number is not compared.
    if (each !== null && !(typeof each === "number" && each >= least && each < Infinity)) return false
  }
  return true
}

/** One number or nothing of each row, none below the least. */
const numbers = (value: unknown, rows: number, least: number): Numbers | undefined =>
  Array.isArray(value) && value.length === rows && isNumbers(value, least) ? value : undefined

interface Source {
  readonly source: string
  readonly asOf: string
  readonly isEstimated: boolean
}

const sourcesIn = (value: unknown): ReadonlyArray<Source> | undefined => {
  if (!Array.isArray(value)) return undefined
  const sources: Array<Source> = []
  for (const each of value) {
    if (!isFields(each)) return undefined
    const { asOf, isEstimated, source } = each
    if (typeof source !== "string" || typeof asOf !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(asOf)) return undefined
    sources.push({ source, asOf, isEstimated: isEstimated === true })
  }
  return sources
}

/** A mutable offer while it is put together. */
type Draft = { -readonly [K in keyof PlainOffer]: PlainOffer[K] }

const textNames = ["provider", "region", "zone", "instanceType", "gpu"] as const
/** With the least that makes sense: a price of nothing is a mistake, a missing one is missing. */
const numberNames = [
  ["gpuCount", 0],
  ["gpuMemoryGiB", 0],
  ["vcpus", 0],
  ["memoryGiB", 0],
  ["onDemandUsdPerHour", Number.MIN_VALUE],
  ["spotUsdPerHour", Number.MIN_VALUE]
] as const

interface Columns {
  readonly texts: Readonly<Record<(typeof textNames)[number], ReadonlyArray<string>>>
  readonly numbers: Readonly<Record<(typeof numberNames)[number][0], Numbers>>
  readonly sources: ReadonlyArray<Source>
  readonly source: Numbers
}

const offerAt = ({ numbers, source, sources, texts }: Columns, row: number): PlainOffer | undefined => {
  const from = sources[source[row] ?? -1]
  const [gpuCount, vcpus, memoryGiB] = [numbers.gpuCount[row], numbers.vcpus[row], numbers.memoryGiB[row]]
  if (from === undefined || typeof gpuCount !== "number") return undefined
  if (typeof vcpus !== "number" || typeof memoryGiB !== "number") return undefined
  const offer: Draft = {
    provider: texts.provider[row] ?? "",
    region: texts.region[row] ?? "",
    instanceType: texts.instanceType[row] ?? "",
    gpuCount,
    vcpus,
    memoryGiB,
    source: from.source,
    asOf: from.asOf
  }
  const zone = texts.zone[row]
  const gpu = texts.gpu[row]
  const [memory, onDemand, spot] = [
    numbers.gpuMemoryGiB[row],
    numbers.onDemandUsdPerHour[row],
    numbers.spotUsdPerHour[row]
  ]
  if (zone !== undefined && zone !== "") offer.zone = zone
  if (gpu !== undefined && gpu !== "") offer.gpu = gpu
  if (typeof memory === "number") offer.gpuMemoryGiB = memory
  if (typeof onDemand === "number") offer.onDemandUsdPerHour = onDemand
  if (typeof spot === "number") offer.spotUsdPerHour = spot
  if (from.isEstimated) offer.isEstimatedDate = true
  return offer
}

/** The snapshot that a file's JSON is, or what is wrong with it. */
export const rowsOf = (file: unknown): Snapshot | string => {
  if (!isFields(file) || !isFields(file["columns"])) return "it is no snapshot"
  const { columns, sha256, sources: saidSources, takenOn, version } = file
  if (version !== 1) return `its version is ${String(version)}, and this program reads version 1`
  if (typeof takenOn !== "string" || typeof sha256 !== "string") return "it does not say what it was built from"
  const rows = Array.isArray(columns["gpuCount"]) ? columns["gpuCount"].length : 0
  if (rows === 0) return "it has no offers"
  const sources = sourcesIn(saidSources)
  const source = numbers(columns["source"], rows, 0)
  if (sources === undefined || source === undefined) return "its sources are damaged"
  const text = (name: (typeof textNames)[number]) => dictionary(columns[name], rows)
  const [provider, region, zone, instanceType, gpu] = textNames.map(text)
  if (!provider || !region || !zone || !instanceType || !gpu) {
    return `its column ${textNames.find((name) => text(name) === undefined) ?? ""} is damaged`
  }
  const numeric = (at: number): Numbers | undefined => {
    const [name, least] = numberNames[at] ?? ["", 0]
    return numbers(columns[name], rows, least)
  }
  const [gpuCount, gpuMemoryGiB, vcpus, memoryGiB, onDemandUsdPerHour, spotUsdPerHour] = numberNames.map((_, at) =>
    numeric(at)
  )
  if (!gpuCount || !gpuMemoryGiB || !vcpus || !memoryGiB || !onDemandUsdPerHour || !spotUsdPerHour) {
    return `its column ${numberNames.find((_, at) => numeric(at) === undefined)?.[0] ?? ""} is damaged`
  }
  const all: Columns = {
    texts: { provider, region, zone, instanceType, gpu },
    numbers: { gpuCount, gpuMemoryGiB, vcpus, memoryGiB, onDemandUsdPerHour, spotUsdPerHour },
    sources,
    source
  }
  const offers: Array<PlainOffer> = []
  for (let row = 0; row < rows; row++) {
    const offer = offerAt(all, row)
    if (offer === undefined) return `its row ${row + 1} is damaged`
    offers.push(offer)
  }
  return { takenOn, sha256, offers }
}
