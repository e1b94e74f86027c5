/**
 * A comparison as text and as CSV.
 */
import { formatUsd } from "@runctl/core/Dollars"
import type { CompareOutput } from "../output/compare.ts"
import { csv } from "./csv.ts"
import type { Style } from "./style.ts"
import { clean, fields, table } from "./table.ts"
import { count } from "./units.ts"

type Row = CompareOutput["offers"][number]

const usdOr = (amount: number | null): string => (amount === null ? "unknown" : formatUsd(amount))

/** Dollars without cents where they do not matter. */
const rounded = (amount: number): string => {
  if (amount < 100) return formatUsd(amount)
  if (amount < 1e6) return formatUsd(Math.round(amount)).replace(/\.00$/, "")
  return amount < 1e9 ? `$${(amount / 1e6).toPrecision(3)}M` : "over $1B"
}

/** `$12–$40`; nothing where both ends are one. */
export const rangeText = ({ highUsd, lowUsd }: Pick<Row, "highUsd" | "lowUsd">): string => {
  if (lowUsd === null || highUsd === null) return ""
  const [low, high] = [rounded(lowUsd), rounded(highUsd)]
  return low === high ? low : `${low}–${high}`
}

const gpuText = ({ gpu, gpuCount }: Row): string => (gpu === null ? "-" : `${gpuCount}× ${gpu}`)

const spotText = ({ market, spotDiscount }: Row): string =>
  market === "on-demand" ? "" : spotDiscount === null ? "spot" : `spot −${Math.round(spotDiscount * 100)}%`

/** A price's age, and whether it can still be believed. */
const ageText = ({ ageDays, isEstimatedDate, isStale }: Row, style: Style): string => {
  const text = `${isEstimatedDate ? "~" : ""}${ageDays}d`
  return isStale ? style.yellow(`${text} stale`) : text
}

/** Offers that differ in nothing but their place are one line of the table. */
interface Line {
  readonly rank: number
  readonly first: Row
  readonly places: number
}

/** The lines of a table: places that cost the same are told together. */
export const linesOf = (rows: ReadonlyArray<Row>, most: number): ReadonlyArray<Line> => {
  const lines = new Map<string, { readonly rank: number; readonly first: Row; places: number }>()
  for (const [at, row] of rows.entries()) {
    const key = [row.provider, row.instanceType, row.gpu, row.market, row.usdPerHour, row.totalUsd, row.asOf].join("|")
    const line = lines.get(key)
    if (line !== undefined) line.places += 1
    else lines.set(key, { rank: at + 1, first: row, places: 1 })
  }
  return [...lines.values()].slice(0, most)
}

const placeText = ({ first, places }: Line): string => {
  const place = clean(first.zone === null ? first.region : `${first.region} ${first.zone}`)
  return places === 1 ? place : `${place} +${places - 1}`
}

const whyText = (row: Row): string => {
  if (row.totalUsd === null) return row.remarks[0] ?? "its cost is unknown"
  return row.whyNotCheaper ?? ""
}

const titles = [
  "#",
  "PROVIDER",
  "TYPE",
  "GPU",
  "REGION",
  "LIST/H",
  "EXPECTED",
  "RANGE",
  "SPOT",
  "AGE",
  "WHY NOT CHEAPER"
]
const numeric: ReadonlySet<string> = new Set(["#", "LIST/H", "EXPECTED", "RANGE", "AGE"])

const cellsOf = (line: Line, style: Style): ReadonlyArray<string> => {
  const { first } = line
  return [
    String(line.rank),
    clean(first.provider),
    clean(first.instanceType),
    gpuText(first),
    placeText(line),
    usdOr(first.usdPerHour),
    style.bold(usdOr(first.totalUsd)),
    rangeText(first),
    spotText(first),
    ageText(first, style),
    whyText(first)
  ]
}

/** For how long, and how often it is saved. */
const jobText = ({ checkpointEveryHours, jobHours }: CompareOutput): string => {
  const saved =
    checkpointEveryHours === null ? "without checkpoints" : `with a checkpoint every ${checkpointEveryHours} h`
  return jobHours === null
    ? `The job's length follows from each GPU's speed, ${saved}.`
    : `For a job of ${jobHours} h, ${saved}.`
}

/** Where the prices are from. */
const datesText = ({ newestAsOf, oldestAsOf, refreshed, snapshot }: CompareOutput): string => {
  const [from, to] = [oldestAsOf, newestAsOf].map((each) => each.slice(0, 10))
  const when = from === to ? `as of ${to}` : `of ${from} to ${to}`
  const newer = refreshed.map(({ provider }) => provider).join(", ")
  return `Prices ${when}, from the snapshot of ${snapshot.takenOn}${newer === "" ? "" : ` and, newer, from ${newer}`}.`
}

/** What is told below a table or chart. */
export const notesOf = (output: CompareOutput, shown: number, style: Style): ReadonlyArray<string> => {
  const { failures, fitting, offers, rejected } = output
  const isStale = offers.some((offer) => offer.isStale)
  return [
    style.dim(
      `${count(fitting, "price fits", "prices fit")}, ${count(rejected, "offer does", "offers do")} not; ${shown} shown.`
    ),
    style.dim(jobText(output)),
    ...output.remarks.map((remark) => style.dim(remark)),
    style.dim(datesText(output)),
    ...(isStale
      ? [style.yellow("Stale prices are shown: `runctl offers refresh` asks the providers, --live too.")]
      : []),
    ...failures.map(({ message, provider }) => style.yellow(`${provider} could not be asked: ${clean(message)}`))
  ]
}

/** The table that people read. */
export const renderCompare = (output: CompareOutput, most: number, style: Style): string => {
  const lines = linesOf(output.offers, most)
  const columns = titles.map((title) => ({ title, isNumber: numeric.has(title) }))
  const drawn = table(
    columns,
    lines.map((line) => cellsOf(line, style)),
    style
  )
  return [drawn, "", ...notesOf(output, lines.length, style)].join("\n")
}

/** One offer taken apart. */
export const renderExplained = ({ explained, ...output }: CompareOutput, style: Style): string => {
  if (explained === null) return ""
  const { billing, offer, parts, rank } = explained
  const place = [offer.provider, offer.region, ...(offer.zone === null ? [] : [offer.zone]), offer.instanceType]
  const columns = [
    { title: "PART" },
    { title: "EXPECTED", isNumber: true },
    { title: "RANGE", isNumber: true },
    { title: "HOW" }
  ]
  const rows = parts.map(({ highUsd, lowUsd, part, usd, why }) => [
    part,
    formatUsd(usd),
    highUsd === lowUsd ? "" : rangeText({ lowUsd, highUsd }),
    why
  ])
  const total = ["total", usdOr(offer.totalUsd), rangeText(offer), ""].map((cell) =>
    cell === "" ? "" : style.bold(cell)
  )
  return [
    fields(
      [
        ["offer", `${place.map(clean).join("/")} (${offer.market}), number ${rank} of ${output.fitting}`],
        ["has", `${gpuText(offer)}, ${offer.vcpus} vCPU, ${offer.memoryGiB} GiB memory`],
        ["list price", `${usdOr(offer.usdPerHour)}/h${offer.market === "spot" ? `, ${spotText(offer)}` : ""}`],
        ["billing", billing],
        [
          "source",
          `${clean(offer.source)}, ${offer.isEstimatedDate ? "about " : ""}${offer.asOf} (${ageText(offer, style)})`
        ],
        ["why", offer.whyNotCheaper === null ? "nothing is cheaper" : `not cheaper: ${offer.whyNotCheaper}`]
      ],
      style
    ),
    "",
    table(columns, [...rows, total], style),
    ...(offer.remarks.length === 0 ? [] : ["", ...offer.remarks.map((remark) => style.yellow(`Note: ${remark}.`))]),
    "",
    style.dim(jobText({ ...output, explained }))
  ].join("\n")
}

const csvFields = [
  "provider",
  "region",
  "zone",
  "instanceType",
  "market",
  "gpu",
  "gpuCount",
  "gpuMemoryGiB",
  "vcpus",
  "memoryGiB",
  "usdPerHour",
  "totalUsd",
  "lowUsd",
  "highUsd",
  "runsHours",
  "interruptions",
  "whyNotCheaper",
  "source",
  "asOf",
  "ageDays",
  "isStale"
] as const satisfies ReadonlyArray<keyof Row>

/** A comparison as comma-separated values, one row for each offer and market; amounts in US dollars. */
export const csvOfCompare = ({ offers }: CompareOutput): string =>
  csv(
    csvFields,
    offers.map((offer) => csvFields.map((name) => offer[name]))
  )
