/**
 * A comparison as a page that needs nothing but itself: a chart, and a table that can be sorted and searched.
 */
import { formatUsd } from "@runctl/core/Dollars"
import { scaleLinear } from "d3-scale"
import type { CompareOutput } from "../output/compare.ts"
import { linesOf, notesOf, rangeText } from "./compare.ts"
import { pageScript, pageStyle } from "./comparePage.ts"
import { plain } from "./style.ts"
import { clean } from "./table.ts"

type Row = CompareOutput["offers"][number]

const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")

/** How many bars a chart has. */
const bars = 20

const size = { width: 900, left: 330, right: 90, top: 34, bar: 24 }

/** How much further than the dearest expected total the axis goes. */
const beyond = 1.25

const one = (value: number): string => value.toFixed(1)

const barOf = (row: Row, at: number, x: (usd: number) => number, end: number): string => {
  const y = size.top + at * size.bar
  const [expected, low, high] = [row.totalUsd ?? 0, row.lowUsd ?? 0, Math.min(row.highUsd ?? 0, end)]
  const name = clean(`${row.provider} ${row.instanceType}, ${row.region}${row.market === "spot" ? " (spot)" : ""}`)
  const shown = name.length > 46 ? `${name.slice(0, 45)}…` : name
  const told = `${name}: ${formatUsd(expected)}, between ${rangeText(row)}`
  return `<g><title>${escaped(told)}</title>
<text x="${size.left - 10}" y="${one(y + 15)}" text-anchor="end">${escaped(shown)}</text>
<rect class="${row.market}" x="${size.left}" y="${one(y + 4)}" width="${one(Math.max(1, x(expected) - size.left))}" height="14"/>
<path class="range" d="M${one(x(low))} ${one(y + 11)}H${one(x(high))}M${one(x(low))} ${one(y + 7)}v8${(row.highUsd ?? 0) > end ? "" : `M${one(x(high))} ${one(y + 7)}v8`}"/>
<text x="${one(size.width - size.right + 8)}" y="${one(y + 15)}">${escaped(formatUsd(expected))}</text></g>`
}

const chartOf = (rows: ReadonlyArray<Row>): string => {
  const shown = linesOf(rows, bars)
    .map(({ first }) => first)
    .filter(({ totalUsd }) => totalUsd !== null)
  const end = Math.max(1e-9, ...shown.map(({ totalUsd }) => totalUsd ?? 0)) * beyond
  const x = scaleLinear()
    .domain([0, end])
    .range([size.left, size.width - size.right])
  const height = size.top + shown.length * size.bar + 10
  const grid = x
    .ticks(6)
    .map(
      (tick) =>
        `<line class="grid" x1="${one(x(tick))}" x2="${one(x(tick))}" y1="${size.top}" y2="${height - 10}"/><text x="${one(x(tick))}" y="${size.top - 8}" text-anchor="middle">${escaped(formatUsd(tick))}</text>`
    )
  return `<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-labelledby="chart-title chart-text">
<title id="chart-title">What the job is expected to cost</title>
<desc id="chart-text">Bars for the ${shown.length} cheapest; thin lines show what it may cost at the favourable and the unfavourable end. The table below says the same.</desc>
${grid.join("\n")}
${shown.map((row, at) => barOf(row, at, x, end)).join("\n")}
</svg>`
}

interface Column {
  readonly title: string
  readonly text: (row: Row, at: number) => string
  /** What a column of numbers is sorted by; what has none stands last. */
  readonly number?: (row: Row, at: number) => number | null
}

const columns: ReadonlyArray<Column> = [
  { title: "#", text: (_, at) => String(at + 1), number: (_, at) => at + 1 },
  { title: "Provider", text: ({ provider }) => provider },
  { title: "Type", text: ({ instanceType }) => instanceType },
  { title: "GPU", text: ({ gpu, gpuCount }) => (gpu === null ? "–" : `${gpuCount}× ${gpu}`) },
  { title: "Region", text: ({ region, zone }) => (zone === null ? region : `${region} ${zone}`) },
  { title: "Market", text: ({ market }) => market },
  { title: "List $/h", text: ({ usdPerHour }) => money(usdPerHour), number: ({ usdPerHour }) => usdPerHour },
  { title: "Expected", text: ({ totalUsd }) => money(totalUsd), number: ({ totalUsd }) => totalUsd },
  { title: "Range", text: rangeText, number: ({ highUsd }) => highUsd },
  {
    title: "Age of price",
    text: ({ ageDays, isStale }) => `${ageDays} days${isStale ? ", stale" : ""}`,
    number: ({ ageDays }) => ageDays
  },
  {
    title: "Why not cheaper",
    text: (row) => [row.whyNotCheaper ?? "", ...row.remarks].filter((each) => each !== "").join("; ")
  },
  {
    title: "Source",
    text: ({ asOf, isEstimatedDate, source }) => `${source}, ${isEstimatedDate ? "about " : ""}${asOf}`
  }
]

const money = (amount: number | null): string => (amount === null ? "unknown" : formatUsd(amount))

const cellOf = ({ number, text }: Column, row: Row, at: number): string => {
  const shown = escaped(clean(text(row, at)))
  if (number === undefined) return `<td>${shown}</td>`
  return `<td class="number" data-value="${number(row, at) ?? ""}">${shown}</td>`
}

const tableOf = (rows: ReadonlyArray<Row>): string => {
  const heads = columns.map(
    ({ number, title }, at) =>
      `<th scope="col"${at === 0 ? ' aria-sort="ascending"' : ""}${number === undefined ? "" : ' class="number"'}><button type="button">${escaped(title)}<span aria-hidden="true"></span></button></th>`
  )
  const lines = rows.map((row, at) => `<tr>${columns.map((column) => cellOf(column, row, at)).join("")}</tr>`)
  return `<table><caption>All that fit, cheapest first. The buttons in the heading sort.</caption>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${lines.join("\n")}
</tbody></table>`
}

const hashOf = (text: string): string =>
  process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("base64")

/** The page: nothing is loaded from anywhere, and nothing but its own script runs. */
export const htmlOfCompare = (output: CompareOutput, now: number): string => {
  const policy = `default-src 'none'; script-src 'sha256-${hashOf(pageScript)}'; style-src 'sha256-${hashOf(pageStyle)}'`
  const notes = notesOf(output, output.offers.length, plain).map(
    (note) => `<li>${escaped(note.replaceAll("`", ""))}</li>`
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>What it will really cost</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<h1>What it will really cost</h1>
<p>Made by runctl on ${new Date(now).toISOString().slice(0, 10)}.</p>
<ul>
${notes.join("\n")}
</ul>
${chartOf(output.offers)}
<p><label>Show only rows with <input type="search" autocomplete="off"></label> <output aria-live="polite"></output></p>
${tableOf(output.offers)}
</main>
<script>${pageScript}</script>
</body>
</html>
`
}
