import { assert, it } from "@effect/vitest"
import { decode } from "@runctl/runtime/Projections"
import * as Schema from "effect/Schema"
import { overDays } from "../src/cost/days.ts"
import { costOutput } from "../src/cost/ledger.ts"
import { csvOfCost, renderCost } from "../src/render/cost.ts"
import { plain } from "../src/render/style.ts"

const hour = 3_600_000
const noon = new Date(2026, 10, 21, 12).getTime()

let made = 0
/** A machine at 2 dollars per hour, asked for at noon for 10 hours. */
const machine = (facts: Readonly<Record<string, unknown>> = {}) => {
  const key = String(made++).padStart(20, "0")
  const at = new Date(noon).toISOString()
  return decode.resource({
    mark: { owner: "00000000", key, deadlineEpochSeconds: (noon + 10 * hour) / 1000 },
    provider: "fake",
    phase: "Held",
    market: "on-demand",
    offer: {
      provider: "fake",
      region: "r",
      instanceType: "t",
      gpuCount: 0,
      vcpus: 1,
      memoryGiB: 1,
      onDemandUsdPerHour: 2,
      source: "test",
      asOf: at
    },
    requestedAt: noon,
    ...(facts["phase"] === "Failed" ? {} : { provisionedAt: noon }),
    usdPerHour: 2,
    scopes: [],
    deadlineAt: noon + 20 * hour,
    ...facts
  })
}

const gone = (facts: Readonly<Record<string, unknown>> = {}) =>
  machine({ phase: "Gone", endedAt: noon + hour, endingBy: "us", chargedNanoUsd: 2_500_000_000, ...facts })

it("a live machine costs price times time, and was quoted until the deadline it was asked for with", () => {
  const { costs, total } = costOutput("provider", { runs: [], resources: [machine()] }, noon + hour / 2)
  assert.deepInclude(costs[0], { key: "fake", machines: 1, live: 1, quotedUsd: 20, accruedUsd: 1, chargedUsd: 0 })
  assert.deepInclude(total, { quotedUsd: 20, accruedUsd: 1, chargedUsd: 0, unknownPrices: 0 })
})

it("a machine that is gone costs what was charged, and one that never came to be nothing", () => {
  const failed = machine({ phase: "Failed" })
  const { total } = costOutput("resource", { runs: [], resources: [gone(), failed] }, noon + 9 * hour)
  assert.deepInclude(total, { machines: 2, live: 0, quotedUsd: 20, accruedUsd: 2.5, chargedUsd: 2.5 })
})

it("an unknown price is said, never counted as nothing", () => {
  const { usdPerHour: _, ...unpriced } = machine()
  const { costs, total } = costOutput("provider", { runs: [], resources: [unpriced, gone()] }, noon + hour)
  assert.isNull(costs[0]?.accruedUsd)
  assert.strictEqual(total.unknownPrices, 1)
  assert.strictEqual(total.accruedUsd, 2.5)
})

it("machines without a run stand apart, and are counted once", () => {
  const { costs, total } = costOutput("run", { runs: [], resources: [gone(), gone()] }, noon)
  assert.deepInclude(costs[0], { key: null, machines: 2, accruedUsd: 5 })
  assert.strictEqual(total.machines, 2)
})

it("days share what arose over midnight, and together are the whole", () => {
  const night = gone({ endedAt: noon + 24 * hour, chargedNanoUsd: 1_000_000_001 })
  const { costs, total } = costOutput("day", { runs: [], resources: [night] }, noon + 30 * hour)
  assert.deepStrictEqual(
    costs.map(({ accruedUsd, key, quotedUsd }) => [key, accruedUsd, quotedUsd]),
    [
      ["2026-11-21", 0.500000001, 20],
      ["2026-11-22", 0.5, 0]
    ]
  )
  assert.strictEqual(total.accruedUsd, 1.000000001)
})

it.prop(
  "shares of days add up to the amount exactly, in days that follow each other",
  {
    hours: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 24 * 400 })),
    nano: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9_000_000_000_000 }))
  },
  ({ hours, nano }) => {
    const shares = overDays(noon, noon + hours * hour, nano)
    const days = shares.map(({ day }) => day)
    assert.strictEqual(
      shares.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
      nano
    )
    assert.deepStrictEqual(days, [...new Set(days)].toSorted())
    assert.isTrue(shares.every(({ nanoUsd }) => nanoUsd >= 0))
  }
)

it("a label that looks like a formula is only text in a table for spreadsheets", () => {
  const labelled = gone({ label: '=HYPERLINK("http://x","a")' })
  const csv = csvOfCost(costOutput("resource", { runs: [], resources: [labelled] }, noon))
  assert.include(csv, `,"'=HYPERLINK(""http://x"",""a"")",1,0,20,2.5,2.5`)
  assert.match(csv, /^resource,name,machines,live,quotedUsd,accruedUsd,chargedUsd\r\n/)
})

it("the text says whether anything is still being paid", () => {
  const text = (...resources: ReadonlyArray<ReturnType<typeof machine>>): string =>
    renderCost(costOutput("run", { runs: [], resources }, noon + hour), plain)
  assert.match(text(gone()), /nothing more is being paid/)
  assert.match(text(gone(), machine()), /1 machine is still rented/)
  assert.match(text(), /Nothing was rented yet: \$0\./)
})
