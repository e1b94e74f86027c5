/**
 * What machines cost, counted once each: by run, machine, provider, project or day. Pure.
 */
import { overSeconds } from "@runctl/core/Money"
import { isSame, quoteOf, rateOf } from "@runctl/runtime/Accrual"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import type { CostBy, CostLine, CostOutput, MovedPrice } from "../output/cost.ts"
import { type Asked, entriesOf, type Entry, entryOf, idOf } from "./entries.ts"

/** What is remembered of runs and machines. */
export interface Facts {
  readonly runs: ReadonlyArray<RunRecord>
  readonly resources: ReadonlyArray<ResourceRecord>
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
  worstCaseUsd: sumOf(entries.map(({ worst }) => worst)),
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

/** Where a provider asks for another price than was quoted. */
const movedOf = (record: ResourceRecord): ReadonlyArray<MovedPrice> => {
  const [quoted, charged] = [quoteOf(record), rateOf(record)]
  const isStopped = record.resource?.state._tag === "Stopped"
  return quoted === undefined || charged === undefined || isSame(quoted, charged) || isStopped
    ? []
    : [{ resource: idOf(record), name: record.label ?? null, quotedUsdPerHour: quoted, chargedUsdPerHour: charged }]
}

const totalsOf = (all: ReadonlyArray<Entry>): CostOutput["total"] => ({
  machines: all.length,
  live: all.filter(({ live }) => live).length,
  quotedUsd: known(all.map(({ quoted }) => quoted)),
  worstCaseUsd: known(all.map(({ worst }) => worst)),
  accruedUsd: known(all.map(({ accrued }) => accrued)),
  chargedUsd: known(all.map(({ charged }) => charged)),
  unknownPrices: all.filter(({ accrued, quoted }) => accrued === undefined || quoted === undefined).length
})

/** The costs of a time, counted by what is asked; newest first, days in their order. */
export const costOutput = (facts: Facts, asked: Asked): CostOutput => {
  const { by, now } = asked
  const groups = new Map<string | undefined, Array<Entry>>()
  // A run on a machine rented apart is a line too, though the money is that machine's.
  const runs = facts.runs.filter(({ requestedAt }) => requestedAt >= asked.since && requestedAt < asked.until)
  if (by === "run") for (const { id } of runs) groups.set(id, [])
  for (const record of facts.resources) {
    for (const [key, entry] of entriesOf(record, asked)) {
      const group = groups.get(key) ?? []
      group.push(entry)
      groups.set(key, group)
    }
  }
  const lines = [...groups].map(([key, entries]) => named(lineOf(key, entries), by, facts, now))
  const counted = facts.resources.flatMap((record) => {
    const entry = entryOf(record, asked)
    return entry === undefined ? [] : [{ record, entry }]
  })
  return {
    by,
    timeZone: asked.timeZone,
    since: Number.isFinite(asked.since) ? new Date(asked.since).toISOString() : null,
    until: Number.isFinite(asked.until) ? new Date(asked.until).toISOString() : null,
    costs: by === "day" ? lines.toSorted((left, right) => ((left.key ?? "") < (right.key ?? "") ? -1 : 1)) : lines,
    total: totalsOf(counted.map(({ entry }) => entry)),
    movedPrices: counted.flatMap(({ record }) => movedOf(record))
  }
}
