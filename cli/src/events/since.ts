/**
 * A moment in the past as people type it.
 */
import { parse } from "@runctl/core/Durations"
import * as Duration from "effect/Duration"
import { usage } from "../errors/Failure.ts"

/** `2h` ago, or a date and time such as `2026-11-21` or `2026-11-21T09:30:00Z`, in milliseconds since 1970. */
export const momentOf = (flag: string, text: string, now: number): number => {
  const ago = parse(text)
  if (ago !== undefined) return now - Duration.toMillis(ago)
  // A date alone means the day here, not in Greenwich.
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00`) : Date.parse(text)
  if (/^\d{4}-/.test(text) && !Number.isNaN(at)) return at
  throw usage(`${flag} ${text}: a time such as 2h, or a date such as 2026-11-21 or 2026-11-21T09:30:00Z, is wanted`)
}
