/**
 * Times as people type and read them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

const unitSeconds = new Map(
  Object.entries({
    s: 1,
    sec: 1,
    second: 1,
    seconds: 1,
    m: 60,
    min: 60,
    minute: 60,
    minutes: 60,
    h: 3600,
    hour: 3600,
    hours: 3600,
    d: 86_400,
    day: 86_400,
    days: 86_400
  })
)

/**
 * Reads `90s`, `45m`, `2h`, `1h30m`, `1.5h`, `2 days`; a bare number counts in `bareUnit`.
 *
 * **Details**  `undefined` when the text is not a time, is negative, or lacks a unit where none is assumed.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string, bareUnit?: "seconds" | "hours"): Duration.Duration | undefined => {
  const input = text.trim().toLowerCase()
  if (/^\d+(\.\d+)?$/.test(input)) {
    return bareUnit === undefined ? undefined : ofSeconds(Number(input) * (unitSeconds.get(bareUnit) ?? 1))
  }
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(input)) return undefined
  let seconds = 0
  for (const [, amount, unit] of input.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const factor = unitSeconds.get(unit ?? "")
    if (factor === undefined) return undefined
    seconds += Number(amount) * factor
  }
  return ofSeconds(seconds)
}

/** A number with too many digits is no time. */
const ofSeconds = (seconds: number): Duration.Duration | undefined =>
  Number.isFinite(seconds) ? Duration.seconds(seconds) : undefined

/**
 * The two largest units that matter: `0s`, `42s`, `3m 5s`, `2h 10m`, `1d 4h`; `forever` when it never ends.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (duration: Duration.Duration): string => {
  if (!Duration.isFinite(duration)) return "forever"
  const total = Math.round(Duration.toSeconds(duration))
  const parts: ReadonlyArray<readonly [number, string]> = [
    [Math.floor(total / 86_400), "d"],
    [Math.floor(total / 3600) % 24, "h"],
    [Math.floor(total / 60) % 60, "m"],
    [total % 60, "s"]
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first === -1) return "0s"
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(" ")
}
