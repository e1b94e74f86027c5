import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { toName } from "@runctl/core/Ownership"
import { refuseByAsk } from "@runctl/plugin-vastai/Renting"
import * as Effect from "effect/Effect"
import { billed, cheapest, creates, newMark, offerOf, publicKey, reasonOf, requestFor, sent, using } from "./rented.ts"

const usd = (amount: number): UsdPerHour => UsdPerHour.make(amount)

describe("renting", () => {
  it.live("sends one request with the mark as label, and fails rather than have a stopped instance", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor({ authorizedKey: publicKey })
        const resource = yield* provider.createResource(request)
        const [create, ...others] = creates(cloud)
        assert.strictEqual(others.length, 0)
        assert.deepInclude(create?.body, {
          client_id: "me",
          label: toName(request.mark),
          runtype: "ssh_direct",
          target_state: "running",
          cancel_unavail: true,
          disk: 32,
          image: "vastai/base-image:@vastai-automatic-tag"
        })
        assert.notProperty(create?.body, "price")
        assert.strictEqual(resource.key, request.mark.key)
        assert.strictEqual(resource.instanceType, cheapest)
        assert.strictEqual(resource.name, toName(request.mark))
        assert.strictEqual(cloud.machines()[0]?.name, toName(request.mark))
      })
    )
  )

  it.live("by a bid offers the most that was agreed to, for the machine and not for each GPU", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const offer = offerOf("m1103-4x-rtx-4090", { gpuCount: 4 })
        const resource = yield* provider.createResource(requestFor({ market: "spot", offer, priceLimit: usd(0.9) }))
        assert.deepInclude(creates(cloud)[0]?.body, { price: 0.9 })
        assert.strictEqual(cloud.machines()[0]?.isBid, true)
        // What is bid is what is paid, and the disk beside it.
        assert.closeTo(resource.costPerHour, 0.9 + (32 * 0.15) / 720, 1e-9)
      })
    )
  )

  it.live("by a bid without a limit offers the lowest that the host takes for all of the GPUs", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const offer = offerOf("m1103-4x-rtx-4090", { gpuCount: 4 })
        yield* provider.createResource(requestFor({ market: "spot", offer }))
        assert.deepInclude(creates(cloud)[0]?.body, { price: 0.668 })
      })
    )
  )

  it.live("by a bid that was rented on demand is ended, and says so", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.core.ignoreBids()
        const reason = yield* reasonOf(provider.createResource(requestFor({ market: "spot" })))
        assert.strictEqual(reason._tag, "Rejected")
        assert.include(reason.message, "rented on demand")
        assert.deepStrictEqual(billed(cloud), [])
      })
    )
  )

  it.live("of an offer that is gone since the search is a lack of capacity, and the next offer's turn", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.noCapacity()
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, "OutOfCapacity")
        assert.strictEqual(cloud.machines().length, 0)
        const gone = yield* reasonOf(provider.createResource(requestFor({ offer: offerOf("m1-1x-rtx-3060") })))
        assert.strictEqual(gone._tag, "OutOfCapacity")
        assert.strictEqual(creates(cloud).length, 1)
      })
    )
  )

  it.live("finds the same machine under its new offer once others have rented some of it", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const [offer] = yield* provider.offers({ gpu: "RTX 3060" })
          const before = cloud.requests.length
          // Somebody else rents one of its GPUs, and all of its offers have other ids.
          cloud.plant({ name: "somebody's", type: "m1101-1x" })
          if (offer === undefined) return assert.fail("there is no offer")
          const resource = yield* provider.createResource(requestFor({ offer }))
          assert.strictEqual(resource.instanceType, offer.instanceType)
          const later = cloud.requests.slice(before).filter(({ method }) => method !== "GET")
          assert.deepStrictEqual(
            later.map(({ status }) => status),
            [404, 200, 200]
          )
        }),
      { settings: { pace: 0.2 } }
    )
  )

  it.live("again with the same key answers with the machine that is there", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        const first = yield* provider.createResource(request)
        const second = yield* provider.createResource(request)
        assert.strictEqual(second.id, first.id)
        assert.strictEqual(creates(cloud).length, 1)
      })
    )
  )

  it.live("above the limit is refused with the price that is asked, and not sent", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(provider.createResource(requestFor({ priceLimit: usd(0.06) })))
        const facts: object = reason
        assert.deepInclude(facts, { _tag: "PriceTooLow", usdPerHour: 0.064 })
        assert.strictEqual(creates(cloud).length, 0)
      })
    )
  )

  it.live("at a price that rose since the search is ended before it costs", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          yield* provider.offers({ gpu: "RTX 3060" })
          cloud.setPrice(1101, 0.5)
          const reason = yield* reasonOf(provider.createResource(requestFor({ priceLimit: usd(0.064) })))
          const facts: object = reason
          assert.deepInclude(facts, { _tag: "PriceTooLow", usdPerHour: 0.5 })
          assert.deepStrictEqual(billed(cloud), [])
        }),
      { settings: { pace: 1 } }
    )
  )

  it.live("without credit is a lack of money", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.setCredit(0)
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "InsufficientFunds")
      })
    )
  )

  it.live("something that does not show yet answers as starting, and so does getting it", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const resource = yield* provider.createResource(requestFor())
          assert.strictEqual(resource.state._tag, "Starting")
          assert.strictEqual((yield* provider.getResource(resource.id)).state._tag, "Starting")
          assert.strictEqual(creates(cloud).length, 1)
        }),
      { visibleSeconds: 600 }
    )
  )

  it.live("goes on where the key cannot be attached: it is in the script as well", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.serverError({ method: "POST", path: /\/ssh\/$/ })
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        const body: unknown = creates(cloud)[0]?.body
        assert.include(JSON.stringify(body), publicKey)
        assert.strictEqual(sent(cloud, "POST", /\/ssh\/$/).length, 1)
      })
    )
  )

  it("from a host that rents out for less time than is wanted is the next offer's turn", () => {
    const mark = newMark()
    const ask = { id: 1, machine_id: 2, num_gpus: 1, dph_base: 0.1, disk_space: 100 }
    const refusal = (end: number) => refuseByAsk({ ...ask, end_date: end }, requestFor({ mark }))
    assert.strictEqual(refusal(mark.deadlineEpochSeconds - 1)?._tag, "OutOfCapacity")
    assert.isUndefined(refusal(mark.deadlineEpochSeconds))
    assert.strictEqual(refuseByAsk({ ...ask, disk_space: 31 }, requestFor({ mark }))?._tag, "OutOfCapacity")
    assert.strictEqual(refuseByAsk({ id: 1, machine_id: 2, num_gpus: 1 }, requestFor({ mark }))?._tag, "OutOfCapacity")
  })
})
