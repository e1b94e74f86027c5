import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import * as Renting from "@runctl/plugin-aws/Renting"
import * as Effect from "effect/Effect"
import { reasonOf, requestFor, sent, using } from "./rented.ts"

describe("a launch", () => {
  it.live("of a spot machine asks the cheapest zone first, and tags the request too", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor({ market: "spot" }))
        const [launch = {}] = sent(cloud, "RunInstances")
        assert.match(launch["ClientToken"] ?? "", /-us-east-1b-spot$/)
        assert.strictEqual(launch["InstanceMarketOptions.MarketType"], "spot")
        assert.strictEqual(launch["InstanceMarketOptions.SpotOptions.SpotInstanceType"], "one-time")
        assert.strictEqual(launch["TagSpecification.4.ResourceType"], "spot-instances-request")
        assert.closeTo(machine.costPerHour, 0.0104 * 0.3, 1e-9)
      })
    )
  )

  it.live("of a spot machine pays no more than was agreed, and says what is asked", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(
          provider.createResource(requestFor({ market: "spot", priceLimit: UsdPerHour.make(0.001) }))
        )
        assert.isTrue(reason._tag === "PriceTooLow" && Math.abs((reason.usdPerHour ?? 0) - 0.00312) < 1e-9)
        // Only the zones that cost no more than that are asked.
        cloud.core.setLacks([{ market: "spot" }])
        const limit = UsdPerHour.make(0.0045)
        yield* reasonOf(provider.createResource(requestFor({ market: "spot", priceLimit: limit })))
        const zones = sent(cloud, "RunInstances").map(({ ClientToken }) => ClientToken?.slice(28, 38))
        assert.deepStrictEqual(zones, ["us-east-1b", "us-east-1a"])
      })
    )
  )

  it.live("falls back to on-demand only where that is allowed", () =>
    Effect.gen(function* () {
      const request = requestFor({ market: "spot" })
      yield* using((provider, cloud) =>
        Effect.gen(function* () {
          cloud.core.setLacks([{ market: "spot" }])
          assert.strictEqual((yield* reasonOf(provider.createResource(request)))._tag, "OutOfCapacity")
        })
      )
      yield* using(
        (provider, cloud) =>
          Effect.gen(function* () {
            cloud.core.setLacks([{ market: "spot" }])
            const machine = yield* provider.createResource(request)
            assert.strictEqual(machine.costPerHour, 0.0104)
            const limit = UsdPerHour.make(0.006)
            const reason = yield* reasonOf(provider.createResource(requestFor({ market: "spot", priceLimit: limit })))
            assert.strictEqual(reason._tag, "OutOfCapacity")
          }),
        { settings: { "on-demand-fallback": true } }
      )
    })
  )
})

describe("pools are asked", () => {
  const pool = (zone: string, market: "spot" | "on-demand", usdPerHour: number) => ({
    place: { subnetId: zone, vpcId: "vpc", zone },
    market,
    usdPerHour
  })
  const all = [pool("a", "on-demand", 1), pool("b", "spot", 0.3), pool("c", "spot", 0.2), pool("d", "spot", 0.4)]
  const zones = (ranked: ReadonlyArray<Renting.Pool>) => ranked.map(({ place }) => place.zone).join("")

  it("by price, spot before on-demand, cold ones later, and first where it was asked last", () => {
    assert.strictEqual(
      zones(
        Renting.ranked(
          all,
          () => false,
          () => false
        )
      ),
      "cbda"
    )
    assert.strictEqual(
      zones(
        Renting.ranked(
          all,
          () => false,
          ({ place }) => place.zone === "c"
        )
      ),
      "bdca"
    )
    assert.strictEqual(
      zones(
        Renting.ranked(
          all,
          ({ place }) => place.zone === "a",
          () => false
        )
      ),
      "acbd"
    )
  })
})
