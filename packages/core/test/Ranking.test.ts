import { assert, it } from "@effect/vitest"
import { GiB, type Offer, type OfferQuery, priceOf } from "@runctl/core/Offer"
import { UsdPerHour } from "@runctl/core/Money"
import { rank } from "@runctl/core/Ranking"
import * as DateTime from "effect/DateTime"
import * as arbitraries from "./arbitraries.ts"

const runs = { arbitrary: { runs: 400 } }
const identity = ({ instanceType, provider, region, zone }: Offer) => [provider, region, zone, instanceType].join("/")
const chosen = (offers: ReadonlyArray<Offer>, query: OfferQuery) => rank(offers, query).ranked.map(({ offer }) => offer)

it.prop(
  "every offer is either ranked or rejected with a reason, and none comes twice",
  [arbitraries.offers, arbitraries.query],
  ([offers, query]) => {
    const { ranked, rejected } = rank(offers, query)
    const all = [...ranked, ...rejected].map(({ offer }) => offer)
    assert.strictEqual(all.length, offers.length)
    assert.sameMembers(all, [...offers])
    for (const { why } of rejected) assert.match(why, /\S+ \S+/)
  },
  runs
)

it.prop(
  "cheaper comes first, and what has no price comes last",
  [arbitraries.offers, arbitraries.query],
  ([offers, query]) => {
    const { ranked } = rank(offers, query)
    const prices = ranked.map(({ usdPerHour }) => usdPerHour ?? Infinity)
    assert.deepStrictEqual(
      prices,
      prices.toSorted((left, right) => (left === right ? 0 : left - right))
    )
    for (const { market, offer, usdPerHour } of ranked) {
      assert.strictEqual(market, query.market ?? "on-demand")
      assert.strictEqual(usdPerHour, priceOf(offer, market))
    }
  },
  runs
)

it.prop(
  "the order of the offers changes nothing for offers of different places or types",
  [arbitraries.offers, arbitraries.query],
  ([offers, query]) => {
    const distinct = [...new Map(offers.map((offer) => [identity(offer), offer])).values()]
    const there = chosen(distinct, query).map(identity)
    assert.deepStrictEqual(chosen(distinct.toReversed(), query).map(identity), there)
  },
  runs
)

it.prop(
  "offers that nothing tells apart keep their order",
  [arbitraries.offers, arbitraries.query],
  ([offers, query]) => {
    const distinct = [...new Map(offers.map((offer) => [identity(offer), offer])).values()]
    const twins = distinct.flatMap((offer) => [offer, { ...offer, source: "its twin" }])
    const sources = chosen(twins, query).map(({ source }) => source)
    assert.deepStrictEqual(
      sources,
      chosen(distinct, query).flatMap(() => ["a test", "its twin"])
    )
  },
  runs
)

it.prop(
  "a further condition never adds an offer, and never turns two around",
  [arbitraries.offers, arbitraries.query],
  ([offers, query]) => {
    const { market, ...conditions } = query
    const base: OfferQuery = market === undefined ? {} : { market }
    const without = chosen(offers, base)
    const narrowed = chosen(offers, { ...base, ...conditions })
    assert.deepStrictEqual(
      narrowed,
      without.filter((offer) => narrowed.includes(offer))
    )
  },
  runs
)

it.prop(
  "what is ranked has at least what was asked for",
  [arbitraries.offers, arbitraries.query],
  ([offers, query]) => {
    for (const offer of chosen(offers, query)) {
      const { market = "on-demand" } = query
      const price = priceOf(offer, market)
      assert.notStrictEqual(offer.available, false)
      assert.isAtLeast(offer.gpuCount, query.gpuCount ?? (query.gpu === undefined ? 0 : 1))
      assert.isAtLeast(offer.vcpus, query.vcpus ?? 0)
      assert.isAtLeast(offer.memoryGiB, query.memoryGiB ?? 0)
      assert.isAtLeast(offer.diskGiB ?? Infinity, query.diskGiB ?? 0)
      assert.isAtLeast(offer.gpuMemoryGiB ?? (query.gpuMemoryGiB === undefined ? 0 : -1), query.gpuMemoryGiB ?? 0)
      if (query.maxUsdPerHour !== undefined) assert.isAtMost(price ?? Infinity, query.maxUsdPerHour)
      if (market === "spot") assert.isDefined(price)
      for (const field of ["instanceType", "region", "zone"] as const) {
        assert.strictEqual(offer[field], query[field] ?? offer[field])
      }
      assert.strictEqual(
        query.gpu?.toLowerCase().replaceAll(/[_ -]/g, ""),
        query.gpu === undefined ? undefined : offer.gpu?.toLowerCase().replaceAll(/[_ -]/g, "")
      )
    }
  },
  runs
)

const offer: Offer = {
  provider: "p",
  region: "east",
  instanceType: "t",
  gpuCount: 1,
  gpu: "H100",
  vcpus: 4,
  memoryGiB: GiB.make(8),
  onDemandUsdPerHour: UsdPerHour.make(2.5),
  source: "a test",
  asOf: DateTime.makeUnsafe(0)
}
it("offers of one price are ordered by size, then by name, field after field", () => {
  const smaller: ReadonlyArray<Partial<Offer>> = [
    { gpuCount: 0, vcpus: 9, memoryGiB: GiB.make(9), provider: "z", region: "z", zone: "z", instanceType: "z" },
    { vcpus: 3, memoryGiB: GiB.make(9), provider: "z", region: "z", zone: "z", instanceType: "z" },
    { memoryGiB: GiB.make(7), provider: "z", region: "z", zone: "z", instanceType: "z" },
    { provider: "o", region: "z", zone: "z", instanceType: "z" },
    { region: "a", zone: "z", instanceType: "z" },
    { instanceType: "z" },
    { zone: "a", instanceType: "s" },
    { zone: "a" },
    { zone: "b" }
  ]
  const wanted = smaller.map((changes): Offer => ({ ...offer, ...changes }))
  assert.deepStrictEqual(chosen(wanted.toReversed(), {}), wanted)
})

it("says why an offer is left out", () => {
  const why = (query: OfferQuery) => rank([offer], query).rejected.map((each) => each.why)
  assert.deepStrictEqual(why({ gpu: "T4" }), ["GPU is H100, T4 wanted"])
  assert.deepStrictEqual(why({ gpuMemoryGiB: GiB.make(80) }), ["has an unknown amount of GiB per GPU, 80 wanted"])
  assert.deepStrictEqual(why({ maxUsdPerHour: UsdPerHour.make(2) }), ["costs $2.5/h, at most $2/h wanted"])
  assert.deepStrictEqual(why({ market: "spot" }), ["has no spot price"])
  assert.deepStrictEqual(why({ zone: "a" }), ["zone is unknown, a wanted"])
  assert.deepStrictEqual(why({}), [])
})
