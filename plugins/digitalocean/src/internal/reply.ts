/**
 * What an answer says beside its body.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, string | undefined>>

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

const instant = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Option.getOrUndefined(DateTime.make(text))?.epochMilliseconds

/** By how much their clock is ahead of ours. **Units**  milliseconds */
export const skewOf = (headers: Headers, now: number): number | undefined => {
  const theirs = instant(headers["date"])
  return theirs === undefined ? undefined : theirs - now
}

/** How long to wait before asking again, by their clock. */
export const retryAfterOf = (headers: Headers, now: number): Duration.Duration | undefined => {
  const asked = headers["retry-after"]
  const seconds = whole(asked)
  if (seconds !== undefined) return Duration.seconds(Math.min(seconds, 3600))
  const until = instant(asked)
  const millis = until === undefined ? resetOf(headers, now) : until - theirNow(headers, now)
  return millis === undefined ? undefined : Duration.millis(Math.max(1000, Math.min(millis, 3_600_000)))
}

const theirNow = (headers: Headers, now: number): number => instant(headers["date"]) ?? now

/** In how many milliseconds they allow more requests again. */
export const resetOf = (headers: Headers, now: number): number | undefined => {
  const reset = whole(headers["ratelimit-reset"])
  return reset === undefined ? undefined : Math.max(0, Math.min(reset * 1000 - theirNow(headers, now), 3_600_000))
}

/** How many requests they still allow. */
export const remainingOf = (headers: Headers): number | undefined => whole(headers["ratelimit-remaining"])

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The text as JSON; nothing when it is none. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The API's own words of a refusal; nothing when the body is not one of its errors. */
export const errorOf = (body: unknown): { readonly id: string; readonly message: string } | undefined => {
  if (!isRecord(body)) return undefined
  const { id, message } = body
  return typeof id === "string" && id !== "" ? { id, message: typeof message === "string" ? message : id } : undefined
}

/** The number of the next page, as `links.pages` tells it; nothing on the last page. */
export const pageIn = (body: unknown, which: "next" | "last"): number | undefined => {
  const links = isRecord(body) ? body["links"] : undefined
  const pages = isRecord(links) ? links["pages"] : undefined
  const url = isRecord(pages) ? pages[which] : undefined
  return typeof url === "string" ? whole(/[?&]page=(\d+)/.exec(url)?.[1]) : undefined
}

/** Whether there is a link to a next page at all. */
export const hasNext = (body: unknown): boolean => {
  const links = isRecord(body) ? body["links"] : undefined
  const pages = isRecord(links) ? links["pages"] : undefined
  return isRecord(pages) && pages["next"] !== undefined && pages["next"] !== null && pages["next"] !== ""
}

/** The list that a page carries under a name. */
export const rowsIn = (body: unknown, field: string): ReadonlyArray<unknown> | undefined => {
  const rows = isRecord(body) ? body[field] : undefined
  return Array.isArray(rows) ? rows : undefined
}

/** A page without its rows: what it says about itself and the others. */
export const placeIn = (body: unknown): unknown =>
  isRecord(body) ? { links: body["links"], meta: body["meta"] } : undefined

/** How many rows all pages have together. */
export const totalIn = (body: unknown): number | undefined => {
  const meta = isRecord(body) ? body["meta"] : undefined
  const total = isRecord(meta) ? meta["total"] : undefined
  return typeof total === "number" ? total : undefined
}
