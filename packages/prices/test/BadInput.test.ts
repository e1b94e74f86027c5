import { assert, it } from "@effect/vitest"
import {
  compareCosts,
  type CompareError,
  type CompareRequest,
  decode,
  explainCost,
  type PlainOffer
} from "@runctl/prices"
import { snapshotData } from "@runctl/prices/SnapshotData"

const refused = async (request: CompareRequest, own?: ReadonlyArray<PlainOffer>): Promise<CompareError> => {
  try {
    await compareCosts(request, own === undefined ? {} : { offers: own })
  } catch (error) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the next assertion looks
    return error as CompareError
  }
  throw new Error("it was not refused")
}

const offer: PlainOffer = {
  provider: "somebody",
  region: "here",
  instanceType: "some",
  gpuCount: 0,
  vcpus: 4,
  memoryGiB: 8,
  onDemandUsdPerHour: 1,
  source: "a test",
  asOf: "2026-11-20"
}

it.each<readonly [CompareRequest, CompareError["code"], RegExp]>([
  [{ gpu: "H10" }, "UnknownGpu", /called "H10"\. Did you mean "H100"/],
  [{ gpu: "gpu" }, "UnknownGpu", /names no GPU/],
  [{ gpu: "A100 60GB" }, "UnknownGpu", /A100-40GB \(40 GB\) and A100-80GB/],
  [{ gpu: "h100:8", gpus: 4 }, "BadRequest", /asks for 8 GPUs, and gpus for 4/],
  [{ providers: ["asw"] }, "UnknownProvider", /Did you mean "aws"/],
  [{ region: "us-esat-1" }, "UnknownRegion", /Did you mean "us-east-1"/],
  [{ hours: -1 }, "BadRequest", /hours is -1/],
  [{ hours: 0 }, "BadRequest", /more than 0/],
  [{ hours: Number.NaN }, "BadRequest", /no number/],
  [{ hours: 1e12 }, "BadRequest", /more than makes sense/],
  [{ gpus: 1.5 }, "BadRequest", /whole number/],
  [{ checkpointEveryHours: 0 }, "BadRequest", /more than 0/],
  [{ interruptionsPerHour: -0.1 }, "BadRequest", /at least 0/],
  [{ setupHours: { low: 2, expected: 1, high: 3 } }, "BadRequest", /in that order/],
  [{ maxUsdPerHour: -3 }, "BadRequest", /maxUsdPerHour is -3/],
  [{ hours: 1, work: { gpuHours: 1, speeds: {} } }, "BadRequest", /both say/],
  [{ work: { gpuHours: 1, speeds: { H100: 0 } } }, "BadRequest", /H100 is 0/],
  [{ gpu: "H100", gpuMemoryGiB: 141 }, "NothingFits", /the GPU H100, 141 GiB in each GPU/]
])("%j is refused as %s", async (request, code, message) => {
  const error = await refused(request)
  assert.deepInclude(error, { _tag: "CompareError", code })
  assert.match(error.message, message)
})

it("an empty answer says which condition empties it, and the nearest offer", async () => {
  const error = await refused({ gpu: "A100 80GB", gpus: 8, maxUsdPerHour: 2 })
  assert.strictEqual(error.code, "NothingFits")
  assert.match(error.message, /none of 4028 offers fits: at most \$2\.00\/h, the GPU A100 80GB, 8 GPUs/)
  assert.match(error.advice ?? "", /Without "at most \$2\.00\/h" there are 69; the nearest is lyceum a100\.8x/)
  assert.match(error.advice ?? "", /Without "8 GPUs" there are \d+/)
  const both = await refused({ gpu: "RTX4090", maxUsdPerHour: 0.01, region: "africa" })
  assert.match(both.advice ?? "", /Without "at most \$0\.010\/h and in africa" there are \d+/)
  const there = await refused({ gpu: "H100", available: true })
  assert.match(there.advice ?? "", /Without "known to be available"/)
})

it("offers of one's own that make no sense are refused by their place", async () => {
  const euros = { ...offer, currency: "EUR" }
  assert.deepInclude(await refused({}, [{ ...offer, currency: "USD" }, euros]), { code: "MixedCurrencies" })
  assert.match((await refused({}, [offer, euros])).message, /^offer 2 \(somebody some\) is in EUR$/)
  assert.match((await refused({}, [offer, { ...offer, onDemandUsdPerHour: -1 }])).message, /offer 2 .*-1 for onDemand/)
  assert.match((await refused({}, [{ ...offer, memoryGiB: Number.NaN }])).message, /NaN for memoryGiB/)
  assert.match((await refused({}, [{ ...offer, provider: "" }])).message, /has no provider/)
  assert.match((await refused({}, [{ ...offer, asOf: "yesterday" }])).message, /no date/)
  assert.strictEqual((await refused({}, [])).code, "NoOffers")
  const { onDemandUsdPerHour: _, ...unpriced } = offer
  assert.match((await refused({}, [unpriced])).message, /none has a price/)
})

it("an offer that nobody means is named, with the nearest", async () => {
  const error: unknown = await explainCost("aws/p5.48xlarg", { gpu: "H100" }).catch((cause: unknown) => cause)
  assert.match(String(error), /no offer that fits is called "aws\/p5\.48xlarg"/)
})

const whole: Record<string, unknown> & { readonly columns: object } = JSON.parse(snapshotData)
const columns = (changes: Record<string, unknown>): string =>
  JSON.stringify({ ...whole, columns: { ...whole.columns, ...changes } })

it.each<readonly [string, string, RegExp]>([
  ["empty", "", /it is empty/],
  ["cut off", snapshotData.slice(0, 5000), /not JSON, or was cut off/],
  ["something else", "[]", /no snapshot/],
  ["of another version", JSON.stringify({ ...whole, version: 9 }), /version is 9/],
  ["without offers", columns({ gpuCount: [] }), /has no offers/],
  ["with a column too short", columns({ vcpus: [1, 2, 3] }), /column vcpus is damaged/],
  [
    "with a price of nothing",
    columns({ spotUsdPerHour: Array.from({ length: 4028 }, () => 0) }),
    /spotUsdPerHour is damaged/
  ],
  [
    "with a name that is not there",
    columns({ gpu: { values: [], rows: Array.from({ length: 4028 }, () => 7) } }),
    /column gpu is damaged/
  ],
  ["without sources", JSON.stringify({ ...whole, sources: [{}] }), /sources are damaged/]
])("a snapshot that is %s is refused as a whole", (_, text, message) => {
  assert.throws(() => decode(text), message)
})
