/**
 * Prices that providers were asked for, kept below RUNCTL_HOME: a file for each provider, replaced in one step.
 */
import type { PlainOffer } from "@runctl/prices/Snapshot"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A provider's prices as they were at a time. `source` is where they were asked, `sha256` of the offers as written. */
export interface Part {
  readonly provider: string
  readonly source: string
  readonly takenAt: string
  readonly sha256: string
  readonly offers: ReadonlyArray<PlainOffer>
}

/** What is there, and files that cannot be read, with the reason. */
export interface Parts {
  readonly parts: ReadonlyArray<Part>
  readonly damaged: ReadonlyArray<{ readonly file: string; readonly why: string }>
}

const folderOf = (home: string): string => join(home, "offers")

const digest = (text: string): string =>
  process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex")

const isPart = (value: unknown): value is Part & { readonly version: number } =>
  typeof value === "object" &&
  value !== null &&
  "version" in value &&
  "provider" in value &&
  typeof value.provider === "string" &&
  "source" in value &&
  typeof value.source === "string" &&
  "takenAt" in value &&
  typeof value.takenAt === "string" &&
  "sha256" in value &&
  "offers" in value &&
  Array.isArray(value.offers)

const parsed = (text: string): Part | string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return "it is not JSON, or was cut off"
  }
  if (!isPart(value)) return "it holds no prices"
  if (value.version !== 1) return `its version is ${String(value.version)}`
  return digest(JSON.stringify(value.offers)) === value.sha256 ? value : "its offers are not those that were written"
}

/** All parts that were refreshed. A file that is damaged is left out and told: the snapshot's prices are there. */
export const readParts = (home: string): Parts => {
  const folder = folderOf(home)
  if (!existsSync(folder)) return { parts: [], damaged: [] }
  const parts: Array<Part> = []
  const damaged: Array<{ readonly file: string; readonly why: string }> = []
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
    const file = join(folder, name)
    const found = parsed(readFileSync(file, "utf8"))
    if (typeof found === "string") damaged.push({ file, why: found })
    else parts.push(found)
  }
  return { parts: parts.toSorted((left, right) => (left.provider < right.provider ? -1 : 1)), damaged }
}

/** Replaces a provider's part in one step: whoever is cut off half-way leaves the old one. */
export const writePart = (home: string, part: Omit<Part, "sha256">): Part => {
  const folder = folderOf(home)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const whole: Part = { ...part, sha256: digest(JSON.stringify(part.offers)) }
  const file = join(folder, `${encodeURIComponent(part.provider)}.json`)
  const aside = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(aside, JSON.stringify({ version: 1, ...whole }), { mode: 0o600 })
    renameSync(aside, file)
  } finally {
    rmSync(aside, { force: true })
  }
  return whole
}
