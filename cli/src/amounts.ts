/**
 * Numbers that people write behind flags. Throws a complaint that names the flag.
 */
import { usage } from "./errors/Failure.ts"

/** A positive number, or a complaint that names the flag. */
export const positive = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw usage(`${flag} ${text}: a number greater than 0 is wanted`)
  }
  return value
}

/** A number that is not negative, or a complaint that names the flag. */
export const amount = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text.replace(/^\$/, ""))
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw usage(`${flag} ${text}: an amount of US dollars is wanted, for example ${flag} 20`)
  }
  return value
}

/** A whole number greater than 0, or a complaint that names the flag. */
export const whole = (flag: string, text: string | undefined): number | undefined => {
  const value = positive(flag, text)
  if (value !== undefined && !Number.isInteger(value)) throw usage(`${flag} ${text}: a whole number is wanted`)
  return value
}

/** Gibibytes: `40`, `40GB`, `40GiB`, `1TiB`. */
export const gibibytes = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const [, value, unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? []
  const factor = { "": 1, g: 1, gb: 1, gib: 1, t: 1024, tb: 1024, tib: 1024, m: 1 / 1024, mb: 1 / 1024, mib: 1 / 1024 }[
    unit.toLowerCase()
  ]
  if (value === undefined || factor === undefined) {
    throw usage(`${flag} ${text}: an amount of memory in GiB is wanted, for example ${flag} 40`)
  }
  return Number(value) * factor
}
