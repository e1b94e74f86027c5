import { assert, it } from "@effect/vitest"
import type { OfferView, PlanView } from "../../src/output/train.ts"
import { renderPlan } from "../../src/render/plan.ts"
import { plain } from "../../src/render/style.ts"

const offer = (provider: string, usd: number, change: Partial<OfferView> = {}): OfferView => ({
  provider,
  region: "eu",
  zone: null,
  instanceType: "gpu-1",
  market: "spot",
  gpu: "H100",
  gpuCount: 1,
  gpuMemoryGiB: 80,
  vcpus: 8,
  memoryGiB: 64,
  diskGiB: null,
  usdPerHour: usd,
  estimate: { usd: usd * 10, lowUsd: usd * 10, highUsd: usd * 12, hours: 10.1 },
  source: "a test",
  asOf: "2026-11-27T00:00:00.000Z",
  ...change
})

const planOf = (ranked: readonly [OfferView, ...ReadonlyArray<OfferView>], fitting = ranked.length): PlanView => ({
  chosen: ranked[0],
  ranked,
  fitting,
  rejected: 3,
  deadline: "2026-11-28T00:00:00.000Z",
  worstCaseUsd: 20,
  ifLeft: null,
  failures: [{ provider: "away", message: "no offers\nwithin 30 s" }]
})

const lines = (plan: PlanView): ReadonlyArray<string> =>
  renderPlan(plan, plain, Date.parse("2026-11-27T00:00:00.000Z")).split("\n")

it("a plan shows the offers in the order in which they are tried, and how much dearer the job is on each", () => {
  const text = lines(planOf([offer("a", 1), offer("b", 1.1, { zone: "eu-2" }), offer("c", 2, { market: "on-demand" })]))
  assert.include(text, "machine      a/eu/gpu-1 (spot)")
  assert.include(text, "for the job  about $10.00 ($10.00 to $12.00) for 10.1 h of the machine")
  const table = text.slice(text.findIndex((line) => line.startsWith("IN THIS ORDER")))
  assert.match(table[1] ?? "", /^a\/eu\/gpu-1 \(spot\) +\$1\.00\/h +\$10\.00 +1× H100/)
  assert.match(table[2] ?? "", /^b\/eu-2\/gpu-1 \(spot\) +\$1\.10\/h +\$11\.00 +\+10 % /)
  assert.match(table[3] ?? "", /^c\/eu\/gpu-1 +\$2\.00\/h +\$20\.00 +\+100 % /)
  assert.strictEqual(table[4], "away could not be asked: no offers within 30 s")
})

it("a plan with a single offer has no order, and one with many shows the first and counts the rest", () => {
  assert.notInclude(lines(planOf([offer("a", 1)])).join("\n"), "ORDER")
  const many = Array.from({ length: 19 }, (_, index) => offer(`b${index}`, 2))
  assert.include(lines(planOf([offer("a", 1), ...many], 5000)), "and 4992 more offers")
})
