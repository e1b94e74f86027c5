import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { a4000, asked, type Cloud, creates, offerOf, providerOf, reasonOf, requestFor, using } from "./rented.ts"

const catalogue = /^\/v2\/catalog\//

describe("offers", () => {
  it.effect("cost so many times what one GPU costs, and have the memory of one, in each place that has them", () =>
    using((provider, { url }) =>
      Effect.gen(function* () {
        const found = yield* provider.offers({ gpu: "RTX 4090", gpuCount: 2 })
        assert.deepStrictEqual(
          found.map((each) => [
            each.instanceType,
            each.region,
            each.gpuCount,
            each.gpuMemoryGiB,
            each.onDemandUsdPerHour,
            each.available,
            each.source
          ]),
          [
            ["2x-NVIDIA-GeForce-RTX-4090-community", "CA-MTL-1", 2, 24, 0.68, true, url],
            ["4x-NVIDIA-GeForce-RTX-4090-community", "CA-MTL-1", 4, 24, 1.36, true, url],
            ["2x-NVIDIA-GeForce-RTX-4090-secure", "EU-RO-1", 2, 24, 1.38, true, url],
            ["2x-NVIDIA-GeForce-RTX-4090-secure", "US-KS-2", 2, 24, 1.38, true, url],
            ["4x-NVIDIA-GeForce-RTX-4090-secure", "EU-RO-1", 4, 24, 2.76, true, url],
            ["4x-NVIDIA-GeForce-RTX-4090-secure", "US-KS-2", 4, 24, 2.76, true, url],
            ["8x-NVIDIA-GeForce-RTX-4090-secure", "EU-RO-1", 8, 24, 5.52, true, url],
            ["8x-NVIDIA-GeForce-RTX-4090-secure", "US-KS-2", 8, 24, 5.52, true, url]
          ]
        )
        assert.closeTo(yield* provider.estimateCost("2x-NVIDIA-GeForce-RTX-4090-secure", 10), 13.8, 1e-9)
      })
    )
  )

  it.effect("of a cloud that does not rent a GPU out are not there, although it has a price", () =>
    using((provider) =>
      Effect.gen(function* () {
        const types = (yield* provider.offers({ gpu: "RTX 3070" })).map(({ instanceType }) => instanceType)
        assert.deepStrictEqual(types, ["1x-NVIDIA-GeForce-RTX-3070-community", "2x-NVIDIA-GeForce-RTX-3070-community"])
        assert.deepStrictEqual(yield* provider.offers({ market: "spot" }), [])
        const amd = yield* provider.offers({ gpu: "MI300X" })
        assert.isTrue(amd.every(({ onDemandUsdPerHour: price, region }) => price !== undefined && region === "EU-RO-1"))
      })
    )
  )

  it.effect("promise what is demanded of a host then: as much as was asked for, and never what no host has", () =>
    using((provider) =>
      Effect.gen(function* () {
        const [offer] = yield* provider.offers({
          gpu: "A4000",
          vcpus: 12,
          memoryGiB: GiB.make(60),
          diskGiB: GiB.make(100)
        })
        assert.deepStrictEqual([offer?.vcpus, offer?.memoryGiB, offer?.diskGiB], [12, 60, 100])
        assert.deepStrictEqual(yield* provider.offers({ vcpus: 1000 }), [])
        const [plain] = yield* provider.offers({ gpu: "A4000" })
        assert.deepStrictEqual([plain?.vcpus, Math.round(plain?.memoryGiB ?? 0)], [2, 7])
      })
    )
  )

  it.effect("of pods without GPUs cost by the vCPU, and have memory by the vCPU", () =>
    using((provider) =>
      Effect.gen(function* () {
        const [small] = yield* provider.offers({ region: "US-KS-2", gpuCount: 0, vcpus: 4 })
        assert.deepStrictEqual(
          [small?.instanceType, small?.gpuCount, small?.vcpus, small?.onDemandUsdPerHour],
          ["4vcpu-cpu3c", 0, 4, 0.12]
        )
        assert.closeTo(small?.memoryGiB ?? 0, 7.45, 0.01)
      })
    )
  )

  it.effect("are those of one cloud where only that is configured", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const labels = (yield* provider.offers({})).flatMap(({ labels: each }) => each ?? [])
          assert.deepStrictEqual([...new Set(labels)], ["community"])
        }),
      { settings: { cloud: "community" } }
    )
  )

  it.effect("that are remembered save a later command its questions for ten minutes; renting reads again", () =>
    using((provider, cloud, home) =>
      Effect.gen(function* () {
        yield* provider.offers({ gpu: "A4000" })
        const before = asked(cloud, "GET", catalogue)
        yield* TestClock.adjust("9 minutes")
        const other = <A, E>(use: (again: TrainingProvider["Service"]) => Effect.Effect<A, E>) =>
          Effect.flatMap(TrainingProvider, use).pipe(Effect.provide(providerOf(cloud, home)))
        yield* other((again) => again.offers({ gpu: "A4000" }))
        assert.deepStrictEqual([before, asked(cloud, "GET", catalogue)], [8, 8])
        cloud.core.setPrice("NVIDIA RTX A4000", 0.9)
        const dear = requestFor({ priceLimit: UsdPerHour.make(0.25) })
        const reason = yield* other((again) => reasonOf(again.createResource(dear)))
        assert.deepStrictEqual([reason._tag, asked(cloud, "GET", catalogue), creates(cloud)], ["PriceTooLow", 9, []])
        yield* TestClock.adjust("1 minute")
        yield* other((again) => again.offers({ gpu: "A4000", gpuCount: 8 }))
        assert.isAbove(asked(cloud, "GET", catalogue), 9)
      })
    )
  )
})

describe("a network volume", () => {
  const withVolume = {
    settings: (cloud: Cloud) => {
      cloud.core.addNetworkVolume({ name: "data", size: 100, dataCenter: "US-KS-2" })
      return { "network-volume": "data" }
    }
  }

  it.effect("keeps offers to its data center, and is mounted in place of a volume of the pod's own", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const regions = (yield* provider.offers({})).map(({ region }) => region)
          assert.deepStrictEqual([...new Set(regions)], ["US-KS-2"])
          const [volume] = cloud.core.world.volumes
          const { id } = yield* provider.createResource(
            requestFor({ offer: offerOf("1x-NVIDIA-GeForce-RTX-4090-secure", "US-KS-2"), diskGiB: GiB.make(50) })
          )
          const [body] = creates(cloud)
          assert.deepInclude(body, {
            mounts: { network: [{ volumeId: volume?.id, path: "/workspace" }] },
            disk: 54
          })
          assert.strictEqual((yield* reasonOf(provider.stopResource(id)))._tag, "UnsupportedCapability")
        }),
      withVolume
    )
  )

  it.effect("that is not there, or that several are called, is said before anything is asked for", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          cloud.core.addNetworkVolume({ name: "date", size: 10, dataCenter: "US-KS-2" })
          assert.match(
            (yield* reasonOf(provider.offers({}))).message,
            /"data", and there is none\. Did you mean "date"/
          )
          cloud.core.addNetworkVolume({ name: "data", size: 10, dataCenter: "US-KS-2" })
          cloud.core.addNetworkVolume({ name: "data", size: 10, dataCenter: "EU-RO-1" })
          yield* TestClock.adjust("10 minutes")
          assert.match((yield* reasonOf(provider.offers({}))).message, /2 are called that/)
          assert.deepStrictEqual(creates(cloud), [])
        }),
      { settings: { "network-volume": "data" } }
    )
  )
})

describe("a request that cannot be right", () => {
  it.effect("is refused before anything is rented, with what would be", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const big = { format: "script", content: `#!/bin/sh\n${"é".repeat(33_000)}` } as const
        const cases = [
          [requestFor({ market: "spot" }), "UnsupportedCapability", /no spot market/],
          [requestFor({ bootstrap: big }), "Rejected", /66010 bytes, RunPod carries 65536/],
          [
            requestFor({ bootstrap: { format: "cloud-config", content: "#cloud-config" } }),
            "UnsupportedCapability",
            /cloud-init/
          ],
          [requestFor({ offer: offerOf("h100", "EU-RO-1") }), "Rejected", /has no "h100".*Types are like/],
          [
            requestFor({ offer: offerOf("1x-NVIDIA-RTX-A400-secure", "EU-RO-1") }),
            "Rejected",
            /Did you mean "1x-NVIDIA-RTX-A4000-secure"/
          ],
          [
            requestFor({ offer: offerOf("3x-NVIDIA-RTX-A4000-secure", "EU-RO-1") }),
            "Rejected",
            /1, 2, 4, 8 GPUs.* wants 3/
          ],
          [
            requestFor({ offer: offerOf(a4000, "EU-RO-2") }),
            "OutOfCapacity",
            /EU-RO-2 does not have .*in EU-RO-1\. Did you mean "EU-RO-1"/
          ],
          [requestFor({ offer: offerOf("1x-NVIDIA-H100-80GB-HBM3-secure", "EU-RO-1") }), "OutOfCapacity", /in US-KS-2/],
          [
            requestFor({ offer: offerOf("1x-NVIDIA-GeForce-RTX-3070-secure", "any") }),
            "OutOfCapacity",
            /does not rent out/
          ],
          [requestFor({ priceLimit: UsdPerHour.make(0.2) }), "PriceTooLow", /costs \$0\.25/],
          [requestFor({ image: "template:none" }), "Rejected", /no template "none"/]
        ] as const
        for (const [request, reason, words] of cases) {
          const error = yield* Effect.flip(provider.createResource(request))
          assert.strictEqual(error.reason._tag, reason, error.message)
          assert.match(error.message, words)
        }
        assert.deepStrictEqual(creates(cloud), [])
      })
    )
  )
})
