/**
 * Splits an amount over the days in which it arose, by this computer's time zone. Pure but for the time zone.
 */
import { dayOf } from "../train/limits.ts"

/** An amount of one day. */
export interface DayShare {
  readonly day: string
  readonly nanoUsd: number
}

const nextMidnight = (millis: number): number => new Date(millis).setHours(24, 0, 0, 0)

/** The shares of an amount that grew evenly from one moment to another; together they are the amount exactly. */
export const overDays = (from: number, to: number, nanoUsd: number): ReadonlyArray<DayShare> => {
  const shares: Array<DayShare> = []
  const whole = to - from
  let given = 0
  for (let at = from; at < to;) {
    const until = Math.min(to, nextMidnight(at))
    // By the sum up to here, so that rounding never adds up.
    const due = until === to ? nanoUsd : Math.round((nanoUsd * (until - from)) / whole)
    shares.push({ day: dayOf(new Date(at)), nanoUsd: due - given })
    given = due
    at = until
  }
  return shares.length > 0 ? shares : [{ day: dayOf(new Date(to)), nanoUsd }]
}
