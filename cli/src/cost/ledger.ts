/**
 * What machines cost, counted once each: by run, machine, provider or day. Pure.
 */
import { overSeconds } from "@runctl/core/Money"
import { resourceId } from "@runctl/core/Resource"
import { accrued } from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import type { CostBy, CostLine, CostOutput } from "../output/cost.ts"
import { dayOf } from "../train/limits.ts"
import { isLive } from "../views/resource.ts"
import { overDays } from "./days.ts"

/** What is remembered of runs and machines. */
export interface Facts {
  readonly runs: ReadonlyArray<RunRecord>
  readonly resources: ReadonlyArray<ResourceRecord>
}

/** What one machine adds to one line. */
interface Entry {
  readonly machine: string
  readonly live: boolean
  readonly quoted: number | undefined
  readonly accrued: number | undefined
  readonly charged: number
}

/** Until the deadline it was asked for with, which its mark keeps; moving the deadline later changes no quote. */
const quotedOf = ({ mark, requestedAt, usdPerHour }: ResourceRecord): number | undefined =>
  usdPerHour === undefined
    ? undefined
    : overSeconds(usdPerHour, Math.max(0, mark.deadlineEpochSeconds - requestedAt / 1000))

const isSettled = ({ chargedNanoUsd, phase }: ResourceRecord): boolean =>
  phase === "Failed" || chargedNanoUsd !== undefined

const entryOf = (record: ResourceRecord, now: number): Entry => {
  // One that never came to be costs nothing, whatever it was quoted at.
  const failed = record.phase === "Failed"
  const sum = failed && record.chargedNanoUsd === undefined ? 0 : accrued(record, now)
  return {
    machine: record.mark.key,
    live: isLive(record),
    quoted: failed ? 0 : quotedOf(record),
    accrued: sum,
    charged: isSettled(record) ? (sum ?? 0) : 0
  }
}

const idOf = (record: ResourceRecord): string =>
  record.resource?.id ?? resourceId(record.provider, record.offer.region, record.mark.key)

/** The share of a machine in each day; its quote belongs to the day on which it was asked for. */
const byDay = (record: ResourceRecord, now: number): ReadonlyArray<readonly [string, Entry]> => {
  const whole = entryOf(record, now)
  const asked = dayOf(new Date(record.requestedAt))
  const none = { ...whole, quoted: 0, accrued: 0, charged: 0 }
  const from = record.provisionedAt ?? record.requestedAt
  const shares =
    whole.accrued === undefined
      ? [{ day: asked, nanoUsd: undefined }]
      : overDays(from, record.endedAt ?? Math.max(from, now), whole.accrued)
  return [
    [asked, { ...none, quoted: whole.quoted }],
    ...shares.map(({ day, nanoUsd }): readonly [string, Entry] => [
      day,
      { ...none, accrued: nanoUsd, charged: isSettled(record) ? (nanoUsd ?? 0) : 0 }
    ])
  ]
}

const entriesOf = (
  by: CostBy,
  record: ResourceRecord,
  now: number
): ReadonlyArray<readonly [string | undefined, Entry]> => {
  switch (by) {
    case "run":
      return [[record.run, entryOf(record, now)]]
    case "resource":
      return [[idOf(record), entryOf(record, now)]]
    case "provider":
      return [[record.provider, entryOf(record, now)]]
    case "day":
      return byDay(record, now)
  }
}

const dollars = (nano: number): number => nano / 1e9

/** The sum, or `null` as soon as one of them is unknown. */
const sumOf = (amounts: ReadonlyArray<number | undefined>): number | null => {
  let total = 0
  for (const amount of amounts) {
    if (amount === undefined) return null
    total += amount
  }
  return dollars(total)
}

const known = (amounts: ReadonlyArray<number | undefined>): number =>
  dollars(amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0))

const distinct = (entries: ReadonlyArray<Entry>): number => new Set(entries.map(({ machine }) => machine)).size

/** What a run's time on machines that were not rented for it was worth. */
const borrowedOf = (run: RunRecord, now: number): number | null => {
  const amounts = run.attempts.flatMap((attempt, index) => {
    if (attempt.rented || attempt.resource === undefined) return []
    const end = run.attempts[index + 1]?.startedAt ?? run.closedAt ?? run.endedAt ?? now
    const { startedAt, usdPerHour } = attempt
    return [usdPerHour === undefined ? undefined : overSeconds(usdPerHour, Math.max(0, end - startedAt) / 1000)]
  })
  return sumOf(amounts)
}

const lineOf = (key: string | undefined, entries: ReadonlyArray<Entry>): CostLine => ({
  key: key ?? null,
  name: null,
  machines: distinct(entries),
  live: distinct(entries.filter(({ live }) => live)),
  quotedUsd: sumOf(entries.map(({ quoted }) => quoted)),
  accruedUsd: sumOf(entries.map(({ accrued }) => accrued)),
  chargedUsd: known(entries.map(({ charged }) => charged)),
  borrowedUsd: null
})

const named = (line: CostLine, by: CostBy, { resources, runs }: Facts, now: number): CostLine => {
  if (by === "run") {
    const run = runs.find(({ id }) => id === line.key)
    return run === undefined ? line : { ...line, name: run.spec.name, borrowedUsd: borrowedOf(run, now) }
  }
  if (by !== "resource") return line
  const record = resources.find((each) => idOf(each) === line.key)
  return { ...line, name: record?.label ?? null }
}

/** All costs at a time, counted by what is asked; newest first, days in their order. */
export const costOutput = (by: CostBy, facts: Facts, now: number): CostOutput => {
  const groups = new Map<string | undefined, Array<Entry>>()
  // A run on a machine rented apart is a line too, though the money is that machine's.
  if (by === "run") for (const { id } of facts.runs) groups.set(id, [])
  for (const record of facts.resources) {
    for (const [key, entry] of entriesOf(by, record, now)) {
      const group = groups.get(key) ?? []
      group.push(entry)
      groups.set(key, group)
    }
  }
  const lines = [...groups].map(([key, entries]) => named(lineOf(key, entries), by, facts, now))
  const all = facts.resources.map((record) => entryOf(record, now))
  return {
    by,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    costs: by === "day" ? lines.toSorted((left, right) => ((left.key ?? "") < (right.key ?? "") ? -1 : 1)) : lines,
    total: {
      machines: all.length,
      live: all.filter(({ live }) => live).length,
      quotedUsd: known(all.map(({ quoted }) => quoted)),
      accruedUsd: known(all.map(({ accrued }) => accrued)),
      chargedUsd: known(all.map(({ charged }) => charged)),
      unknownPrices: all.filter(({ accrued, quoted }) => accrued === undefined || quoted === undefined).length
    }
  }
}
