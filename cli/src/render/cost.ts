/**
 * Costs as text and as CSV.
 */
import type { CostLine, CostOutput } from "../output/cost.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"
import { count, usd } from "./units.ts"

const titles = { run: "RUN", resource: "MACHINE", provider: "PROVIDER", day: "DAY" } as const

const nameOf = ({ key, name }: CostLine): string => (key === null ? "(no run)" : clean(name ?? key))

/** What a line has cost: settled as it is, anything else as the estimate it is. */
const soFar = (line: CostLine): string => {
  const amount = usd(line.accruedUsd)
  return line.live === 0 || line.accruedUsd === null ? amount : `~${amount}`
}

const borrowed = ({ costs }: CostOutput): ReadonlyArray<string> =>
  costs.flatMap((line) =>
    line.borrowedUsd === null || line.borrowedUsd === 0
      ? []
      : [`${nameOf(line)} also used machines rented apart from it, for about ${usd(line.borrowedUsd)}.`]
  )

/** What `cost` prints. */
export const renderCost = (output: CostOutput, style: Style): string => {
  const { by, costs, total } = output
  if (costs.length === 0) return "Nothing was rented yet: $0."
  const rows = costs.map((line) => [
    nameOf(line),
    ...(by === "run" ? [line.key ?? "-"] : []),
    String(line.machines),
    String(line.live),
    usd(line.quotedUsd),
    soFar(line)
  ])
  const sums = [
    String(total.machines),
    String(total.live),
    usd(total.quotedUsd),
    `${total.live === 0 ? "" : "~"}${usd(total.accruedUsd)}`
  ]
  const columns = [
    { title: titles[by] },
    ...(by === "run" ? [{ title: "ID" }] : []),
    { title: "MACHINES", isNumber: true },
    { title: "LIVE", isNumber: true },
    { title: "QUOTED", isNumber: true },
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
    ...borrowed(output)
  ]
  return [table(columns, [...rows, bold], style), "", ...notes.map((note) => style.dim(note))].join("\n")
}

/** A field of a table for spreadsheets; one that would be read as a formula becomes text. */
const field = (value: string | number | null): string => {
  if (value === null) return ""
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Costs as comma-separated values with a heading; amounts in US dollars.
 *
 * @source https://www.rfc-editor.org/rfc/rfc4180 (read 2026-11-21)
 */
export const csvOfCost = ({ by, costs }: CostOutput): string => {
  const heading = [by, "name", "machines", "live", "quotedUsd", "accruedUsd", "chargedUsd"]
  const rows = costs.map((line) => [
    line.key,
    line.name,
    line.machines,
    line.live,
    line.quotedUsd,
    line.accruedUsd,
    line.chargedUsd
  ])
  return [heading, ...rows].map((row) => row.map(field).join(",")).join("\r\n")
}
