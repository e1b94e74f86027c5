/**
 * What each machine adds to the costs of a time, by run, machine, provider, project or day. Pure.
 */
import { overSeconds } from "@runctl/core/Money"
import { resourceId } from "@runctl/core/Resource"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import type { CostBy } from "../output/cost.ts"
import { isLive } from "../views/resource.ts"
import { dayAt, daysBetween } from "./days.ts"
import { type Growth, growthOf } from "./growth.ts"

/** What one machine adds to one line, in nano-dollars; unknown amounts are `undefined`. */
export interface Entry {
  readonly machine: string
  readonly live: boolean
  readonly quoted: number | undefined
  readonly worst: number | undefined
  readonly accrued: number | undefined
  readonly charged: number
}

/** What is asked for: from one moment to before another, by whose days, seen now. */
export interface Asked {
  readonly by: CostBy
  readonly since: number
  readonly until: number
  readonly timeZone: string
  readonly now: number
}

/** Until the deadline it was asked for with, which its mark keeps; moving the deadline later changes no quote. */
const quotedOf = ({ mark, phase, requestedAt, usdPerHour }: ResourceRecord): number | undefined => {
  if (phase === "Failed") return 0
  return usdPerHour === undefined
    ? undefined
    : overSeconds(usdPerHour, Math.max(0, mark.deadlineEpochSeconds - requestedAt / 1000))
}

/** What was reserved for it; of one that was rented by an older version only the quote is known. */
const worstOf = (record: ResourceRecord): number | undefined =>
  record.phase === "Failed" ? 0 : (record.reserve?.worstCaseNanoUsd ?? quotedOf(record))

/** One that was seen as gone, and is ended once more, is settled again. */
const isSettled = (record: ResourceRecord): boolean => !isLive(record)

/** The id that a machine is shown under. */
export const idOf = (record: ResourceRecord): string =>
  record.resource?.id ?? resourceId(record.provider, record.offer.region, record.mark.key)

const isWithin = (millis: number, { since, until }: Asked): boolean => millis >= since && millis < until

/** What arose from one moment to another. */
const arose = (
  record: ResourceRecord,
  growth: Growth,
  from: number,
  to: number
): Pick<Entry, "accrued" | "charged"> => {
  if (growth.nanoUsd === undefined) return { accrued: undefined, charged: 0 }
  const nanoUsd = growth.until(to) - growth.until(from)
  return { accrued: nanoUsd, charged: isSettled(record) ? nanoUsd : 0 }
}

/** What was promised belongs to when it was asked for. */
const promised = (record: ResourceRecord, asked: Asked): Pick<Entry, "quoted" | "worst"> =>
  isWithin(record.requestedAt, asked) ? { quoted: quotedOf(record), worst: worstOf(record) } : { quoted: 0, worst: 0 }

/** A machine's part in the whole time that is asked for; nothing when it has none. */
export const entryOf = (record: ResourceRecord, asked: Asked): Entry | undefined => {
  const growth = growthOf(record, asked.now)
  const isThere = growth.from < asked.until && growth.to >= asked.since
  if (!isThere && !isWithin(record.requestedAt, asked)) return undefined
  return {
    machine: record.mark.key,
    live: isLive(record),
    ...promised(record, asked),
    ...arose(record, growth, asked.since, asked.until)
  }
}

const byDay = (record: ResourceRecord, asked: Asked): ReadonlyArray<readonly [string, Entry]> => {
  const whole = entryOf(record, asked)
  if (whole === undefined) return []
  const growth = growthOf(record, asked.now)
  const none = { ...whole, quoted: 0, worst: 0, accrued: 0, charged: 0 }
  const askedOn = dayAt(record.requestedAt, asked.timeZone)
  const from = Math.max(growth.from, asked.since)
  const to = Math.min(growth.to, asked.until)
  const days = from > to ? [] : daysBetween(from, to, asked.timeZone)
  return [
    ...(isWithin(record.requestedAt, asked)
      ? [[askedOn, { ...none, ...promised(record, asked) }] satisfies readonly [string, Entry]]
      : []),
    ...days.map((part, index): readonly [string, Entry] => {
      // The ends are those of what was asked for: a moment without length has its whole cost there.
      const begin = index === 0 ? asked.since : part.from
      const end = index === days.length - 1 ? asked.until : part.to
      return [part.day, { ...none, ...arose(record, growth, begin, end) }]
    })
  ]
}

/** What a machine adds, by the line that it belongs to. */
export const entriesOf = (
  record: ResourceRecord,
  asked: Asked
): ReadonlyArray<readonly [string | undefined, Entry]> => {
  if (asked.by === "day") return byDay(record, asked)
  const entry = entryOf(record, asked)
  return entry === undefined ? [] : [[keyOf(asked.by, record), entry]]
}

const keyOf = (by: Exclude<CostBy, "day">, record: ResourceRecord): string | undefined => {
  switch (by) {
    case "run":
      return record.run
    case "resource":
      return idOf(record)
    case "provider":
      return record.provider
    case "project":
      return record.project
  }
}
