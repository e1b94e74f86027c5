import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { offerOf, providerAt, reasonOf, requestFor, using } from "./rented.ts"
import type { Recorded } from "./recorded.ts"
import type { Cloud } from "./server.ts"

const posts = (requests: ReadonlyArray<Recorded>) =>
  requests.filter(({ method, path }) => method === "POST" && path === "/v2/droplets")

describe("offers", () => {
  it.live("have a size's price in each region that has it, its memory, and that of one GPU", () =>
    using((provider, { url }) =>
      Effect.gen(function* () {
        const found = yield* provider.offers({ gpu: "h100" })
        assert.deepStrictEqual(
          found.map((each) => [each.instanceType, each.region, each.gpuCount, each.gpuMemoryGiB, each.source]),
          [
            ["gpu-one", "nyc1", 1, 80, url],
            ["gpu-eight", "nyc1", 8, 80, url],
            ["gpu-eight", "tor1", 8, 80, url]
          ]
        )
        assert.deepStrictEqual(
          found.map(({ memoryGiB }) => memoryGiB),
          [240, 1920, 1920]
        )
        assert.deepStrictEqual(yield* provider.offers({ gpu: "MI300X" }), [])
        assert.deepStrictEqual(yield* provider.offers({ market: "spot" }), [])
        assert.strictEqual(yield* provider.estimateCost("gpu-one", 4), 10)
      })
    )
  )

  it.live("that a mistyped size or region would miss say what was meant; another cloud's words mean nothing here", () =>
    using((provider) =>
      Effect.gen(function* () {
        const cases = [
          [{ instanceType: "gpu-on" }, "Rejected", /no size "gpu-on"\. Did you mean "gpu-one"/],
          [{ region: "nyc2" }, "Rejected", /no region "nyc2"\. Did you mean "nyc1"\? It has ams3, nyc1, tor1/],
          [
            { instanceType: "tiny", region: "ams2" },
            "Rejected",
            /"ams2"\. Did you mean "ams3"\? tiny is in ams3, nyc1/
          ],
          [{ instanceType: "gpu-one", region: "ams3" }, "OutOfCapacity", /ams3 does not have gpu-one; .* in nyc1/]
        ] as const
        for (const [query, reason, words] of cases) {
          const error = yield* Effect.flip(provider.offers(query))
          assert.strictEqual(error.reason._tag, reason)
          assert.match(error.message, words)
        }
        for (const query of [{ instanceType: "p5.48xlarge" }, { region: "us-east-1" }, { instanceType: "gpu-amd" }]) {
          assert.deepStrictEqual(yield* provider.offers(query), [])
        }
      })
    )
  )

  it.live("are read once a minute at most, however many ask", () =>
    using((provider, { requests }) =>
      Effect.gen(function* () {
        yield* Effect.forEach(
          Array.from({ length: 20 }, () => provider.offers({})),
          (each) => each,
          { concurrency: "unbounded" }
        )
        yield* provider.createResource(requestFor())
        assert.strictEqual(requests.filter(({ path }) => path === "/v2/sizes").length, 1)
      })
    )
  )
})

describe("what is remembered of offers", () => {
  const asked = (requests: ReadonlyArray<Recorded>) =>
    requests.filter(({ path }) => path === "/v2/sizes" || path === "/v2/regions").length

  const again = (home: string, { url }: Cloud) => providerAt({ home, settings: { endpoint: url } })

  it.effect("saves a later command two questions for ten minutes", () =>
    using((provider, cloud, home) =>
      Effect.gen(function* () {
        const offers = Effect.flatMap(TrainingProvider, (other) => other.offers({})).pipe(
          Effect.provide(again(home, cloud))
        )
        const [first] = yield* provider.offers({})
        yield* TestClock.adjust("9 minutes")
        const [remembered] = yield* offers
        assert.deepStrictEqual([asked(cloud.requests), remembered], [2, first])
        yield* TestClock.adjust("1 minute")
        const [later] = yield* offers
        assert.deepStrictEqual([asked(cloud.requests), later?.asOf.epochMilliseconds], [4, 600_000])
      })
    )
  )

  it.effect("is not what a machine is rented by: its price is read again, and refused when it has risen", () =>
    using((provider, cloud, home) =>
      Effect.gen(function* () {
        const request = requestFor({ priceLimit: UsdPerHour.make(0.006) })
        yield* provider.offers({})
        cloud.world.prices.set("tiny", 0.02)
        const other = Effect.flatMap(TrainingProvider, (each) => reasonOf(each.createResource(request)))
        const reason = yield* Effect.provide(other, again(home, cloud))
        assert.deepStrictEqual([reason._tag, asked(cloud.requests)], ["PriceTooLow", 4])
        assert.deepStrictEqual(posts(cloud.requests), [])
      })
    )
  )

  it.effect("does not hide what is new: a name that is not in it is looked for once more", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.offers({})
        const size = (slug: string) => ({ slug, memory: 512, vcpus: 1, disk: 10, price_hourly: 1, regions: ["ams3"] })
        const body = { sizes: [size("tini")], links: {}, meta: { total: 1 } }
        cloud.faults.push({ when: ({ path }) => path === "/v2/sizes", body, times: 9 })
        yield* TestClock.adjust("2 minutes")
        assert.isNotEmpty(yield* provider.offers({ instanceType: "tini" }))
        body.sizes.push(size("tinx"))
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(yield* provider.estimateCost("tinx", 2), 2)
      })
    )
  )
})

describe("a request that cannot be right", () => {
  it.live("is refused before anything is rented, with what would be", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const big = { format: "script", content: `#!/bin/sh\n${"é".repeat(33_000)}` } as const
        const cases = [
          [requestFor({ market: "spot" }), "UnsupportedCapability", /no spot market/],
          [requestFor({ bootstrap: big }), "Rejected", /66010 bytes, DigitalOcean carries 65536/],
          [requestFor({ bootstrap: { format: "script", content: "#!/bin/sh\0" } }), "Rejected", /NUL/],
          [requestFor({ offer: offerOf("gpu-on", "nyc1") }), "Rejected", /no size "gpu-on"\. Did you mean "gpu-one"/],
          [
            requestFor({ offer: offerOf("tiny", "ams4") }),
            "Rejected",
            /"ams4"\. Did you mean "ams3".*tiny is in ams3, nyc1/
          ],
          [
            requestFor({ offer: offerOf("gpu-one", "tor1") }),
            "OutOfCapacity",
            /tor1 does not have gpu-one; .* in nyc1/
          ],
          [requestFor({ offer: offerOf("gpu-amd", "tor1") }), "OutOfCapacity", /not available in tor1 now/],
          [requestFor({ diskGiB: GiB.make(11) }), "Rejected", /10 GiB of disk, 11 GiB wanted.*choose a larger/],
          [
            requestFor({ priceLimit: UsdPerHour.make(0.005) }),
            "PriceTooLow",
            /tiny costs \$0\.0060?\/h, at most \$0\.0050?\/h/
          ],
          [requestFor({ image: "ubuntu-24-04-x46" }), "Rejected", /invalid image.*Did you mean "ubuntu-24-04-x64"/]
        ] as const
        for (const [request, reason, words] of cases) {
          const error = yield* Effect.flip(provider.createResource(request))
          assert.strictEqual(error.reason._tag, reason)
          assert.match(error.message, words)
        }
        assert.strictEqual(cloud.world.droplets.size, 0)
        assert.strictEqual(posts(cloud.requests).length, 1)
      })
    )
  )
})
