/** What is built of the data files: pure, from text to text. */
import { createHash } from "node:crypto"
import { parseCsv } from "./csv.ts"

/** When the files in `data/` were collected. */
const collectedOn = "2026-11-20"

/** The sources' words for providers that we have another name for. */
const providers: Readonly<Record<string, string>> = { vast: "vastai" }

/** Where a source names no region. */
const unknownRegion = "unknown"

interface Row {
  readonly provider: string
  readonly region: string
  readonly zone: string
  readonly instanceType: string
  readonly gpu: string
  readonly gpuCount: number
  readonly gpuMemoryGiB: number | null
  readonly vcpus: number
  readonly memoryGiB: number
  readonly onDemandUsdPerHour: number | null
  readonly spotUsdPerHour: number | null
  readonly source: string
}

const number = (row: Readonly<Record<string, string>>, name: string): number | null => {
  const text = row[name] ?? ""
  if (text === "") return null
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} is ${text} in ${JSON.stringify(row)}`)
  return value
}

const wanted = (row: Readonly<Record<string, string>>, name: string): number => {
  const value = number(row, name)
  if (value === null) throw new Error(`${name} is missing in ${JSON.stringify(row)}`)
  return value
}

/** A missing price is an empty cell: a zero would be a machine for nothing. */
const price = (row: Readonly<Record<string, string>>, name: string): number | null => {
  const value = number(row, name)
  if (value === 0) throw new Error(`${name} is 0 in ${JSON.stringify(row)}`)
  return value
}

/** `2026-07~` is some day of that month: the first, so that an age is never told too small. */
const dateOf = (text: string): string => {
  const [, year = "", month = "01", day = "01"] = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?~?$/.exec(text) ?? []
  if (year === "") throw new Error(`${text} is no date`)
  return `${year}-${month}-${day}`
}

const rowsOf = (text: string): ReadonlyArray<Row> =>
  parseCsv(text).map((row) => ({
    provider: providers[row["provider"] ?? ""] ?? row["provider"] ?? "",
    region: row["region"] === "" ? unknownRegion : (row["region"] ?? ""),
    zone: row["zone"] ?? "",
    instanceType: row["instance_type"] ?? "",
    gpu: row["gpu_name"] ?? "",
    gpuCount: wanted(row, "gpu_count"),
    gpuMemoryGiB: number(row, "gpu_memory_gib"),
    vcpus: wanted(row, "vcpus"),
    memoryGiB: wanted(row, "memory_gib"),
    onDemandUsdPerHour: price(row, "on_demand_usd_per_hour"),
    spotUsdPerHour: price(row, "spot_usd_per_hour"),
    source: `${row["source"] ?? ""}|${dateOf(row["as_of"] ?? "")}|${(row["as_of"] ?? "").endsWith("~") ? 1 : 0}`
  }))

const order = (left: Row, right: Row): number => {
  for (const name of ["provider", "instanceType", "region", "zone", "source"] as const) {
    if (left[name] !== right[name]) return left[name] < right[name] ? -1 : 1
  }
  return 0
}

/** A column of few different values: each once, and which it is in each row. */
const dictionary = (values: ReadonlyArray<string>) => {
  const distinct = [...new Set(values)].toSorted()
  const places = new Map(distinct.map((value, at) => [value, at]))
  return { values: distinct, rows: values.map((value) => places.get(value) ?? 0) }
}

/** The snapshot as a module with one string in it. */
export const snapshot = (offersCsv: string): string => {
  const rows = rowsOf(offersCsv).toSorted(order)
  const text = (name: "provider" | "region" | "zone" | "instanceType" | "gpu") =>
    dictionary(rows.map((row) => row[name]))
  const sources = dictionary(rows.map(({ source }) => source))
  const content = {
    version: 1,
    takenOn: collectedOn,
    sha256: createHash("sha256").update(offersCsv).digest("hex"),
    sources: sources.values.map((each) => {
      const [source, asOf, estimated] = each.split("|")
      return { source, asOf, isEstimated: estimated === "1" }
    }),
    columns: {
      provider: text("provider"),
      region: text("region"),
      zone: text("zone"),
      instanceType: text("instanceType"),
      gpu: text("gpu"),
      source: sources.rows,
      gpuCount: rows.map(({ gpuCount }) => gpuCount),
      gpuMemoryGiB: rows.map(({ gpuMemoryGiB }) => gpuMemoryGiB),
      vcpus: rows.map(({ vcpus }) => vcpus),
      memoryGiB: rows.map(({ memoryGiB }) => memoryGiB),
      onDemandUsdPerHour: rows.map(({ onDemandUsdPerHour }) => onDemandUsdPerHour),
      spotUsdPerHour: rows.map(({ spotUsdPerHour }) => spotUsdPerHour)
    }
  }
  return `/**
 * The prices of ${collectedOn}: ${rows.length} offers. Built by \`npm run snapshot -w @runctl/prices\`; not to be edited.
 *
 * @since 0.1.0
 */

/** The offline snapshot as text, for \`decode\` of \`Snapshot\`. @category constants @since 0.1.0 */
export const snapshotData: string =
  ${quoted(JSON.stringify(content))}
`
}

/** As the formatter would have it: few escapes. */
const quoted = (json: string): string => `'${json.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`

/** The canonical GPUs as a module of core's. */
export const accelerators = (gpusCsv: string): string => {
  const lines = parseCsv(gpusCsv).map(
    (row) =>
      `  [${JSON.stringify(row["canonical"])}, ${JSON.stringify(row["vendor"])}, ${wanted(row, "memory_gib_nominal")}]`
  )
  return `/**
 * Every GPU that has one name of ours: name, vendor, printed memory in GiB. Built from \`packages/prices/data/gpus.csv\` by
 * \`npm run snapshot -w @runctl/prices\`; not to be edited.
 */
export const accelerators: ReadonlyArray<readonly [name: string, vendor: string, memoryGiB: number]> = [
${lines.join(",\n")}
]
`
}
