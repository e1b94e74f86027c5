/**
 * Columns of text without borders.
 */
import Table from "cli-table3"
import { stripVTControlCharacters } from "node:util"
import type { Style } from "./style.ts"

const none = { top: "", "top-mid": "", "top-left": "", "top-right": "" }
const noBorders = {
  ...none,
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  "
}

/** One column: its heading, and whether it holds numbers. */
export interface Column {
  readonly title: string
  readonly isNumber?: boolean
}

/** Text from elsewhere, fit for one cell of a terminal: on one line and without control characters. */
export const clean = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, " ")

/** What is as wide as it is long, but for colors: a few signs of ours are one column wide everywhere. */
const isPlain = (text: string): boolean => /^[ -~×–−…]*$/.test(text)

/** One line; `lengths` are those of its cells without colors. */
const line = (
  columns: ReadonlyArray<Column>,
  cells: ReadonlyArray<string>,
  lengths: ReadonlyArray<number>,
  widths: ReadonlyArray<number>
): string =>
  columns
    .map(({ isNumber }, at) => {
      const cell = cells[at] ?? ""
      const room = " ".repeat((widths[at] ?? 0) - (lengths[at] ?? 0))
      return isNumber === true ? `${room}${cell}` : `${cell}${room}`
    })
    .join("  ")
    .trimEnd()

/** Lines of aligned cells below their headings. */
export const table = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  style: Style
): string => {
  const all = [columns.map(({ title }) => style.dim(title)), ...rows]
  const bare = all.map((cells) => cells.map((cell) => stripVTControlCharacters(cell)))
  if (!bare.every((cells) => cells.every(isPlain))) return tableOfAny(columns, rows, style)
  const lengths = bare.map((cells) => cells.map((cell) => cell.length))
  const widths = columns.map((_, at) => lengths.reduce((most, each) => Math.max(most, each[at] ?? 0), 0))
  return all.map((cells, at) => line(columns, cells, lengths[at] ?? [], widths)).join("\n")
}

/** The same for letters of any width, at a hundred times the price. */
export const tableOfAny = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  style: Style
): string => {
  const drawn = new Table({
    chars: noBorders,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    head: columns.map(({ title }) => style.dim(title)),
    colAligns: columns.map(({ isNumber }) => (isNumber === true ? "right" : "left"))
  })
  drawn.push(...rows.map((row) => [...row]))
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
}

/** `name  value` lines with the values aligned. */
export const fields = (entries: ReadonlyArray<readonly [string, string]>, style: Style): string => {
  const width = Math.max(0, ...entries.map(([name]) => name.length))
  return entries
    .map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value.replaceAll("\n", `\n${" ".repeat(width + 2)}`)}`)
    .join("\n")
}
