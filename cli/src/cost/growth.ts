/**
 * How a machine's cost grew over time, so that any part of it can be told, and all parts are the whole exactly. Pure.
 */
import { spans } from "@runctl/runtime/Accrual"
import { accrued } from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"

/** From when to when something cost, and what in all; `undefined` while its price is unknown. */
export interface Growth {
  readonly from: number
  readonly to: number
  readonly nanoUsd: number | undefined
  /** What it had cost at a moment. */
  readonly until: (millis: number) => number
}

/** What a machine would have cost at a moment by its prices alone. */
const byPrice = (record: ResourceRecord, millis: number): number =>
  (spans(record, millis) ?? []).reduce((sum, { from, to, usdPerHour }) => sum + usdPerHour * (to - from), 0)

/** The share of a whole that had grown at a moment: by its prices, or evenly where they tell nothing. */
const shareOf = (record: ResourceRecord, from: number, to: number, millis: number): number => {
  const whole = byPrice(record, to)
  return whole > 0 ? byPrice(record, millis) / whole : (millis - from) / (to - from)
}

/** How the cost of a machine grew. What was charged in the end is spread as its prices had it. */
export const growthOf = (record: ResourceRecord, now: number): Growth => {
  const from = record.provisionedAt ?? record.requestedAt
  const to = Math.max(from, record.endedAt ?? now)
  const nanoUsd = accrued(record, now)
  const whole = nanoUsd ?? 0
  return {
    from,
    to,
    nanoUsd,
    until: (millis) => {
      if (millis >= to) return whole
      return millis <= from ? 0 : Math.round(whole * Math.min(1, shareOf(record, from, to, millis)))
    }
  }
}
