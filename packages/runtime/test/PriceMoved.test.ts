import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { PriceTooLow, ProviderError } from "@runctl/core/ProviderError"
import { withBothPrices } from "@runctl/runtime/PriceMoved"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import * as Effect from "effect/Effect"
import { cap, rentOf } from "./fakeWorld.ts"
import { living, on, request, reservedIn } from "./fakeRents.ts"

const usd = (amount: number): UsdPerHour => UsdPerHour.make(amount)
const tooLow = new PriceTooLow({ message: "it costs more now", usdPerHour: usd(0.08) })

describe("a price that has moved", () => {
  it.effect("since somebody agreed to it is a question to them, and nothing is rented", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.reprice("cpu-2", 1.6)
        const rent = rentOf("fake", { agreedUsdPerHour: usd(0.05) })
        const error = yield* Effect.flip((yield* Rents).rent({ ...request(), rent, asksAboutPrice: true }))
        assert.include(error.message, "the price moved from $0.050/h to $0.080/h")
        assert.notInclude(yield* cloud.calls, "createResource")
      })
    )
  )

  it.effect("at the moment of creation is one too, and no other offer is taken unasked", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", tooLow)
        const error = yield* Effect.flip((yield* Rents).rent({ ...request(), asksAboutPrice: true }))
        assert.include(error.message, "the price moved from $0.050/h to $0.080/h")
        assert.lengthOf(yield* living(cloud), 0)
        assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [], spent: 0 })
      })
    )
  )

  it.effect("leads to the next offer where nobody is there, and to both prices where there is none", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", tooLow)
        const record = yield* (yield* Rents).rent(request())
        assert.strictEqual(record.offer.instanceType, "h100-1")
        yield* cloud.refuse("createResource", tooLow, 2)
        const rent = rentOf("fake", { query: { instanceType: "cpu-2" } })
        const error = yield* Effect.flip((yield* Rents).rent({ ...request(), rent }))
        assert.include(error.message, "the price moved from $0.050/h to $0.080/h")
        const failed = (yield* (yield* Records).resources).find(({ offer }) => offer.instanceType === "cpu-2")
        assert.include(failed?.problem?.message, "moved from")
      })
    )
  )

  it.effect("is taken up to the highest price that was said, unless a budget reserved less", () =>
    on(
      {},
      () =>
        Effect.gen(function* () {
          const rents = yield* Rents
          const query = { maxUsdPerHour: usd(3), instanceType: "cpu-2" }
          const rent = rentOf("fake", { query, agreedUsdPerHour: usd(0.01) })
          const free = yield* rents.rent({ ...request({ budgets: [] }), rent, asksAboutPrice: true })
          assert.strictEqual(free.priceLimit, 3)
          const kept = yield* rents.rent({ ...request({ budgets: [cap("run/test", 10)] }), rent })
          assert.strictEqual(kept.priceLimit, 0.05)
        }),
      (provider) => provider
    )
  )

  it("is said with the price that was agreed, whatever the provider says", () => {
    const refused = (reason: ProviderError["reason"]) =>
      withBothPrices(usd(2.1))(new ProviderError({ provider: "fake", operation: "createResource", reason })).message
    assert.include(refused(new PriceTooLow({ message: "dearer now" })), "dearer now (agreed: $2.10/h)")
    assert.include(refused(new PriceTooLow({ message: "x", usdPerHour: usd(2.6) })), "from $2.10/h to $2.60/h")
  })
})
