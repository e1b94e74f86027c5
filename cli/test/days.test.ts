import { assert, describe, it } from "@effect/vitest"
import { decode } from "@runctl/runtime/Projections"
import * as Schema from "effect/Schema"
import { dayAt, daysBetween } from "../src/cost/days.ts"
import type { Asked } from "../src/cost/entries.ts"
import { growthOf } from "../src/cost/growth.ts"
import { costOutput } from "../src/cost/ledger.ts"

const hour = 3_600_000
const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Zones whose clocks change in spring and autumn, north and south, by half an hour, at midnight, and never. */
const Zone = Schema.Literals([
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago",
  "Africa/Cairo",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Pacific/Apia",
  "UTC"
])
const start = Date.UTC(2011, 0, 1)
const Moment = between(0, 16 * 365 * 24 * 60)

const nano = (usd: number): bigint => BigInt(Math.round(usd * 1e9))

/** How far two amounts are apart, beyond what a number of dollars can tell from millions of them on. */
const apart = (sum: bigint, usd: number): bigint => {
  const difference = sum - nano(usd)
  const untold = BigInt(Math.round(2 * usd * Number.EPSILON * 1e9))
  return (difference < 0n ? -difference : difference) <= untold ? 0n : difference
}

/** A machine whose price has moved, charged or still there. */
const Machine = Schema.Struct({
  minute: Moment,
  hours: between(0, 24 * 40),
  charged: Schema.UndefinedOr(between(0, 9_000_000_000_000)),
  prices: Schema.Array(Schema.Struct({ after: between(0, 24 * 40), cents: between(0, 5000) })).check(
    Schema.isMaxLength(5)
  )
})

let made = 0
const machineOf = ({ charged, hours, minute, prices }: typeof Machine.Type) => {
  const from = start + minute * 60_000
  const to = from + hours * hour
  return decode.resource({
    mark: { owner: "00000000", key: String(made++).padStart(20, "0"), deadlineEpochSeconds: to / 1000 },
    provider: "fake",
    phase: charged === undefined ? "Held" : "Gone",
    market: "on-demand",
    offer: {
      provider: "fake",
      region: "r",
      instanceType: "t",
      gpuCount: 0,
      vcpus: 1,
      memoryGiB: 1,
      source: "test",
      asOf: new Date(from).toISOString()
    },
    requestedAt: from,
    provisionedAt: from,
    usdPerHour: 2.1,
    prices: prices
      .map(({ after, cents }) => ({ at: from + after * hour, usdPerHour: cents / 100 }))
      .toSorted((left, right) => left.at - right.at),
    scopes: [],
    deadlineAt: to,
    ...(charged === undefined ? {} : { endedAt: to, endingBy: "us", chargedNanoUsd: charged })
  })
}

const asked = (by: Asked["by"], timeZone: string, now: number): Asked => ({
  by,
  timeZone,
  now,
  since: -Infinity,
  until: Infinity
})

describe("days", () => {
  it("have 23 and 25 hours where clocks change, and begin where midnight does not exist", () => {
    const hoursOf = (from: string, to: string, zone: string) =>
      daysBetween(Date.parse(from), Date.parse(to), zone).map((part) => (part.to - part.from) / hour)
    assert.deepStrictEqual(hoursOf("2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z", "Europe/Berlin"), [23, 24])
    assert.deepStrictEqual(hoursOf("2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z", "Europe/Berlin"), [25, 24])
    // In Santiago the clock goes from 24:00 to 1:00.
    assert.deepStrictEqual(hoursOf("2024-09-07T04:00:00Z", "2024-09-09T03:00:00Z", "America/Santiago"), [24, 23])
  })

  it.prop(
    "follow each other without a gap, and every moment is in its own day",
    { zone: Zone, minute: Moment, hours: between(0, 24 * 30), tries: Schema.Array(between(0, 1_000_000)) },
    ({ hours, minute, tries, zone }) => {
      const from = start + minute * 60_000
      const to = from + hours * hour
      const parts = daysBetween(from, to, zone)
      assert.strictEqual(parts[0]?.from, from)
      assert.strictEqual(parts.at(-1)?.to, to)
      for (const [index, part] of parts.entries()) {
        if (index > 0) assert.strictEqual(part.from, parts[index - 1]?.to)
        if (part.to > part.from) assert.strictEqual(dayAt(part.to - 1, zone), part.day)
      }
      for (const share of tries) {
        const moment = from + Math.floor(((to - from) * share) / 1_000_001)
        const part = parts.find((each) => moment >= each.from && moment < each.to)
        if (part !== undefined) assert.strictEqual(dayAt(moment, zone), part.day)
      }
    },
    { arbitrary: { runs: 60 } }
  )
})

describe("costs", () => {
  it.prop(
    "of all days are together the whole, to the nano-dollar, in every time zone",
    { zone: Zone, machines: Schema.Array(Machine).check(Schema.isMaxLength(4)), later: between(0, 24 * 60) },
    ({ later, machines, zone }) => {
      const resources = machines.map(machineOf)
      const now = Math.max(start, ...resources.map(({ deadlineAt }) => deadlineAt)) + later * hour
      const facts = { runs: [], resources }
      const { costs, total } = costOutput(facts, asked("day", zone, now))
      const sum = costs.reduce((amount, { accruedUsd }) => amount + nano(accruedUsd ?? 0), 0n)
      assert.strictEqual(apart(sum, total.accruedUsd), 0n)
      assert.strictEqual(
        costs.reduce((amount, { chargedUsd }) => amount + nano(chargedUsd), 0n),
        nano(total.chargedUsd)
      )
      assert.isTrue(costs.every(({ accruedUsd, chargedUsd }) => (accruedUsd ?? 0) >= 0 && chargedUsd >= 0))
      assert.deepStrictEqual(
        costs.map(({ key }) => key),
        [...new Set(costs.map(({ key }) => key))].toSorted((left, right) => ((left ?? "") < (right ?? "") ? -1 : 1))
      )
    },
    { arbitrary: { runs: 60 } }
  )

  it.prop(
    "of parts of the time are together the whole, however it is cut",
    { machine: Machine, cuts: Schema.Array(between(0, 24 * 60 * 45)).check(Schema.isMaxLength(6)) },
    ({ cuts, machine }) => {
      const record = machineOf(machine)
      const now = record.deadlineAt + hour
      const moments = cuts.map((minutes) => record.requestedAt + (minutes - 60) * 60_000).toSorted((a, b) => a - b)
      const edges = [-Infinity, ...moments, Infinity]
      const growth = growthOf(record, now)
      const parts = edges.slice(1).map((to, index) => growth.until(to) - growth.until(edges[index] ?? to))
      assert.strictEqual(
        parts.reduce((left, right) => left + right, 0),
        growth.nanoUsd
      )
      assert.isTrue(parts.every((part) => part >= 0))
    }
  )
})
