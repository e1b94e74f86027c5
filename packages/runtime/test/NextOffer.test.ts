import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Reasons from "@runctl/core/ProviderError"
import type { RankedOffer } from "@runctl/core/Ranking"
import { about, afterLosses, type Failure, mostOfEach, mostOffers, nextOf } from "@runctl/runtime/NextOffer"
import { BudgetRefused } from "@runctl/runtime/RuntimeError"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

const message = "no"
const fails = (reason: Reasons.Reason): Reasons.ProviderError =>
  new Reasons.ProviderError({ provider: "a", operation: "createResource", reason })

const Shape = Schema.Struct({
  provider: Schema.Literals(["a", "b", "c"]),
  region: Schema.Literals(["x", "y"]),
  market: Schema.Literals(["spot", "on-demand"]),
  gpuCount: Schema.Literals([0, 1, 2]),
  usd: Schema.Literals([1, 2, 4])
})

const rankedOf = (shape: typeof Shape.Type): RankedOffer => ({
  offer: {
    provider: shape.provider,
    region: shape.region,
    instanceType: `type-${shape.gpuCount}`,
    gpuCount: shape.gpuCount,
    vcpus: 4,
    memoryGiB: GiB.make(8),
    source: "a test",
    asOf: DateTime.makeUnsafe(0)
  },
  market: shape.market,
  usdPerHour: UsdPerHour.make(shape.usd)
})

const errors = [
  fails(new Reasons.OutOfCapacity({ message })),
  fails(new Reasons.QuotaExceeded({ message })),
  fails(new Reasons.InsufficientFunds({ message })),
  new BudgetRefused({ scope: "run", message })
] as const

/** Everything that is tried when each try fails with the next of some errors. */
const played = (ranked: ReadonlyArray<RankedOffer>, kinds: ReadonlyArray<number>): ReadonlyArray<Failure> => {
  const failed: Array<Failure> = []
  for (let next = nextOf(ranked, failed); next !== undefined; next = nextOf(ranked, failed)) {
    failed.push({ ranked: next, error: errors[kinds[failed.length % kinds.length] ?? 0] })
  }
  return failed
}

describe("the next offer", () => {
  it("is about the offer, its provider, or nothing that may be tried again", () => {
    const abouts = {
      offer: [
        new Reasons.OutOfCapacity({ message }),
        new Reasons.QuotaExceeded({ message }),
        new Reasons.PriceTooLow({ message }),
        new Reasons.UnsupportedCapability({ message })
      ],
      provider: [
        new Reasons.Unauthorized({ setting: "TOKEN" }),
        new Reasons.InsufficientFunds({ message }),
        new Reasons.Unavailable({ message })
      ],
      all: [new Reasons.OutcomeUnknown({ message }), new Reasons.MalformedResponse({ message })]
    }
    for (const [expected, reasons] of Object.entries(abouts)) {
      for (const reason of reasons) assert.strictEqual(about(fails(reason)), expected, reason._tag)
    }
    assert.strictEqual(about(new BudgetRefused({ scope: "run", message })), "offer")
    for (const other of [new Error("bug"), undefined, { _tag: "JournalError" }, { _tag: "constructor" }]) {
      assert.strictEqual(about(other), "all")
    }
  })

  it.prop(
    "is each tried once, in order, and none of a provider that has no use for us, or as much of what a quota ends",
    [Schema.Array(Shape), Schema.NonEmptyArray(Schema.Literals([0, 1, 2, 3]))],
    ([shapes, kinds]) => {
      const ranked = shapes.map(rankedOf).toSorted((left, right) => (left.usdPerHour ?? 0) - (right.usdPerHour ?? 0))
      const failed = played(ranked, kinds)
      assert.isAtMost(failed.length, mostOffers)
      assert.strictEqual(new Set(failed.map((each) => each.ranked)).size, failed.length)
      const places = failed.map((each) => ranked.indexOf(each.ranked))
      assert.deepStrictEqual(
        places,
        places.toSorted((left, right) => left - right)
      )
      for (const [at, { error, ranked: one }] of failed.entries()) {
        for (const { ranked: later } of failed.slice(at + 1)) {
          if (later.offer.provider !== one.offer.provider) continue
          assert.notStrictEqual(error, errors[2])
          if (error !== errors[1] || later.market !== one.market || later.offer.region !== one.offer.region) continue
          assert.isBelow(later.offer.gpuCount, one.offer.gpuCount)
        }
      }
      const hasOthers = new Set(ranked.map(({ offer }) => offer.provider)).size > 1
      for (const name of hasOthers ? ["a", "b", "c"] : []) {
        assert.isAtMost(failed.filter((each) => each.ranked.offer.provider === name).length, mostOfEach)
      }
    }
  )

  it("of another cloud is reached even where one has many that are cheaper", () => {
    const many = Array.from({ length: 40 }, () =>
      rankedOf({ provider: "a", region: "x", market: "spot", gpuCount: 1, usd: 1 })
    )
    const other = rankedOf({ provider: "b", region: "x", market: "spot", gpuCount: 1, usd: 4 })
    assert.strictEqual(played([...many, other], [0])[mostOfEach]?.ranked, other)
    assert.lengthOf(played(many, [0]), mostOffers)
  })

  it.prop(
    "after losses is one of the same, and only a loss moves an offer back",
    [Schema.Array(Shape), Schema.Array(Shape)],
    ([shapes, lost]) => {
      const ranked = shapes.map(rankedOf).toSorted((left, right) => (left.usdPerHour ?? 0) - (right.usdPerHour ?? 0))
      const order = afterLosses(ranked, lost.map(rankedOf))
      assert.sameMembers([...order], [...ranked])
      const price = (each: RankedOffer): number => {
        const losses = lost.filter(
          ({ gpuCount, market, provider, region }) =>
            each.market === market &&
            each.offer.provider === provider &&
            each.offer.region === region &&
            each.offer.gpuCount === gpuCount
        )
        return (each.usdPerHour ?? 0) * 1.5 ** losses.length
      }
      for (const [at, each] of order.slice(1).entries()) assert.isAtLeast(price(each), price(order[at] ?? each))
    }
  )
})
