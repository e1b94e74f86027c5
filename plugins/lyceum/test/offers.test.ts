import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Catalogue from "@runctl/plugin-lyceum/Catalogue"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { asked, prefix, reads, reasonOf, requestFor, using } from "./rented.ts"

const row = (hardware_profile: string, more: Readonly<Record<string, unknown>> = {}) => ({
  meter_slug: "vm_running",
  applies_to: { hardware_profile },
  unit: "second",
  unit_price: "0.00044167",
  unit_price_per_hour: "1.59001200",
  ...more
})

describe("the price list", () => {
  it("has text for numbers, and prices by the second beside those by the hour", () => {
    const prices = Catalogue.pricesOf([
      row("on-demand.a100.1x"),
      row("spot.a100.1x", { unit_price: 0.0002, unit_price_per_hour: 0.72 }),
      row("on-demand.h100.1x", { unit_price_per_hour: null, unit_price: "0.000775" }),
      row("on-demand.l40s.1x", { unit_price_per_hour: null, unit: "hour", unit_price: "1.19" })
    ])
    assert.deepStrictEqual(
      [...prices],
      [
        ["on-demand.a100.1x", 1.590012],
        ["spot.a100.1x", 0.72],
        ["on-demand.h100.1x", 2.79],
        ["on-demand.l40s.1x", 1.19]
      ]
    )
  })

  it("is left out where it is of another meter, or cannot be read: an unknown price is none", () => {
    const strange = [
      row("on-demand.a100.1x", { meter_slug: "execution_running" }),
      row("reserved.a100.1x"),
      row("on-demand.a100"),
      row("on-demand.a100.1x.eu"),
      row("on-demand.b200.1x", { unit_price_per_hour: "soon", unit_price: "" }),
      row("on-demand.b300.1x", { unit_price_per_hour: "-1", unit: "moon" })
    ]
    assert.deepStrictEqual([...Catalogue.pricesOf(strange)], [])
  })

  it("is of machines with 1, 2, 4 or 8 GPUs, and of no others", () => {
    assert.deepStrictEqual(Catalogue.shapeOf("h100.8x"), { profile: "h100", count: 8 })
    for (const type of ["h100.0x", "h100.3x", "h100.16x", "h100", "h100.x", "H100.1x", ""]) {
      assert.isUndefined(Catalogue.shapeOf(type), type)
    }
  })
})

describe("offers", () => {
  it.effect("say what each machine has and costs in either market", () =>
    using((provider, { url }) =>
      Effect.gen(function* () {
        const [offer, ...others] = yield* provider.offers({ instanceType: "h100.2x" })
        assert.lengthOf(others, 0)
        assert.deepInclude(offer, {
          provider: "lyceum",
          region: "lyceum",
          gpu: "H100",
          gpuCount: 2,
          gpuMemoryGiB: GiB.make(80),
          vcpus: 64,
          memoryGiB: GiB.make(362),
          onDemandUsdPerHour: UsdPerHour.make(5.58),
          spotUsdPerHour: UsdPerHour.make(2.199996),
          available: true,
          source: `${url}${prefix}/pricing`
        })
        assert.lengthOf(yield* provider.offers({}), 24)
      })
    )
  )

  it.effect("are none on the spot market where there is a price and no variant (C9)", () =>
    using((provider) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* provider.offers({ market: "spot", gpu: "L40S" }), [])
        assert.lengthOf(yield* provider.offers({ market: "spot" }), 20)
        const [offer] = yield* provider.offers({ gpu: "L40S" })
        assert.notProperty(offer, "spotUsdPerHour")
      })
    )
  )

  it.effect("are none where a machine exists and none is there now, each market by itself", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.setStock("on-demand", "h100", [])
        core.setStock("spot", "h100", [8, 1])
        core.setStock("on-demand", "b300", undefined)
        assert.deepStrictEqual(yield* provider.offers({ gpu: "H100" }), [])
        assert.deepStrictEqual(yield* provider.offers({ gpu: "B300" }), [])
        const spot = yield* provider.offers({ gpu: "H100", market: "spot" })
        assert.deepStrictEqual(
          spot.map(({ gpuCount }) => gpuCount),
          [1, 8]
        )
      })
    )
  )

  it.effect("suggest the type that was meant, and leave other clouds' names alone", () =>
    using((provider) =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(provider.offers({ instanceType: "h100.2" }))
        assert.strictEqual(reason._tag, "Rejected")
        assert.match(reason.message, /Did you mean "?h100\.2x/)
        assert.deepStrictEqual(yield* provider.offers({ instanceType: "g6e.xlarge" }), [])
        assert.deepStrictEqual(yield* provider.offers({ region: "us-east-1" }), [])
      })
    )
  )

  it.effect("are read once a minute, and once by all who ask at the same time", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const times = () => asked(cloud, "GET", /\/pricing$/).length
        yield* Effect.all([provider.offers({}), provider.offers({}), provider.estimateCost("h100.1x", 1)], {
          concurrency: "unbounded"
        })
        assert.strictEqual(times(), 1)
        yield* TestClock.adjust("61 seconds")
        cloud.core.setPrice("on-demand", "h100", 3.6)
        assert.strictEqual(yield* provider.estimateCost("h100.1x", 2), 7.2)
        assert.strictEqual(times(), 2)
      })
    )
  )

  it.effect("fail when either list cannot be had", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        faults.serverError({ ...reads, path: /availability/ })
        assert.strictEqual((yield* reasonOf(provider.offers({})))._tag, "Unavailable")
        faults.answer({ status: 200, body: { items: [] } }, { ...reads, path: /pricing/ })
        assert.strictEqual((yield* reasonOf(provider.offers({})))._tag, "MalformedResponse")
        assert.lengthOf(yield* provider.offers({}), 24)
      })
    )
  )
})

describe("what a machine is billed", () => {
  it.effect("is its price in every state but the last, also while it is stopped", () =>
    using((provider) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor())
        assert.strictEqual(machine.costPerHour, 1.190016)
        const states = [ResourceState.Starting, ResourceState.Stopped, ResourceState.Unknown, ResourceState.failed("x")]
        for (const state of states) {
          assert.deepStrictEqual(yield* provider.billing(machine, state), [
            { item: "compute", usdPerHour: machine.costPerHour }
          ])
        }
        assert.deepStrictEqual(yield* provider.billing(machine, ResourceState.Terminated), [])
      })
    )
  )
})
