import { assert, describe, it } from "@effect/vitest"
import * as Answers from "@runctl/plugin-verda/Answers"
import { diskUsdPerHour, offersOf } from "@runctl/plugin-verda/Catalogue"
import { imageFor } from "@runctl/plugin-verda/Renting"
import type { OfferQuery } from "@runctl/core/Offer"
import { GiB } from "@runctl/core/Offer"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { reasonOf, using } from "./rented.ts"

const named = (offers: ReadonlyArray<{ readonly instanceType: string; readonly region: string }>) =>
  offers.map(({ instanceType, region }) => `${instanceType} ${region}`).toSorted()

describe("offers", () => {
  it.effect(
    "are of each type where it can be had, at the price of the whole machine and with the memory of one GPU",
    () =>
      using((provider) =>
        Effect.gen(function* () {
          const [a6000] = yield* provider.offers({ gpu: "A6000" })
          assert.deepInclude(a6000, {
            instanceType: "2A6000.20V",
            region: "FIN-01",
            gpu: "RTXA6000",
            gpuCount: 2,
            vcpus: 20,
            available: true
          })
          assert.deepEqual(
            [a6000?.onDemandUsdPerHour, a6000?.gpuMemoryGiB, a6000?.memoryGiB, a6000?.diskGiB].map(Number),
            [0.98, 48, 120, 50]
          )
          const [cpu] = yield* provider.offers({ instanceType: "CPU.8V.32G" })
          assert.deepInclude(cpu, { gpuCount: 0, vcpus: 8 })
          assert.notProperty(cpu, "gpu")
        })
      )
  )

  it.effect("of spot are where spot can be had, which is somewhere else", () =>
    using((provider, { seen }) =>
      Effect.gen(function* () {
        const at = (market: OfferQuery["market"]) =>
          Effect.map(provider.offers({ gpu: "H100", ...(market === undefined ? {} : { market }) }), named)
        assert.deepEqual(yield* at("spot"), ["1H100.80S.30V ICE-01"])
        const onDemand = ["1H100.80S.30V FIN-01", "1H100.80S.30V FIN-03", "8H100.80S.176V FIN-03"]
        assert.deepEqual(yield* at("on-demand"), onDemand)
        assert.deepEqual(yield* at(undefined), onDemand)
        const [spot] = yield* provider.offers({ gpu: "H100", market: "spot" })
        assert.strictEqual(Number(spot?.spotUsdPerHour), 0.8)
        assert.notProperty(spot, "onDemandUsdPerHour")
        const asked = seen.filter(({ path }) => path === "/v1/instance-availability").map(({ query }) => query)
        assert.deepEqual(asked.toSorted(), ["?is_spot=false", "?is_spot=true"])
      })
    )
  )

  it.effect("take a disk of any size, and say what a GiB of it costs", () =>
    using((provider) =>
      Effect.gen(function* () {
        const [large] = yield* provider.offers({ instanceType: "CPU.4V.16G", diskGiB: GiB.make(2000) })
        assert.deepEqual([large?.diskGiB, large?.diskUsdPerGiBHour].map(Number), [2000, 0.2 / 730])
      })
    )
  )

  it.effect("that are shown may be five minutes old, and those that are rented one", () =>
    using((provider, { core, seen }) =>
      Effect.gen(function* () {
        const reads = () => seen.filter(({ path }) => path === "/v1/instance-types").length
        yield* provider.offers({})
        core.setPrice("CPU.4V.16G", "9.9", "9.9")
        const [shown] = yield* provider.offers({ instanceType: "CPU.4V.16G" })
        assert.deepEqual([Number(shown?.onDemandUsdPerHour), reads()], [0.0279, 1])
        assert.strictEqual(yield* provider.estimateCost("CPU.4V.16G", 2), 0.0558)
      })
    )
  )

  it.effect("name what was probably meant, and nothing for another cloud's words", () =>
    using((provider) =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(provider.offers({ instanceType: "1H100.80S.20V" }))
        assert.match(reason.message, /Did you mean "1H100\.80S\.30V"/)
        assert.match((yield* reasonOf(provider.offers({ region: "FIN-3" }))).message, /"FIN-03"/)
        assert.deepEqual(yield* provider.offers({ instanceType: "s-1vcpu-1gb" }), [])
        assert.strictEqual((yield* reasonOf(provider.estimateCost("none", 1)))._tag, "Rejected")
      })
    )
  )
})

const type = (changes: object) =>
  Answers.readable(
    Answers.InstanceType,
    "a type"
  )([
    {
      instance_type: "1X.1V",
      cpu: { number_of_cores: 1 },
      gpu: { description: "1x Unheard Of 9 12GB", number_of_gpus: 1 },
      gpu_memory: { size_in_gigabytes: 12 },
      memory: { size_in_gigabytes: 4 },
      price_per_hour: "1.5",
      spot_price: "0.5",
      currency: "usd",
      ...changes
    }
  ])

const offered = (changes: object, query: OfferQuery = {}) =>
  Effect.map(type(changes), (types) =>
    offersOf(
      {
        types,
        locations: ["FIN-01"],
        onDemand: [],
        spot: [{ location_code: "FIN-01", availabilities: ["1X.1V"] }],
        diskUsdPerGiBMonth: 0.2,
        asOf: DateTime.makeUnsafe(0)
      },
      query,
      "here"
    )
  )

describe("a type", () => {
  it.effect("with a GPU that nobody knows keeps its name", () =>
    Effect.gen(function* () {
      const [offer] = yield* offered({})
      assert.strictEqual(offer?.gpu, "Unheard Of 9 12GB")
    })
  )

  it.effect("is not available in a location that is not named", () =>
    Effect.gen(function* () {
      assert.deepEqual(
        (yield* offered({})).map(({ available }) => available),
        [false]
      )
      assert.deepEqual(
        (yield* offered({}, { market: "spot" })).map(({ available }) => available),
        [true]
      )
    })
  )

  it.effect("whose price is not in dollars, or nothing, has none", () =>
    Effect.gen(function* () {
      for (const changes of [{ currency: "eur" }, { price_per_hour: "0" }, { price_per_hour: null }]) {
        const [offer] = yield* offered(changes)
        assert.notProperty(offer, "onDemandUsdPerHour")
      }
      assert.strictEqual(Number((yield* offered({ price_per_hour: 2 }))[0]?.onDemandUsdPerHour), 2)
    })
  )

  it.effect("that cannot be read is left out alone", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* type({ instance_type: 5 }), [])
      assert.lengthOf(yield* type({ new_field: { of: ["theirs"] }, p2p: null, display_name: null }), 1)
    })
  )
})

describe("a disk", () => {
  it("costs by the hour what its month costs, rounded up", () => {
    assert.strictEqual(diskUsdPerHour(100, 0.2), 0.0274)
    assert.strictEqual(diskUsdPerHour(1, 0.2), 0.0003)
    assert.strictEqual(diskUsdPerHour(0, 0.2), 0)
  })
})

describe("an image", () => {
  it("is the newest Ubuntu with the drivers and Docker, by its numbers", () => {
    const all = [
      "ubuntu-24.04-cuda-12.8-open-docker",
      "ubuntu-22.04",
      "ubuntu-24.04-cuda-12.10-open-docker",
      "ubuntu-22.04-cuda-13.0-open-docker",
      "jupyter-25.01",
      "ubuntu-24.04-cuda-13.0"
    ]
    assert.strictEqual(imageFor(true, all), "ubuntu-24.04-cuda-12.10-open-docker")
    assert.strictEqual(
      imageFor(true, ["ubuntu-24.04", "ubuntu-22.04-cuda-12.0-docker"]),
      "ubuntu-22.04-cuda-12.0-docker"
    )
    assert.strictEqual(imageFor(true, ["ubuntu-24.04", "ubuntu-22.04"]), "ubuntu-24.04")
    assert.strictEqual(imageFor(false, all), "ubuntu-22.04")
    assert.isUndefined(imageFor(true, ["debian-12"]))
  })
})
