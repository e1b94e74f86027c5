/**
 * The days of a time zone, whatever its clocks do. Pure.
 */

/** A part of a day. */
export interface DayPart {
  readonly day: string
  readonly from: number
  readonly to: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" })
  formats.set(timeZone, known)
  return known
}

/** The time zone of whoever runs this. */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The day of a moment, as `2026-11-21`. */
export const dayAt = (millis: number, timeZone: string): string => formatOf(timeZone).format(millis)

/** No day is longer, not even one with an hour twice. */
const longestDay = 26 * 3_600_000

/** Where days end that were looked for already. */
const ends = new Map<string, number>()

/** The first moment of the next day. It is looked for: a day may be 23 hours long, and midnight may not exist. */
const nextDay = (millis: number, timeZone: string): number => {
  const day = dayAt(millis, timeZone)
  const name = `${timeZone} ${day}`
  const known = ends.get(name)
  if (known !== undefined && known > millis) return known
  let same = millis
  let other = millis + longestDay
  while (other - same > 1) {
    const middle = same + Math.floor((other - same) / 2)
    if (dayAt(middle, timeZone) === day) same = middle
    else other = middle
  }
  ends.set(name, other)
  return other
}

/** The days from one moment to another, in order and without a gap; the one day of a moment without length. */
export const daysBetween = (from: number, to: number, timeZone: string): ReadonlyArray<DayPart> => {
  const parts: Array<DayPart> = []
  for (let at = from; at < to;) {
    const until = Math.min(to, nextDay(at, timeZone))
    parts.push({ day: dayAt(at, timeZone), from: at, to: until })
    at = until
  }
  return parts.length > 0 ? parts : [{ day: dayAt(to, timeZone), from: to, to }]
}
