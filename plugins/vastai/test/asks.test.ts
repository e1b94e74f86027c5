import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { requestFor, sent, using } from "./rented.ts"

describe("the market", () => {
  it.live("is searched once for the same wish within half a minute, and says as of when", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const [first] = yield* provider.offers({ gpu: "RTX 4090" })
          const [second] = yield* provider.offers({ gpu: "RTX 4090" })
          assert.deepStrictEqual(second?.asOf, first?.asOf)
          // GPUs have many names: they are told apart here.
          yield* provider.offers({ gpu: "H100" })
          assert.strictEqual(sent(cloud, "POST", /bundles/).length, 1)
          yield* provider.offers({ gpu: "h100:2" })
          assert.strictEqual(sent(cloud, "POST", /bundles/).length, 2)
        }),
      { settings: { pace: 1 } }
    )
  )

  it.live("offers nothing of a host whose offers have changed, until it is searched again", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          assert.isNotEmpty(yield* provider.offers({ gpu: "RTX 3060" }))
          yield* provider.createResource(requestFor())
          assert.isEmpty(yield* provider.offers({ gpu: "RTX 3060" }))
          assert.isNotEmpty(yield* provider.offers({ gpu: "RTX 3060", gpuCount: 2 }))
        }),
      { settings: { pace: 1 } }
    )
  )

  it.live("on demand is not read from a search for bids, whose prices are others", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          yield* provider.offers({ gpu: "RTX 3060", market: "spot" })
          const resource = yield* provider.createResource(requestFor())
          assert.closeTo(resource.costPerHour, 0.064 + (32 * 0.15) / 720, 1e-9)
          assert.strictEqual(sent(cloud, "POST", /bundles/).length, 2)
        }),
      { settings: { pace: 0.5 } }
    )
  )
})
