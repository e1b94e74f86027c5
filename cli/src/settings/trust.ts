/**
 * Which projects' own files may run code or decide where a token goes: those the user said so of, as they were then.
 */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** Where that is written down. */
export const trustFile = (home: string): string => join(home, "trusted.json")

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex")

const isTable = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" && value !== null && Object.values(value).every((digest) => typeof digest === "string")

/** Damaged or missing, it trusts nobody. */
const load = (home: string): Readonly<Record<string, string>> => {
  try {
    const value: unknown = existsSync(trustFile(home)) ? JSON.parse(readFileSync(trustFile(home), "utf8")) : {}
    return isTable(value) ? value : {}
  } catch {
    return {}
  }
}

/** Whether exactly this text was trusted at exactly this place. */
export const isTrusted = (home: string, file: string, text: string): boolean => {
  const table = load(home)
  const place = realpathSync(file)
  return Object.hasOwn(table, place) && table[place] === digestOf(text)
}

const store = (home: string, table: Readonly<Record<string, string>>): void => {
  mkdirSync(dirname(trustFile(home)), { recursive: true, mode: 0o700 })
  const aside = `${trustFile(home)}.${process.pid}`
  writeFileSync(aside, `${JSON.stringify(table, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(aside, trustFile(home))
}

/** Trusts a file as it is now; any change takes the trust away. */
export const trust = (home: string, file: string, text: string): void =>
  store(home, { ...load(home), [realpathSync(file)]: digestOf(text) })

/** Takes the trust away; a file that is gone keeps the place it had. */
export const distrust = (home: string, file: string): void => {
  const place = existsSync(file) ? realpathSync(file) : file
  const { [place]: _, ...others } = load(home)
  store(home, others)
}

/** Every file that was trusted, and whether it still is what it was then. */
export const trustedFiles = (
  home: string
): ReadonlyArray<{ readonly file: string; readonly state: "trusted" | "changed" | "gone" }> =>
  Object.entries(load(home)).map(([file, digest]) => {
    if (!existsSync(file)) return { file, state: "gone" }
    return { file, state: digestOf(readFileSync(file, "utf8")) === digest ? "trusted" : "changed" }
  })
