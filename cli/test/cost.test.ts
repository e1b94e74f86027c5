import { assert, it } from "@effect/vitest"
import { decode } from "@runctl/runtime/Projections"
import { costOutput, type Facts } from "../src/cost/ledger.ts"
import { ownTimeZone } from "../src/cost/days.ts"
import type { CostBy } from "../src/output/cost.ts"
import { csvOfCost, renderCost } from "../src/render/cost.ts"
import { plain } from "../src/render/style.ts"

const hour = 3_600_000
const noon = new Date(2026, 10, 21, 12).getTime()

const everything = { since: -Infinity, until: Infinity, timeZone: ownTimeZone() }

const costOf = (by: CostBy, facts: Facts, now: number, part: Partial<typeof everything> = {}) =>
  costOutput(facts, { by, now, ...everything, ...part })

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
  const { costs, total } = costOf("provider", { runs: [], resources: [machine()] }, noon + hour / 2)
  assert.deepInclude(costs[0], { key: "fake", machines: 1, live: 1, quotedUsd: 20, accruedUsd: 1, chargedUsd: 0 })
  assert.deepInclude(total, { quotedUsd: 20, accruedUsd: 1, chargedUsd: 0, unknownPrices: 0 })
})

it("a machine that is gone costs what was charged, and one that never came to be nothing", () => {
  const failed = machine({ phase: "Failed" })
  const { total } = costOf("resource", { runs: [], resources: [gone(), failed] }, noon + 9 * hour)
  assert.deepInclude(total, { machines: 2, live: 0, quotedUsd: 20, accruedUsd: 2.5, chargedUsd: 2.5 })
})

it("an unknown price is said, never counted as nothing", () => {
  const { usdPerHour: _, ...unpriced } = machine()
  const { costs, total } = costOf("provider", { runs: [], resources: [unpriced, gone()] }, noon + hour)
  assert.isNull(costs[0]?.accruedUsd)
  assert.strictEqual(total.unknownPrices, 1)
  assert.strictEqual(total.accruedUsd, 2.5)
})

it("machines without a run stand apart, and are counted once", () => {
  const { costs, total } = costOf("run", { runs: [], resources: [gone(), gone()] }, noon)
  assert.deepInclude(costs[0], { key: null, machines: 2, accruedUsd: 5 })
  assert.strictEqual(total.machines, 2)
})

it("days share what arose over midnight, and together are the whole", () => {
  const night = gone({ endedAt: noon + 24 * hour, chargedNanoUsd: 1_000_000_001 })
  const { costs, total } = costOf("day", { runs: [], resources: [night] }, noon + 30 * hour)
  assert.deepStrictEqual(
    costs.map(({ accruedUsd, key, quotedUsd }) => [key, accruedUsd, quotedUsd]),
    [
      ["2026-11-21", 0.500000001, 20],
      ["2026-11-22", 0.5, 0]
    ]
  )
  assert.strictEqual(total.accruedUsd, 1.000000001)
})

it("a label that looks like a formula is only text in a table for spreadsheets", () => {
  const labelled = gone({ label: '=HYPERLINK("http://x","a")' })
  const csv = csvOfCost(costOf("resource", { runs: [], resources: [labelled] }, noon))
  assert.include(csv, `,"'=HYPERLINK(""http://x"",""a"")",1,0,20,20,2.5,2.5,\r\n`)
  assert.match(csv, /^resource,name,machines,live,quotedUsd,worstCaseUsd,accruedUsd,chargedUsd,borrowedUsd\r\n/)
})

it("the text says whether anything is still being paid", () => {
  const text = (...resources: ReadonlyArray<ReturnType<typeof machine>>): string =>
    renderCost(costOf("run", { runs: [], resources }, noon + hour), plain, 80)
  assert.match(text(gone()), /nothing more is being paid/)
  assert.match(text(gone(), machine()), /1 machine is still rented/)
  assert.match(text(), /Nothing was rented yet: \$0\./)
})

it("what was reserved is shown beside what was quoted, and a later deadline counts in it", () => {
  const reserve = {
    budgets: [],
    worstCaseNanoUsd: 25_000_000_000,
    diskUsdPerHour: 0,
    egressNanoUsd: 0,
    graceSeconds: 90,
    holdSeconds: 7200,
    sweepSeconds: 0,
    stoppedSeconds: 0
  }
  const { total } = costOf("run", { runs: [], resources: [machine({ reserve })] }, noon)
  assert.deepInclude(total, { quotedUsd: 20, worstCaseUsd: 25 })
})

it("cost follows the prices that were asked for, and the difference to the quote is said", () => {
  const dearer = machine({ label: "mine", prices: [{ at: noon + hour, usdPerHour: 3 }] })
  const output = costOf("provider", { runs: [], resources: [dearer] }, noon + 2 * hour)
  assert.strictEqual(output.total.accruedUsd, 5)
  assert.deepInclude(output.movedPrices[0], { name: "mine", quotedUsdPerHour: 2, chargedUsdPerHour: 3 })
  assert.include(renderCost(output, plain, 80), "mine was quoted at $2.00/h and costs $3.00/h.")
})

it("costs are counted by project too; what was rented for none stands apart", () => {
  const facts = { runs: [], resources: [gone({ project: "digits" }), gone({ project: "digits" }), gone()] }
  const { costs } = costOf("project", facts, noon)
  assert.deepStrictEqual(
    costs.map(({ accruedUsd, key, machines }) => [key, machines, accruedUsd]),
    [
      ["digits", 2, 5],
      [null, 1, 2.5]
    ]
  )
  assert.include(renderCost(costOf("project", facts, noon), plain, 80), "(no project)")
})

it("of a part of the time only what arose in it counts", () => {
  const facts = { runs: [], resources: [machine()] }
  const part = { since: noon + hour, until: noon + 3 * hour }
  const { costs, total } = costOf("resource", facts, noon + 5 * hour, part)
  assert.lengthOf(costs, 1)
  assert.deepInclude(total, { accruedUsd: 4, quotedUsd: 0, machines: 1 })
  assert.isEmpty(costOf("resource", facts, noon + 5 * hour, { since: noon - 2 * hour, until: noon }).costs)
  assert.isEmpty(costOf("run", { runs: [], resources: [gone()] }, noon, { since: noon + 2 * hour }).costs)
})

it("a chart stands behind the lines where there is room, as long as what they cost", () => {
  const cheap = gone({ provider: "cheap", chargedNanoUsd: 1_250_000_000 })
  const output = costOf(
    "provider",
    { runs: [], resources: [gone(), cheap, machine({ provider: "live" })] },
    noon + hour
  )
  const drawn = (columns: number): ReadonlyArray<string> => renderCost(output, plain, columns).split("\n")
  const bars = drawn(120).map((line) => line.replaceAll(/[^█▏▎▍▌▋▊▉░]/g, ""))
  assert.strictEqual(bars[1], "█".repeat(32))
  assert.strictEqual(bars[2], "█".repeat(16))
  assert.match(bars[3] ?? "", /^░+$/)
  assert.strictEqual(bars[4], "")
  for (const columns of [40, 60, 80, 120]) {
    const widest = Math.max(
      ...drawn(columns)
        .slice(0, 5)
        .map((line) => line.length)
    )
    assert.isAtMost(
      widest,
      Math.max(
        columns,
        Math.max(
          ...drawn(0)
            .slice(0, 5)
            .map((line) => line.length)
        )
      )
    )
  }
})

it("no label can leave its field in a table for spreadsheets, or be read as a formula there", () => {
  for (const label of ["+1", "-1", "@x", "\t=1", "\n=1", "=1", 'a"b', "a,b", "a\r\nb"]) {
    const csv = csvOfCost(costOf("resource", { runs: [], resources: [gone({ label })] }, noon))
    const [, row = ""] = csv.split(/\r\n(?=fake)/)
    const field = /^[^,]+,("(?:[^"]|"")*"|[^",\r\n]*),1,0,20,20,2.5,2.5,\r\n$/.exec(row)?.[1]
    if (field === undefined) return assert.fail(`${JSON.stringify(label)} left its field: ${row}`)
    const text = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field
    assert.strictEqual(text.replace(/^'/, ""), label)
    assert.notMatch(text, /^[=+\-@\t\r\n]/)
  }
})
