import { assert, it } from "@effect/vitest"
import type { Job } from "@runctl/core/EffectiveCost"
import { type Query, rank, rankByCost } from "@runctl/core/Ranking"
import type { Shape } from "@runctl/core/Shape"
import * as arbitraries from "./arbitraries.ts"

const runs = { arbitrary: { runs: 300 } }

const base: Shape = {
  provider: "aws",
  region: "us-east-1",
  instanceType: "t",
  gpu: "H100",
  gpuCount: 1,
  gpuMemoryGiB: 79.65,
  vcpus: 8,
  memoryGiB: 64
}
const types = (offers: ReadonlyArray<Shape>, query: Query) =>
  rank(offers, query).ranked.map(({ offer }) => offer.instanceType)

it.prop(
  "cheaper in the end comes first, unknown costs last, and a condition never adds an offer or turns two around",
  [arbitraries.offers, arbitraries.query],
  ([offers, query]) => {
    const job: Job = { hours: 20, checkpointEveryHours: 1 }
    const { market, ...conditions } = query
    const all = rankByCost(offers, market === undefined ? {} : { market }, job, ["on-demand", "spot"])
    const some = rankByCost(offers, query, job, ["on-demand", "spot"])
    const totals = some.ranked.map(({ cost }) => cost?.totalNanoUsd ?? Infinity)
    for (let at = 1; at < totals.length; at++) {
      assert.isAtMost((totals[at - 1] ?? 0) * (1 - 1e-5), totals[at] ?? 0, JSON.stringify(conditions))
    }
    const name = ({ market, offer }: { readonly market: string; readonly offer: Shape }) => [offer, market] as const
    const kept = all.ranked
      .map(name)
      .filter(([offer, market]) => some.ranked.some((each) => each.offer === offer && each.market === market))
    assert.deepStrictEqual(some.ranked.map(name), kept)
    const rejected = new Set(some.rejected.map(({ offer }) => offer))
    for (const offer of offers) {
      const isRanked = some.ranked.some((each) => each.offer === offer)
      assert.notStrictEqual(isRanked, rejected.has(offer))
    }
  },
  runs
)

it("more hazard never ranks better", () => {
  const rivals = [0.5, 1, 1.5, 2, 3].map((price, at) => ({
    ...base,
    instanceType: `rival-${at}`,
    interruptionsPerHour: 0.02,
    spotUsdPerHour: price
  }))
  let place = 0
  for (const interruptionsPerHour of [0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.5]) {
    const mine = { ...base, instanceType: "mine", spotUsdPerHour: 1.2, interruptionsPerHour }
    const { ranked } = rankByCost([...rivals, mine], { market: "spot" }, { hours: 30 })
    const now = ranked.findIndex(({ offer }) => offer === mine)
    assert.isAtLeast(now, place)
    place = now
  }
  assert.strictEqual(place, rivals.length)
})

it("a cheap spot machine loses a long job without checkpoints to a dearer one that stays", () => {
  const offer = { ...base, onDemandUsdPerHour: 2, spotUsdPerHour: 0.7, interruptionsPerHour: 0.05 }
  const first = (job: Job) => rankByCost([offer], {}, job, ["on-demand", "spot"]).ranked[0]?.market
  assert.strictEqual(first({ hours: 5 }), "spot")
  assert.strictEqual(first({ hours: 100 }), "on-demand")
  assert.strictEqual(first({ hours: 100, checkpointEveryHours: 1 }), "spot")
})

it("prices that differ by rounding alone are equal, and then size and name decide", () => {
  const near = { ...base, instanceType: "p4d", region: "us-east-1", onDemandUsdPerHour: 21.957642 }
  const same = { ...base, instanceType: "p4d", region: "eu-west-1", onDemandUsdPerHour: 21.95764 }
  const more = { ...base, instanceType: "p4d", region: "ap-east-1", onDemandUsdPerHour: 21.9586 }
  const regions = (offers: ReadonlyArray<Shape>) => rank(offers, {}).ranked.map(({ offer }) => offer.region)
  assert.deepStrictEqual(regions([more, near, same]), ["eu-west-1", "us-east-1", "ap-east-1"])
  assert.deepStrictEqual(regions([same, near, more]), ["eu-west-1", "us-east-1", "ap-east-1"])
})

it("a slice of a GPU is not the cheapest of its kind", () => {
  const whole = { ...base, gpu: "L4", gpuMemoryGiB: 22.35, instanceType: "whole", onDemandUsdPerHour: 0.8 }
  const slice = { ...whole, gpuCount: 0.125, gpuMemoryGiB: 2.8, instanceType: "slice", onDemandUsdPerHour: 0.2 }
  const half = { ...whole, gpuCount: 0.5, gpuMemoryGiB: 11.2, instanceType: "half", onDemandUsdPerHour: 0.4 }
  assert.deepStrictEqual(types([slice, half, whole], { gpu: "L4" }), ["whole"])
  assert.deepStrictEqual(types([slice, half, whole], { gpuMemoryGiB: 8 }), ["whole"])
  assert.deepStrictEqual(types([slice, half, whole], {}), ["slice", "half", "whole"])
})

it("what is printed on a GPU counts, of one and of all together", () => {
  const offers: ReadonlyArray<Shape> = [
    { ...base, instanceType: "h100" },
    { ...base, instanceType: "a100-40", gpu: "A100", gpuMemoryGiB: 40, gpuCount: 4, vcpus: 9 },
    { ...base, instanceType: "unknown", gpu: "New", gpuMemoryGiB: 79.65, vcpus: 10 }
  ]
  assert.deepStrictEqual(types(offers, { gpuMemoryGiB: 80 }), ["h100"])
  assert.deepStrictEqual(types(offers, { gpuTotalMemoryGiB: 160 }), ["a100-40"])
  assert.deepStrictEqual(types(offers, { gpuTotalMemoryGiB: 161 }), [])
})

it("a GPU is asked for with its number, in any spelling, and a region by its continent", () => {
  const eight = { ...base, instanceType: "eight", gpu: "NVIDIA H100 80GB HBM3", gpuCount: 8, region: "FIN-01" }
  assert.deepStrictEqual(types([base, eight], { gpu: "h100:8" }), ["eight"])
  assert.deepStrictEqual(types([base, eight], { gpu: "h100", region: "europe" }), ["eight"])
  assert.deepStrictEqual(types([base, eight], { gpu: "h100", region: "US" }), ["t"])
  assert.deepStrictEqual(
    rank([base], { gpu: "H100 20GB" }).rejected.map(({ by, why }) => [by, why]),
    [["gpu", "GPU is H100, H100 20GB wanted"]]
  )
})
