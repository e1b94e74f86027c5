/**
 * What a bench found: a value that must not be above its limit, the one of the specification.
 *
 * **Units**  `x` is a ratio to something measured in the same run
 */
export interface Result {
  readonly name: string
  readonly value: number
  readonly unit: "x" | "s" | "MB" | "kB" | "files" | "calls"
  readonly limit: number
  readonly details: string
}

/** What cannot be measured here, and why. */
export interface Skipped {
  readonly name: string
  readonly skipped: string
}

/** How much slack a noisy machine gets unless limits are taken strictly; what is counted is counted exactly. */
const slack = 2

const counted: ReadonlySet<Result["unit"]> = new Set(["kB", "files", "calls"])

export const limitOf = ({ limit, unit }: Result, isStrict: boolean): number =>
  isStrict || counted.has(unit) ? limit : limit * slack

export const isWithin = (result: Result, isStrict: boolean): boolean => result.value <= limitOf(result, isStrict)

const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2))

export const lineOf = (result: Result, isStrict: boolean): string => {
  const { details, limit, name, unit, value } = result
  const verdict = isWithin(result, isStrict) ? (value > limit ? "over the limit, within the slack" : "ok") : "TOO MUCH"
  return `${name}: ${shown(value)} ${unit} (${shown(limit)}) ${verdict}; ${details}`
}
