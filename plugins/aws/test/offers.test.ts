import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { pricesIn, spotIn } from "@runctl/plugin-aws/Prices"
import { gpuMemoryOf, gpuNameOf, shapeOf } from "@runctl/plugin-aws/Shapes"
import * as Effect from "effect/Effect"
import { actionsOf, reasonOf, region, sent, using } from "./rented.ts"

describe("offers", () => {
  it.live("have a shape, both prices, a source and a time, and come from every page", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const offers = yield* provider.offers({})
          const { asOf, source, ...a10g } =
            offers.find(({ instanceType }) => instanceType === "g5.xlarge") ?? assert.fail()
          assert.deepStrictEqual(JSON.parse(JSON.stringify(a10g)), {
            provider: "aws",
            region,
            instanceType: "g5.xlarge",
            gpu: "A10G",
            gpuCount: 1,
            gpuMemoryGiB: 24,
            vcpus: 4,
            memoryGiB: 16,
            onDemandUsdPerHour: 1.006,
            spotUsdPerHour: 0.3018,
            diskUsdPerGiBHour: 0.08 / 730,
            egressUsdPerGiB: 0.09,
            available: true
          })
          assert.match(source, /pricing:GetProducts.*DescribeSpotPriceHistory/)
          assert.isAbove(asOf.epochMilliseconds, 0)
          // What can only be had in blocks is not offered by the hour.
          assert.isFalse(offers.some(({ instanceType }) => instanceType === "p5e.48xlarge"))
          assert.strictEqual(offers.length, 11)
        }),
      { cloud: { pageSize: 4, hasEmptyPages: true } }
    )
  )

  it.live("of the spot market cost what the cheapest zone costs, or the one that is asked for", () =>
    using((provider) =>
      Effect.gen(function* () {
        const price = (query: Parameters<typeof provider.offers>[0]) =>
          Effect.map(provider.offers({ market: "spot", instanceType: "t3.micro", ...query }), (offers) =>
            offers.map(({ spotUsdPerHour, zone }) => `${zone} ${spotUsdPerHour}`)
          )
        assert.deepStrictEqual(yield* price({}), ["undefined 0.00312"])
        assert.deepStrictEqual(yield* price({ zone: "us-east-1c" }), ["us-east-1c 0.0052"])
        assert.deepStrictEqual(yield* price({ zone: "us-east-1e" }), [])
      })
    )
  )

  it.live("are looked up again only when they are old", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          yield* provider.offers({})
          const first = actionsOf(cloud).length
          yield* provider.offers({ gpu: "A10G" })
          yield* provider.offers({})
          const asked = actionsOf(cloud).slice(first)
          // Of one type alone the prices are looked up by themselves.
          assert.notInclude(asked, "DescribeInstanceTypes")
          assert.isAtMost(asked.length, 2)
          const before = actionsOf(cloud).length
          cloud.core.setPrice("t3.micro", "us-east-1a", 0.001)
          cloud.clock.advance(14 * 60)
          yield* provider.offers({})
          assert.strictEqual(actionsOf(cloud).length, before)
          cloud.clock.advance(2 * 60)
          const [cheapest] = yield* provider.offers({ market: "spot" })
          assert.strictEqual(cheapest?.spotUsdPerHour, 0.001)
          assert.deepStrictEqual(actionsOf(cloud).slice(before), ["DescribeSpotPriceHistory"])
        }),
      { cloud: { timeScale: 1 } }
    )
  )

  it.live("of all regions are asked for at once, in those that are configured or named", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const offers = yield* provider.offers({ instanceType: "m5.xlarge" })
          assert.deepStrictEqual(
            offers.map((offer) => `${offer.region} ${offer.onDemandUsdPerHour}`),
            ["us-east-1 0.192", "us-west-2 0.192", "eu-central-1 0.2304"]
          )
          assert.notInclude(JSON.stringify(cloud.requests), "me-central-1")
          const reason = yield* reasonOf(provider.offers({ region: "us-west-3" }))
          assert.match(reason.message, /no region "us-west-3" for this account. Did you mean/)
          assert.deepStrictEqual(yield* provider.offers({ region: "fra1" }), [])
        }),
      { settings: { regions: "all" } }
    )
  )

  it.live("know what was meant by a type, and leave what another cloud has to that", () =>
    using((provider) =>
      Effect.gen(function* () {
        assert.match(
          (yield* reasonOf(provider.offers({ instanceType: "g5.xlagre" }))).message,
          /Did you mean "?g5.xlarge/
        )
        assert.deepStrictEqual(yield* provider.offers({ instanceType: "s-1vcpu-512mb-10gb" }), [])
        assert.strictEqual((yield* reasonOf(provider.estimateCost("s-1vcpu", 1)))._tag, "Rejected")
        assert.strictEqual(yield* provider.estimateCost("m5.xlarge", 10), 1.92)
      })
    )
  )

  it.live("are none dearer than what is wanted, and none without the GPU", () =>
    using((provider) =>
      Effect.gen(function* () {
        const cheap = yield* provider.offers({ gpuCount: 1, maxUsdPerHour: UsdPerHour.make(0.53) })
        assert.deepStrictEqual(
          cheap.map(({ instanceType }) => instanceType),
          ["g6f.large", "g4ad.xlarge", "g5g.xlarge", "g4dn.xlarge"]
        )
        assert.deepStrictEqual(
          (yield* provider.offers({ gpu: "L4" })).map(({ instanceType }) => instanceType),
          []
        )
      })
    )
  )

  it.live("need a region: without one it is said where to set it", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const reason = yield* reasonOf(provider.offers({}))
          assert.match(reason.message, /no region is set: set AWS_REGION/)
        }),
      { env: { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y", AWS_PROFILE: "" } }
    )
  )

  it.live("read AWS_DEFAULT_REGION, which the SDK does not", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const [offer] = yield* provider.offers({ instanceType: "t3.micro" })
          assert.strictEqual(offer?.region, "us-west-2")
          assert.isNotEmpty(sent(cloud, "DescribeInstanceTypes"))
        }),
      {
        env: {
          AWS_ACCESS_KEY_ID: "AKIAEMULATED00000000",
          AWS_SECRET_ACCESS_KEY: "y",
          AWS_DEFAULT_REGION: "us-west-2"
        }
      }
    )
  )

  it.live("that come too fast are asked for again, with pauses", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.rateLimit({ body: (body) => String(body).includes("Action=DescribeInstanceTypes&"), times: 3 })
        assert.isNotEmpty(yield* provider.offers({}))
        assert.strictEqual(sent(cloud, "DescribeInstanceTypes").length, 4)
        cloud.faults.rateLimit({ body: (body) => String(body).includes("Action=DescribeInstances&"), times: 99 })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "RateLimited")
      })
    )
  )
})

describe("a shape", () => {
  it("has the memory of one GPU as it is sold", () => {
    const sold = [22_888, 45_776, 16_384, 40_960, 81_920, 98_304, 144_384, 183_359, 2861].map(gpuMemoryOf)
    assert.deepStrictEqual(sold, [24, 48, 16, 40, 80, 96, 141, 180, 2.7])
  })

  it("with a part of a GPU has another name than with the whole one", () => {
    assert.strictEqual(gpuNameOf("L4", 0.125), "L4 1/8")
    assert.strictEqual(gpuNameOf("L4", 1), "L4")
    const shape = shapeOf({
      InstanceType: "g6f.large",
      VCpuInfo: { DefaultVCpus: 2 },
      MemoryInfo: { SizeInMiB: 8192 },
      GpuInfo: {
        Gpus: [
          {
            Name: "L4",
            Manufacturer: "NVIDIA",
            Count: 0,
            LogicalGpuCount: 1,
            GpuPartitionSize: 0.125,
            MemoryInfo: { SizeInMiB: 2861 }
          }
        ]
      }
    })
    assert.deepInclude(shape, { gpu: "L4 1/8", gpuCount: 1, gpuMemoryGiB: 2.7, memoryGiB: 8 })
  })
})

describe("prices", () => {
  const row = (instanceType: string, usd: string, unit = "Hrs") =>
    JSON.stringify({
      product: { attributes: { instanceType } },
      terms: { OnDemand: { a: { priceDimensions: { b: { unit, pricePerUnit: { USD: usd } } } } } }
    })

  it.effect("of the list are those by the hour that are none of nothing", () =>
    Effect.gen(function* () {
      const rows = [row("a", "1.5"), row("b", "0.0000000000"), row("c", "2", "Quantity"), row("d", "x"), "{", "{}"]
      assert.deepStrictEqual(yield* pricesIn(rows, "instanceType", "Hrs"), { a: 1.5 })
    })
  )

  it("of the spot market are the youngest of each zone, in whatever order they come", () => {
    const at = (zone: string, SpotPrice: string, Timestamp: string) => ({
      InstanceType: "a",
      AvailabilityZone: zone,
      SpotPrice,
      Timestamp
    })
    const rows = [
      at("x", "0.2", "2026-11-20T10:00:00Z"),
      at("x", "0.9", "2026-11-19T10:00:00Z"),
      at("y", "0.3", "2026-11-19T10:00:00Z"),
      at("y", "0.4", "2026-11-20T10:00:00Z"),
      at("z", "none", "2026-11-20T10:00:00Z")
    ]
    assert.deepStrictEqual(spotIn(rows), { a: { x: 0.2, y: 0.4 } })
  })
})
