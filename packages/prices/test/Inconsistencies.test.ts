import { assert, it } from "@effect/vitest"
import { canonicalName, nominalMemoryGiB } from "@runctl/core/Accelerator"
import { placeOf } from "@runctl/core/Place"
import { rank } from "@runctl/core/Ranking"
import { compareCosts, loadSnapshot, type PlainOffer } from "@runctl/prices"
import { csv, gpus } from "./rows.ts"

const { offers } = await loadSnapshot()
const now = Date.parse("2026-11-27")
const all = { hours: 10, limit: 10_000 } as const
const of = (provider: string): ReadonlyArray<PlainOffer> => offers.filter((each) => each.provider === provider)

it("1: a spot price of 0 means that there is none: no price is 0, and Vast wins no spot query", async () => {
  for (const { onDemandUsdPerHour = 1, spotUsdPerHour = 1 } of offers) {
    assert.isAbove(Math.min(onDemandUsdPerHour, spotUsdPerHour), 0)
  }
  const { offers: spot } = await compareCosts({ ...all, gpu: "H100", market: "spot" }, { now })
  assert.isEmpty(spot.filter(({ provider }) => provider === "vastai"))
  assert.isNotEmpty(spot)
})

it("2: a machine without an on-demand price is there for spot, and for spot only", async () => {
  const spotOnly = offers.filter((each) => each.onDemandUsdPerHour === undefined && each.spotUsdPerHour !== undefined)
  assert.deepStrictEqual(
    [
      spotOnly.filter(({ provider }) => provider === "aws").length,
      spotOnly.filter(({ provider }) => provider === "verda").length
    ],
    [14, 5]
  )
  const { offers: found } = await compareCosts({ ...all, instanceType: "p5e.48xlarge" }, { now })
  assert.isNotEmpty(found)
  assert.deepStrictEqual([...new Set(found.map(({ market }) => market))], ["spot"])
  assert.isTrue(found.every(({ usdPerHour }) => usdPerHour !== null && usdPerHour > 0))
})

it("3: spot at the price of on-demand is no discount, and still an offer", async () => {
  const { offers: aws } = await compareCosts({ ...all, providers: ["aws"], market: "spot" }, { now })
  const dear = of("aws").filter(
    ({ onDemandUsdPerHour = Infinity, spotUsdPerHour = 0 }) => spotUsdPerHour >= onDemandUsdPerHour * 0.999
  )
  assert.strictEqual(dear.length, 38)
  assert.strictEqual(aws.filter(({ remarks }) => remarks.some((each) => each.includes("no cheaper"))).length, 38)
  const { offers: found } = await compareCosts({ ...all, instanceType: "p3.2xlarge", market: "spot" }, { now })
  const same = found.filter(({ remarks }) => remarks.includes("spot is no cheaper here than on demand"))
  assert.isNotEmpty(same)
  for (const { spotDiscount } of same) assert.isNull(spotDiscount)
  for (const { spotDiscount } of found) assert.isTrue(spotDiscount === null || (spotDiscount > 0 && spotDiscount < 1))
})

it("4: zones of AWS are ids, in which on-demand costs the same and spot does not; local zones too", () => {
  const zones = new Set(of("aws").flatMap(({ zone }) => (zone === undefined ? [] : [zone])))
  for (const zone of zones) assert.match(zone, /^[a-z]{3,4}\d(-[a-z]{3}\d)?-az\d+$/)
  assert.isTrue([...zones].some((zone) => /^use1-[a-z]{3}\d-az/.test(zone)))
  const { ranked } = rank(offers, { instanceType: "p5.48xlarge", region: "us-east-1", zone: "use1-az4" })
  assert.deepStrictEqual([...new Set(ranked.map(({ offer }) => offer.zone))], ["use1-az4"])
})

it("5: memory is GiB of one GPU, whatever the source counts", () => {
  const printed = new Map(gpus.map((row) => [row["canonical"], Number(row["memory_gib_nominal"])]))
  for (const { gpu, gpuCount, gpuMemoryGiB, instanceType } of offers) {
    if (gpu === undefined || gpuMemoryGiB === undefined || gpuCount < 1) continue
    const nominal = printed.get(gpu) ?? Number.NaN
    assert.isAtLeast(gpuMemoryGiB, nominal * 0.9, instanceType)
    assert.isAtMost(gpuMemoryGiB, nominal * 1.04, instanceType)
  }
})

it("6: 80 GiB are asked of an H100 that reports 79.65, and 24 of an A10G that reports 22.35", async () => {
  const types = async (gpuMemoryGiB: number, provider: string) =>
    new Set((await compareCosts({ ...all, gpuMemoryGiB, providers: [provider] }, { now })).offers.map(({ gpu }) => gpu))
  assert.isTrue((await types(80, "lyceum")).has("H100"))
  assert.isTrue((await types(24, "aws")).has("A10G"))
  assert.isFalse((await types(81, "lyceum")).has("H100"))
  assert.strictEqual(nominalMemoryGiB("L40S", 44.7), 48)
})

it("7: one name for several GPUs is told apart, and a name that stands for all of them finds all", async () => {
  const kinds = async (gpu: string) =>
    [...new Set((await compareCosts({ ...all, gpu }, { now })).offers.map((each) => each.gpu ?? ""))].toSorted()
  assert.deepStrictEqual(await kinds("A100"), ["A100-40GB", "A100-80GB"])
  assert.deepStrictEqual(await kinds("A100 40GB"), ["A100-40GB"])
  assert.deepStrictEqual(await kinds("H100"), ["H100"])
  assert.deepStrictEqual(await kinds("H100 NVL"), ["H100-NVL"])
  assert.deepStrictEqual(await kinds("RTX 4090"), ["RTX4090"])
  assert.deepStrictEqual(await kinds("RTX 4090 48GB"), ["RTX4090-48GB"])
  assert.deepStrictEqual(await kinds("RTX6000"), ["RTX6000"])
  assert.deepStrictEqual(await kinds("RTX 6000 Ada"), ["RTX6000-Ada"])
  assert.deepStrictEqual(await kinds("RTX PRO 6000"), ["RTXPRO6000"])
  assert.deepStrictEqual(await kinds("RTX 3060 Ti"), ["RTX3060Ti"])
})

it("every alias that was seen at a cloud leads to its GPU, by its memory where the name alone is not enough", () => {
  const missed = gpus.flatMap((row) => {
    const { aliases = "", canonical = "", memory_gib_nominal: memory } = row
    const names = aliases
      .split(/[;,]/)
      .map((alias) => alias.replace(/^[^:]*:/, "").trim())
      .filter((alias) => alias !== "")
    return names.flatMap((alias) => {
      // Vast's catalogue and API have a name each.
      const name = alias.includes("/") ? alias.slice(alias.indexOf("/") + 1) : alias
      const found = canonicalName(name, Number(memory))
      return found === canonical ? [] : [`${name}: ${found}, not ${canonical}`]
    })
  })
  assert.deepStrictEqual(missed, [])
})

it("8: a slice of a GPU is never the cheapest of its kind, and says that it is one", async () => {
  const { offers: l4 } = await compareCosts({ ...all, gpu: "L4" }, { now })
  assert.isTrue(l4.every(({ gpuCount }) => gpuCount >= 1))
  const { offers: slice } = await compareCosts({ ...all, instanceType: "g6f.large" }, { now })
  assert.deepInclude(slice[0], { gpuCount: 0.125 })
  assert.include(slice[0]?.remarks.join(), "a slice: 0.125 of one GPU")
  const least = Math.min(...l4.map(({ usdPerHour }) => usdPerHour ?? Infinity))
  assert.isAbove(least, slice[0]?.usdPerHour ?? Infinity)
})

it("9: vCPUs and memory are as the sources have them, and filters go by them", async () => {
  assert.isTrue(of("vastai").every(({ memoryGiB, vcpus }) => vcpus === 32 && memoryGiB === 64))
  const { offers: found } = await compareCosts({ ...all, gpu: "RTXPRO4500", memoryGiB: 500 }, { now })
  for (const { memoryGiB } of found) assert.isAtLeast(memoryGiB, 500)
  const without = offers.filter(
    ({ provider, instanceType }) => provider === "nebius" && instanceType.startsWith("cpu-")
  )
  assert.isTrue(without.every(({ gpu, gpuCount }) => gpu === undefined && gpuCount === 0))
})

it("10: regions of every form are placed, and a region that nobody names is unknown", () => {
  assert.deepStrictEqual(placeOf(", US, NA"), { country: "US", continent: "NA" })
  const nowhere = [...new Set(offers.map(({ region }) => region))].filter(
    (each) => placeOf(each).continent === undefined
  )
  assert.deepStrictEqual(nowhere.toSorted(), ["lyceum", "unknown"])
  assert.strictEqual(of("digitalocean").filter(({ region }) => region === "unknown").length, 7)
  const both = of("runpod").filter(({ zone }) => zone === "EU-SE-1")
  assert.deepStrictEqual([...new Set(both.map(({ region }) => region))].toSorted(), ["NO", "SE"])
  assert.strictEqual(new Set(of("lambda").map(({ region }) => region)).size, 17)
})

it("11: eight GPUs cost what they cost, not eight times one, and no decimal is lost", () => {
  const lambda = (type: string) => of("lambda").find(({ instanceType }) => instanceType === type)?.onDemandUsdPerHour
  assert.strictEqual(lambda("gpu_1x_h100_sxm5"), 4.29)
  assert.strictEqual(lambda("gpu_8x_h100_sxm5"), 31.92)
  const lyceum = of("lyceum").find(({ instanceType }) => instanceType === "a100.1x")
  assert.deepStrictEqual([lyceum?.onDemandUsdPerHour, lyceum?.spotUsdPerHour], [1.590012, 0.799992])
})

it("12: every price has a source and a date, and old ones are shown as stale", async () => {
  for (const { asOf, source } of offers) assert.match(`${source} ${asOf}`, /^\S.*\S \d{4}-\d{2}-\d{2}$/)
  const { offers: found } = await compareCosts({ ...all, gpu: "H100", providers: ["runpod"] }, { now })
  assert.isTrue(found.every(({ ageDays, isEstimatedDate, isStale }) => isStale && isEstimatedDate && ageDays === 210))
  const sooner = await compareCosts({ ...all, gpu: "H100", providers: ["lyceum"] }, { now: Date.parse("2026-08-30") })
  assert.isTrue(sooner.offers.every(({ ageDays, isStale }) => !isStale && ageDays === 30))
})

it("13: prices that differ by rounding are equal, so that names decide", () => {
  const { ranked } = rank(of("aws"), { instanceType: "p4d.24xlarge" })
  const prices = new Set(ranked.map(({ usdPerHour }) => usdPerHour))
  assert.isTrue(prices.has(21.957642) && prices.has(21.95764))
  const same = ranked
    .filter(({ usdPerHour = 0 }) => Math.abs(usdPerHour - 21.95764) < 1e-5)
    .map(({ offer }) => offer.region)
  assert.deepStrictEqual(same, same.toSorted())
})

it("14: TFLOPS rank nothing: work needs speeds that somebody tells", async () => {
  const work = { gpuHours: 100, speeds: { H100: 2, "A100-80GB": 1 } }
  const { offers: found } = await compareCosts({ work, limit: 10_000, gpu: "A100" }, { now })
  const forty = found.filter(({ gpu }) => gpu === "A100-40GB")
  assert.isNotEmpty(forty)
  for (const { remarks, totalUsd } of forty) {
    assert.isNull(totalUsd)
    assert.include(remarks.join(), "the speed of A100-40GB is not known")
  }
  assert.isTrue(found.slice(0, found.length - forty.length).every(({ totalUsd }) => totalUsd !== null))
  assert.isFalse(offers.some((offer) => "tflops" in offer))
})

it("the snapshot has every row, and no more", () => {
  assert.strictEqual(offers.length, csv.length)
})
