/**
 * Costs as text and as CSV.
 */
import { stripVTControlCharacters } from "node:util"
import type { CostLine, CostOutput } from "../output/cost.ts"
import { csv } from "./csv.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"
import { count, usd, usdPerHour } from "./units.ts"

const titles = { run: "RUN", resource: "MACHINE", provider: "PROVIDER", project: "PROJECT", day: "DAY" } as const

const nameOf = ({ key, name }: CostLine, by: CostOutput["by"]): string =>
  key === null ? `(no ${by})` : clean(name ?? key)

/** What a line has cost: settled as it is, anything else as the estimate it is. */
const soFar = (line: CostLine): string => {
  const amount = usd(line.accruedUsd)
  return line.live === 0 || line.accruedUsd === null ? amount : `~${amount}`
}

/** Eighths of a character, so that a bar is as long as its amount to the eighth. */
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

const block = (length: number): string => "█".repeat(Math.floor(length)) + (eighths[Math.floor((length % 1) * 8)] ?? "")

/** A bar as long as a line's part of the dearest: what is charged is solid, what may still grow is light. */
const barOf = (line: CostLine, most: number, width: number): string => {
  const { accruedUsd, chargedUsd } = line
  if (accruedUsd === null || accruedUsd <= 0 || most <= 0) return ""
  const solid = block((chargedUsd / most) * width)
  const whole = Math.max(1, Math.round((accruedUsd / most) * width))
  const open = chargedUsd < accruedUsd ? "░".repeat(Math.max(solid === "" ? 1 : 0, whole - solid.length)) : ""
  return solid === "" && open === "" ? "▏" : solid + open
}

/** The widest a bar gets, and the least that is worth one. */
const widest = 32
const narrowest = 8

/** The table with a bar behind each line, where the terminal has room for it. */
const charted = (text: string, costs: ReadonlyArray<CostLine>, columns: number, style: Style): string => {
  const rows = text.split("\n")
  const longest = Math.max(...rows.map((row) => stripVTControlCharacters(row).length))
  const width = Math.min(widest, columns - longest - 2)
  if (costs.length < 2 || width < narrowest) return text
  const most = Math.max(...costs.map(({ accruedUsd }) => accruedUsd ?? 0))
  return rows
    .map((row, index) => {
      // Above the lines stands the heading, below them the total.
      const line = costs[index - 1]
      const bar = line === undefined ? "" : barOf(line, most, width)
      const gap = " ".repeat(longest - stripVTControlCharacters(row).length + 2)
      return bar === "" ? row : `${row}${gap}${style.cyan(bar)}`
    })
    .join("\n")
}

const moved = ({ movedPrices }: CostOutput): ReadonlyArray<string> =>
  movedPrices.map(
    ({ chargedUsdPerHour, name, quotedUsdPerHour, resource }) =>
      `${clean(name ?? resource)} was quoted at ${usdPerHour(quotedUsdPerHour)} and costs ${usdPerHour(chargedUsdPerHour)}.`
  )

const borrowed = ({ by, costs }: CostOutput): ReadonlyArray<string> =>
  costs.flatMap((line) =>
    line.borrowedUsd === null || line.borrowedUsd === 0
      ? []
      : [`${nameOf(line, by)} also used machines rented apart from it, for about ${usd(line.borrowedUsd)}.`]
  )

/** What `cost` prints. */
export const renderCost = (output: CostOutput, style: Style, width: number): string => {
  const { by, costs, total } = output
  const isPart = output.since !== null || output.until !== null
  if (costs.length === 0) return isPart ? "Nothing was rented in that time: $0." : "Nothing was rented yet: $0."
  const rows = costs.map((line) => [
    nameOf(line, by),
    ...(by === "run" ? [line.key ?? "-"] : []),
    String(line.machines),
    String(line.live),
    usd(line.worstCaseUsd),
    soFar(line)
  ])
  const sums = [
    String(total.machines),
    String(total.live),
    usd(total.worstCaseUsd),
    `${total.live === 0 ? "" : "~"}${usd(total.accruedUsd)}`
  ]
  const columns = [
    { title: titles[by] },
    ...(by === "run" ? [{ title: "ID" }] : []),
    { title: "MACHINES", isNumber: true },
    { title: "LIVE", isNumber: true },
    { title: "AT WORST", isNumber: true },
    { title: "COST", isNumber: true }
  ]
  const bold = ["total", ...(by === "run" ? [""] : []), ...sums].map((cell) => (cell === "" ? "" : style.bold(cell)))
  const notes = [
    total.live === 0
      ? "No machine is rented any more: nothing more is being paid."
      : `${count(total.live, "machine is", "machines are")} still rented; amounts with ~ are estimates and grow.`,
    ...(total.unknownPrices === 0
      ? []
      : [`${count(total.unknownPrices, "machine")} of unknown price left out of the sums.`]),
    ...(by === "day" ? [`Days in the time zone ${output.timeZone}.`] : []),
    ...borrowed(output),
    ...moved(output)
  ]
  const drawn = charted(table(columns, [...rows, bold], style), costs, width, style)
  return [drawn, "", ...notes.map((note) => style.dim(note))].join("\n")
}

/** Costs as comma-separated values with a heading; amounts in US dollars. */
export const csvOfCost = ({ by, costs }: CostOutput): string => {
  const heading = [
    by,
    "name",
    "machines",
    "live",
    "quotedUsd",
    "worstCaseUsd",
    "accruedUsd",
    "chargedUsd",
    "borrowedUsd"
  ]
  const rows = costs.map((line) => [
    line.key,
    line.name,
    line.machines,
    line.live,
    line.quotedUsd,
    line.worstCaseUsd,
    line.accruedUsd,
    line.chargedUsd,
    line.borrowedUsd
  ])
  return csv(heading, rows)
}
