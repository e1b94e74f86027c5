import { assert, describe, it } from "@effect/vitest"
import { priceOf } from "@runctl/core/Offer"
import { GiB } from "@runctl/core/Offer"
import * as Effect from "effect/Effect"
import { reasonOf, sent, using } from "./rented.ts"

const typesOf = (offers: ReadonlyArray<{ readonly instanceType: string }>) =>
  offers.map(({ instanceType }) => instanceType)

describe("offers", () => {
  it.live("come from hosts that are verified, reliable, connected, and rent out for a day at least", () =>
    using((provider) =>
      Effect.gen(function* () {
        const offers = yield* provider.offers({ gpu: "RTX 4090" })
        assert.isAbove(offers.length, 0)
        // Those cost half, and nobody should take them.
        assert.isTrue(
          offers.every(({ instanceType }) => /^m110[34]-/.test(instanceType)),
          String(typesOf(offers))
        )
      })
    )
  )

  it.live("follow the settings: who wants unverified and unreliable hosts gets them", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const types = typesOf(yield* provider.offers({ gpu: "RTX 4090" }))
          assert.include(types, "m1190-1x-rtx-4090")
          assert.include(types, "m1191-1x-rtx-4090")
        }),
      { settings: { verified: false, "min-reliability": 0, "min-download-mbps": 0 } }
    )
  )

  it.live("are of datacenters alone where the settings want that", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const types = typesOf(yield* provider.offers({}))
          assert.isTrue(
            types.every((type) => /^m(1106|1107|1108|1110)-/.test(type)),
            String(types)
          )
          assert.deepInclude(sent(cloud, "POST", /bundles/)[0]?.body, { datacenter: { eq: true } })
        }),
      { settings: { datacenter: true } }
    )
  )

  it.live("say what the GPUs, the disk and traffic cost, each in its unit", () =>
    using((provider) =>
      Effect.gen(function* () {
        const [offer] = yield* provider.offers({ instanceType: "m1103-2x-rtx-4090", diskGiB: GiB.make(100) })
        if (offer === undefined) return assert.fail("there is none")
        assert.strictEqual(offer.onDemandUsdPerHour, 0.608)
        assert.strictEqual(offer.spotUsdPerHour, 0.334)
        assert.closeTo(offer.diskUsdPerGiBHour ?? 0, 0.15 / 720, 1e-12)
        assert.closeTo(offer.egressUsdPerGiB ?? 0, 0.010_737, 1e-6)
        const facts: object = offer
        assert.deepInclude(facts, {
          provider: "vastai",
          region: "US",
          gpu: "RTX 4090",
          gpuCount: 2,
          gpuMemoryGiB: 24,
          vcpus: 32,
          diskGiB: 100
        })
        // The host's memory is told for all of it.
        assert.closeTo(offer.memoryGiB, (2 * 64_393) / 1024, 0.1)
      })
    )
  )

  it.live("of GPUs with several forms go by the name that all clouds share", () =>
    using((provider) =>
      Effect.gen(function* () {
        const h100 = yield* provider.offers({ gpu: "h100:8", gpuMemoryGiB: GiB.make(80) })
        assert.deepStrictEqual(typesOf(h100), ["m1108-8x-h100-sxm"])
        const a100 = yield* provider.offers({ gpu: "A100 80GB" })
        assert.include(typesOf(a100), "m1107-1x-a100-sxm4")
      })
    )
  )

  it.live("by a bid are searched for as such, and have no other price", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const offers = yield* provider.offers({ gpu: "RTX 3060", market: "spot" })
        assert.strictEqual(priceOf(offers[0] ?? assert.fail("none"), "spot"), 0.035)
        assert.isTrue(offers.every(({ onDemandUsdPerHour }) => onDemandUsdPerHour === undefined))
        assert.deepInclude(sent(cloud, "POST", /bundles/)[0]?.body, { type: "bid" })
      })
    )
  )

  it.live("leave out a host that does not say how many cores it has: its memory is not known", () =>
    using(
      (provider) =>
        Effect.map(provider.offers({ gpu: "RTX 4090" }), (offers) =>
          assert.isFalse(offers.some(({ instanceType }) => instanceType.startsWith("m1192-")))
        ),
      { settings: { verified: false, "min-reliability": 0 } }
    )
  )

  it.live("are narrowed down by the search: region, disk, memory and GPUs", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const offers = yield* provider.offers({
          region: "FI",
          gpuCount: 4,
          gpuMemoryGiB: GiB.make(80),
          diskGiB: GiB.make(200)
        })
        assert.deepStrictEqual(typesOf(offers), ["m1107-4x-a100-sxm4", "m1107-8x-a100-sxm4"])
        const [search] = sent(cloud, "POST", /bundles/)
        assert.deepInclude(search?.body, {
          geolocation: { in: ["FI"] },
          num_gpus: { gte: 4 },
          disk_space: { gte: 200 },
          allocated_storage: 200,
          rentable: { eq: true },
          verified: { eq: true },
          direct_port_count: { gte: 1 }
        })
      })
    )
  )

  it.live("are found by country and by continent", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const europe = yield* provider.offers({ region: "europe" })
        assert.sameMembers([...new Set(europe.map(({ region }) => region))], ["DE", "SE", "NL", "FI"])
        yield* provider.offers({ region: "EU" })
        for (const { body } of sent(cloud, "POST", /bundles/)) assert.notProperty(body, "geolocation")
      })
    )
  )

  it.live("are searched for without any limit that hides some of them", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.offers({})
        const body: unknown = sent(cloud, "POST", /bundles/)[0]?.body
        assert.isAtLeast(typeof body === "object" && body !== null && "limit" in body ? Number(body.limit) : 0, 3000)
      })
    )
  )

  it.live("of a type that cannot be are a mistake, which says how they look", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const type = yield* reasonOf(provider.offers({ instanceType: "g5.xlarge" }))
        assert.strictEqual(type._tag, "Rejected")
        assert.include(type.message, "m22990-1x-rtx-4090")
        assert.strictEqual(cloud.requests.length, 0)
      })
    )
  )

  it.live("are estimated at the host's price now", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        assert.closeTo(yield* provider.estimateCost("m1103-2x-rtx-4090", 3), 3 * 0.608, 1e-9)
        cloud.setPrice(1103, 0.4)
        assert.closeTo(yield* provider.estimateCost("m1103-2x-rtx-4090", 3), 3 * 0.8, 1e-9)
        const gone = yield* reasonOf(provider.estimateCost("m999-1x-rtx-4090", 1))
        assert.strictEqual(gone._tag, "OutOfCapacity")
      })
    )
  )
})
