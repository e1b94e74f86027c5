/**
 * Keeps results in docs/verification.md, each between two marks of its own.
 */
import { readFileSync, writeFileSync } from "node:fs"

const page = new URL("../../docs/verification.md", import.meta.url)

const marks = (name: string): readonly [string, string] => [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]

/** The page with a table of what was found between the marks of a name. Throws where they are missing. */
export const withResult = (text: string, name: string, result: Readonly<Record<string, string | number>>): string => {
  const [begin, end] = marks(name)
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/verification.md has no place for "${name}"`)
  const rows = Object.entries(result).map(([key, value]) => `| ${key} | ${value} |`)
  const table = ["| what | result |", "| --- | --- |", ...rows].join("\n")
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}

/** Writes a result down. */
export const record = (name: string, result: Readonly<Record<string, string | number>>): void =>
  writeFileSync(page, withResult(readFileSync(page, "utf8"), name, result))
