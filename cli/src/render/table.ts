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

/** Lines of aligned cells below their headings. */
export const table = (
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
