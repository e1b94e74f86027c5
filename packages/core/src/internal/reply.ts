/**
 * What an answer says beside its body.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { Allowance } from "../Pace.ts"

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, string | undefined>>

/** No more than this is waited for on anybody's word. **Units**  milliseconds */
const longest = 3_600_000

/** What is later than this is no number of seconds from now, but since 1970. */
const sinceLongAgo = 1_000_000_000

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

const instant = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Option.getOrUndefined(DateTime.make(text))?.epochMilliseconds

/** By how much their clock is ahead of ours. **Units**  milliseconds */
export const skewOf = (headers: Headers, now: number): number | undefined => {
  const theirs = instant(headers["date"])
  return theirs === undefined ? undefined : theirs - now
}

const theirNow = (headers: Headers, now: number): number => instant(headers["date"]) ?? now

/** How long to wait before asking again, by their clock. */
export const retryAfterOf = (headers: Headers, now: number): Duration.Duration | undefined => {
  const asked = headers["retry-after"]
  const seconds = whole(asked)
  if (seconds !== undefined) return Duration.seconds(Math.min(seconds, 3600))
  const until = instant(asked)
  const millis = until === undefined ? resetOf(headers, now) : until - theirNow(headers, now)
  return millis === undefined ? undefined : Duration.millis(Math.max(1000, Math.min(millis, longest)))
}

/** In how many milliseconds they allow more requests again: told as a time, or as seconds from now. */
const resetOf = (headers: Headers, now: number): number | undefined => {
  const reset = whole(headers["ratelimit-reset"] ?? headers["x-ratelimit-reset"])
  if (reset === undefined) return undefined
  const millis = reset >= sinceLongAgo ? reset * 1000 - theirNow(headers, now) : reset * 1000
  return Math.max(0, Math.min(millis, longest))
}

/** One policy of a `RateLimit` header: `"minute";r=0;t=12`. */
const policyIn = (text: string): ReadonlyArray<Allowance> => {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim())
  const parameter = (key: string) => whole(parameters.find((each) => each.startsWith(`${key}=`))?.slice(key.length + 1))
  const remaining = parameter("r")
  const seconds = parameter("t")
  return remaining === undefined
    ? []
    : [
        {
          policy: name.replaceAll('"', ""),
          remaining,
          resetMillis: seconds === undefined ? undefined : Math.min(seconds * 1000, longest)
        }
      ]
}

/** How many requests they still allow, in the header's old form and the new one. */
export const allowancesOf = (headers: Headers, now: number): ReadonlyArray<Allowance> => {
  const remaining = whole(headers["ratelimit-remaining"] ?? headers["x-ratelimit-remaining"])
  return [
    ...(remaining === undefined ? [] : [{ policy: "", remaining, resetMillis: resetOf(headers, now) }]),
    ...(headers["ratelimit"] ?? "").split(",").flatMap(policyIn)
  ]
}

/** The text as JSON; nothing when it is none. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
