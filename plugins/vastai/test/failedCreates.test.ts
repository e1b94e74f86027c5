import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { toName } from "@runctl/core/Ownership"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { billed, creates, reasonOf, requestFor, sent, using } from "./rented.ts"

const usd = (amount: number): UsdPerHour => UsdPerHour.make(amount)

describe("a create", () => {
  it.live("ends what a failed create has left: it does not run, and its disk is charged", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          yield* provider.offers({ gpu: "RTX 3060", market: "spot" })
          cloud.setLowestBid(1101, 0.05)
          const reason = yield* reasonOf(provider.createResource(requestFor({ market: "spot", priceLimit: usd(0.04) })))
          assert.strictEqual(reason._tag, "PriceTooLow")
          assert.strictEqual(cloud.machines().length, 1)
          assert.deepStrictEqual(billed(cloud), [])
        }),
      { settings: { pace: 1 } }
    )
  )

  it.live("ends what a create has left that the service failed at", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const left = cloud.plant({ name: "left", status: "off" })
        cloud.faults.answer(
          { status: 500, body: { success: false, error: "server_error", msg: "oops", new_contract: left.id } },
          { method: "PUT", path: /\/asks\// }
        )
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, "Rejected")
        assert.deepStrictEqual(billed(cloud), [])
      })
    )
  )

  it.live("does not forget what a failed create has left and cannot be ended", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const left = cloud.plant({ name: "left", status: "off" })
        cloud.faults.answer(
          { status: 400, body: { success: false, error: "invalid_price", msg: "bid too low", new_contract: left.id } },
          { method: "PUT", path: /\/asks\// }
        )
        cloud.faults.serverError({ method: "DELETE", times: 9 })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, "OutcomeUnknown")
        assert.include(reason.message, String(left.id))
      })
    )
  )

  it.live("whose answer was lost is looked for by its label, and not sent again", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.loseReply({ method: "PUT", path: /\/asks\// })
        const request = requestFor()
        const resource = yield* provider.createResource(request)
        assert.strictEqual(resource.key, request.mark.key)
        assert.strictEqual(creates(cloud).length, 1)
        assert.strictEqual(cloud.machines().length, 1)
        const [, lookup] = sent(cloud, "GET", /^\/api\/v1\/instances\/$/)
        assert.deepStrictEqual(JSON.parse(lookup?.query["select_filters"] ?? "{}"), {
          label: { eq: toName(request.mark) }
        })
      })
    )
  )

  it.live("whose answer was lost and which does not show may have happened", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const lose of [
          () => cloud.faults.loseRequest({ method: "PUT" }),
          () => cloud.faults.html({ method: "PUT" })
        ]) {
          lose()
          assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "OutcomeUnknown")
        }
        assert.strictEqual(creates(cloud).length, 2)
      })
    )
  )

  it.live("asked too often says after how long to come again, though the answer is plain text without a header", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.rateLimit({ method: "PUT", path: /\/asks\// })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, "RateLimited")
        const { retryAfter } = reason._tag === "RateLimited" ? reason : { retryAfter: undefined }
        assert.isAtLeast(Duration.toSeconds(retryAfter ?? 0), 5)
      })
    )
  )
})
