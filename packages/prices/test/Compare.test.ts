import { assert, it } from "@effect/vitest"
import { components } from "@runctl/core/EffectiveCost"
import { inPlace } from "@runctl/core/Place"
import { type ComparedOffer, compareCosts, type CompareRequest, explainCost, loadSnapshot } from "@runctl/prices"
import { layer, layerSnapshot, Prices } from "@runctl/prices/Prices"
import * as Effect from "effect/Effect"
import { csv, type CsvRow, numberIn } from "./rows.ts"

const now = Date.parse("2026-11-27")
const { offers } = await loadSnapshot()
const compare = (request: CompareRequest) => compareCosts({ limit: 100_000, ...request }, { now })

const key = (provider: string, region: string, zone: string, type: string): string =>
  [provider === "vast" ? "vastai" : provider, region === "" ? "unknown" : region, zone, type].join("/")
const keyOfRow = (row: CsvRow): string =>
  key(row["provider"] ?? "", row["region"] ?? "", row["zone"] ?? "", row["instance_type"] ?? "")
const keyOf = (offer: ComparedOffer): string => key(offer.provider, offer.region, offer.zone ?? "", offer.instanceType)

const whole = (row: CsvRow): boolean => (numberIn(row, "gpu_count") ?? 0) >= 1
const onDemand = "on_demand_usd_per_hour"

/** Requests, and the same put to the rows as they were collected. */
const queries: ReadonlyArray<readonly [string, CompareRequest, (row: CsvRow) => boolean]> = [
  ["everything", {}, () => true],
  ["a GPU", { gpu: "h100" }, (row) => row["gpu_name"] === "H100"],
  ["a GPU by family", { gpu: "A100" }, (row) => row["gpu_name"]?.startsWith("A100") === true],
  ["a GPU with memory", { gpu: "A100 80GB" }, (row) => row["gpu_name"] === "A100-80GB"],
  ["eight of them", { gpu: "h100:8" }, (row) => row["gpu_name"] === "H100" && (numberIn(row, "gpu_count") ?? 0) >= 8],
  ["a provider", { providers: ["lambda"] }, (row) => row["provider"] === "lambda"],
  [
    "vCPUs and memory",
    { vcpus: 64, memoryGiB: 512 },
    (row) => (numberIn(row, "vcpus") ?? 0) >= 64 && (numberIn(row, "memory_gib") ?? 0) >= 512
  ],
  ["a region", { region: "us-east-1" }, (row) => row["region"] === "us-east-1"],
  ["a continent", { region: "europe" }, (row) => inPlace("europe")(row["region"] ?? "")],
  ["a cap", { maxUsdPerHour: 0.5 }, (row) => (numberIn(row, onDemand) ?? Infinity) <= 0.5],
  [
    "no GPU named but one wanted",
    { gpuTotalMemoryGiB: 1000 },
    (row) =>
      whole(row) &&
      row["gpu_name"] !== "" &&
      ["H100", "A100-80GB", "H200", "B200", "B300", "MI300X", "MI350X", "RTXPRO6000", "H100-NVL", "GH200"].includes(
        row["gpu_name"] ?? ""
      ) &&
      Number(row["gpu_count"]) * nominal(row) >= 1000
  ]
]

const printed: Readonly<Record<string, number>> = {
  H100: 80,
  "A100-80GB": 80,
  H200: 141,
  B200: 180,
  B300: 288,
  MI300X: 192,
  MI350X: 288,
  RTXPRO6000: 96,
  "H100-NVL": 94,
  GH200: 96
}
const nominal = (row: CsvRow): number => printed[row["gpu_name"] ?? ""] ?? 0

it.each(queries)("%s: the same rows as asked of the data directly", async (_, request, fits) => {
  const needsGpu = request.gpu !== undefined
  const expected = csv
    .filter((row) => fits(row) && (!needsGpu || whole(row)) && numberIn(row, onDemand) !== undefined)
    .map(keyOfRow)
  const found = await compare({ ...request, market: "on-demand" })
  assert.isNotEmpty(expected)
  assert.deepStrictEqual(found.offers.map(keyOf).toSorted(), expected.toSorted())
  assert.strictEqual(found.fitting, expected.length)
})

it("what stands first costs the least, by hand from the row", async () => {
  const { offers: found } = await compare({ gpu: "H100", market: "on-demand", hours: 10, outputGiB: 0, setupHours: 0 })
  const prices = found.map(({ totalUsd }) => totalUsd ?? Infinity)
  for (let at = 1; at < prices.length; at++) assert.isAtMost((prices[at - 1] ?? 0) * (1 - 1e-5), prices[at] ?? 0)
  const cheapest = csv
    .filter((row) => row["gpu_name"] === "H100" && whole(row))
    .map((row) => numberIn(row, onDemand) ?? Infinity)
    .toSorted((left, right) => left - right)[0]
  assert.strictEqual(found[0]?.usdPerHour, cheapest)
})

it("the limit bounds the rows, not what is compared", async () => {
  const all = await compare({ gpu: "L40S" })
  const some = await compareCosts({ gpu: "L40S", limit: 3 }, { now })
  assert.deepStrictEqual(some.offers, all.offers.slice(0, 3))
  assert.strictEqual(some.fitting, all.fitting)
})

it("a comparison is JSON as it is, and its parts sum up", async () => {
  const found = await compare({ gpu: "H100", hours: 100, checkpointEveryHours: 2, stoppedHours: 5 })
  assert.deepStrictEqual(JSON.parse(JSON.stringify(found)), found)
  for (const { highUsd, lowUsd, partsUsd, totalUsd } of found.offers) {
    const sum = components.reduce((all, each) => all + (partsUsd?.[each] ?? 0), 0)
    assert.closeTo(sum, totalUsd ?? Number.NaN, 1e-6)
    assert.isAtMost(lowUsd ?? Infinity, totalUsd ?? 0)
    assert.isAtLeast(highUsd ?? 0, totalUsd ?? Infinity)
  }
})

it("spot without checkpoints is said to be, and loses long jobs", async () => {
  const request = { gpu: "H100", gpus: 8, providers: ["aws"], region: "us-east-1", interruptionsPerHour: 0.05 } as const
  const without = await compare({ ...request, hours: 200 })
  assert.include(without.remarks[0], "without checkpoints")
  assert.strictEqual(without.offers[0]?.market, "on-demand")
  const spot = without.offers.find(({ market }) => market === "spot")
  assert.include(spot?.remarks.join(), "undoes everything")
  assert.include(spot?.whyNotCheaper, "interruptions +$")
  const saved = await compare({ ...request, hours: 200, checkpointEveryHours: 0.5 })
  assert.strictEqual(saved.offers[0]?.market, "spot")
})

it("an offer is taken apart by its place, its id, or parts of it", async () => {
  const request = { gpu: "H100", hours: 24 }
  const first = await explainCost("1", request, { now })
  assert.strictEqual(first.rank, 1)
  assert.deepStrictEqual((await explainCost(first.offer.id, request, { now })).offer, first.offer)
  const aws = await explainCost("AWS/spot", request, { now })
  assert.deepInclude(aws.offer, { provider: "aws", market: "spot" })
  assert.deepStrictEqual(
    aws.parts.map(({ part }) => part),
    [...components]
  )
  const sum = aws.parts.reduce((all, { usd }) => all + usd, 0)
  assert.closeTo(sum, aws.offer.totalUsd ?? 0, 1e-6)
  const low = aws.parts.reduce((all, { lowUsd }) => all + lowUsd, 0)
  assert.closeTo(low, aws.offer.lowUsd ?? 0, 0.01)
})

it.effect("the same is there for programs in Effect", () =>
  Effect.gen(function* () {
    const prices = yield* Prices
    const found = yield* prices.compare({ gpu: "H100", limit: 1 })
    const [first] = found.offers
    const explained = yield* prices.explain("1", { gpu: "H100" })
    assert.strictEqual(explained.offer.id, first?.id)
    const error = yield* Effect.flip(prices.compare({ gpu: "H10" }))
    assert.strictEqual(error.code, "UnknownGpu")
  }).pipe(Effect.provide(layerSnapshot))
)

it.effect("and over offers of one's own, which are checked", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Effect.flatMap(Prices, ({ compare }) => compare({})))
    assert.strictEqual(error.code, "BadOffer")
  }).pipe(Effect.provide(layer(offers.slice(0, 1).map((each) => ({ ...each, vcpus: -1 })))))
)
