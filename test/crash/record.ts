/**
 * Keeps results in docs/verification.md, each between two marks of its own.
 */
import { readFileSync, writeFileSync } from "node:fs"

const page = new URL("../../docs/verification.md", import.meta.url)

const marks = (name: string): readonly [string, string] => [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]

type Row = Readonly<Record<string, string | number>>

/** What stands before and after the place of a name, and in it. Throws where there is none. */
const cut = (text: string, name: string): readonly [string, string, string] => {
  const [begin, end] = marks(name)
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/verification.md has no place for "${name}"`)
  return [text.slice(0, from + begin.length), text.slice(from + begin.length, to), text.slice(to)]
}

const line = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |`

/** The page with a table of what was found between the marks of a name. Throws where they are missing. */
export const withResult = (text: string, name: string, result: Row): string => {
  const [before, , after] = cut(text, name)
  const table = [line(["what", "result"]), line(["---", "---"]), ...Object.entries(result).map(line)].join("\n")
  return `${before}\n\n${table}\n\n${after}`
}

/** The page with one row more between the marks of a name, or another one in the place of that with the same beginning. */
export const withRow = (text: string, name: string, row: Row): string => {
  const [before, table, after] = cut(text, name)
  const [first = ""] = Object.values(row)
  const kept = table
    .split("\n")
    .slice(table.includes("| --- |") ? 4 : 1)
    .filter((each) => each.startsWith("| ") && !each.startsWith(`| ${first} |`))
  const head = [line(Object.keys(row)), line(Object.keys(row).map(() => "---"))]
  return `${before}\n\n${[...head, ...[...kept, line(Object.values(row))].toSorted()].join("\n")}\n\n${after}`
}

const change = (edit: (text: string) => string): void => writeFileSync(page, edit(readFileSync(page, "utf8")))

/** Writes a result down. */
export const record = (name: string, result: Row): void => change((text) => withResult(text, name, result))

/** Writes a result down as a row among others. */
export const recordRow = (name: string, row: Row): void => change((text) => withRow(text, name, row))
