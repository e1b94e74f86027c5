import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { asked, type Cloud, creates, offerOf, publicKey, reasonOf, requestFor, using } from "./rented.ts"

const posts = (cloud: Cloud) => asked(cloud, "POST", creates.path)

describe("the request that rents", () => {
  it.effect("has the key, the market, the nested count and the mark in the only name there is (C8)", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor({ offer: offerOf("h100.4x"), market: "spot", label: "mine" })
        const machine = yield* provider.createResource(request)
        const name = Ownership.toName(request.mark)
        assert.deepStrictEqual(
          posts(cloud).map(({ body }) => body),
          [
            {
              user_public_key: publicKey,
              hardware_profile: "h100",
              instance_specs: { gpu_count: 4 },
              instance_type: "spot",
              display_name: name
            }
          ]
        )
        assert.isAtMost(name.length, 50)
        assert.deepInclude(machine, {
          name,
          instanceType: "h100.4x",
          owner: request.mark.owner,
          key: request.mark.key,
          costPerHour: UsdPerHour.make(4.399992)
        })
        assert.strictEqual(machine.state._tag, "Starting")
        assert.strictEqual(cloud.core.machines(cloud.clock.now())[0]?.market, "spot")
      })
    )
  )

  it.effect("is not sent for a count that is none, which the API would make one of (C8)", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const type of ["h100.0x", "h100.3x", "h100", "x100.1x", ""]) {
          const reason = yield* reasonOf(provider.createResource(requestFor({ offer: offerOf(type || "-") })))
          assert.strictEqual(reason._tag, "Rejected", type)
        }
        assert.lengthOf(posts(cloud), 0)
      })
    )
  )

  it.effect("is not sent for what Lyceum cannot do", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const refused = (changes: Parameters<typeof requestFor>[0]) =>
          reasonOf(provider.createResource(requestFor(changes)))
        assert.match((yield* refused({ authorizedKey: undefined })).message, /public key/)
        assert.match((yield* refused({ authorizedKey: " " })).message, /public key/)
        assert.match((yield* refused({ image: "ubuntu" })).message, /image/)
        assert.match((yield* refused({ diskGiB: GiB.make(500) })).message, /500 GiB wanted/)
        const told = yield* refused({ bootstrap: { format: "script", content: "#!/bin/sh" } })
        assert.strictEqual(told._tag, "UnsupportedCapability")
        assert.lengthOf(posts(cloud), 0)
        yield* provider.createResource(requestFor({ diskGiB: GiB.make(90) }))
      })
    )
  )

  it.effect("is not sent when the price has moved above the limit", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.offers({})
        yield* TestClock.adjust("2 minutes")
        cloud.core.setPrice("on-demand", "l40s", 2.4)
        const dear = provider.createResource(requestFor({ priceLimit: UsdPerHour.make(1.19) }))
        const reason = yield* reasonOf(dear)
        assert.strictEqual(reason._tag, "PriceTooLow")
        assert.match(reason.message, /costs \$2\.4/)
        assert.lengthOf(posts(cloud), 0)
        yield* provider.createResource(requestFor({ priceLimit: UsdPerHour.make(2.41) }))
      })
    )
  )
})

describe("the answer to it", () => {
  const outcome = (spoil: (cloud: Cloud) => void) =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        spoil(cloud)
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.lengthOf(posts(cloud), 1)
        return { reason, made: cloud.machines().length }
      })
    )

  it.effect("of 500 with the words for it means that there are none, and nothing was made (C7)", () =>
    Effect.gen(function* () {
      const { made, reason } = yield* outcome(({ faults }) => faults.noCapacity())
      assert.strictEqual(reason._tag, "OutOfCapacity")
      assert.strictEqual(made, 0)
    })
  )

  it.effect("of any other failure of the service leaves open what came of it", () =>
    Effect.gen(function* () {
      for (const spoil of [
        ({ faults }: Cloud) => faults.serverErrorAfterEffect(creates),
        ({ faults }: Cloud) => faults.html(creates),
        ({ faults }: Cloud) => faults.serverError(creates, 503),
        ({ faults }: Cloud) => faults.loseReply(creates),
        ({ faults }: Cloud) => faults.truncate(creates),
        ({ faults }: Cloud) => faults.answer({ status: 200, body: { ok: true } }, creates),
        ({ faults }: Cloud) => faults.answer({ status: 408, body: { detail: "timeout" } }, creates),
        // The words alone do not do it.
        ({ faults }: Cloud) =>
          faults.answer({ status: 502, body: { detail: "The instance could not be provisioned right now." } }, creates)
      ]) {
        assert.strictEqual((yield* outcome(spoil)).reason._tag, "OutcomeUnknown")
      }
    })
  )

  it.effect("that never comes leaves it open too", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.offers({})
        cloud.faults.delayReply(1e6, creates)
        const asking = yield* Effect.forkChild(reasonOf(provider.createResource(requestFor())))
        while (posts(cloud).length === 0) yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
        yield* TestClock.adjust("61 seconds")
        assert.strictEqual((yield* Fiber.join(asking))._tag, "OutcomeUnknown")
        assert.lengthOf(cloud.machines(), 1)
      })
    )
  )

  it.effect("of a refusal is that, in the API's words, whatever their form", () =>
    Effect.gen(function* () {
      const refused = (status: number, detail: unknown) =>
        Effect.map(
          outcome(({ faults }) => faults.answer({ status, body: { detail } }, creates)),
          ({ reason }) => reason
        )
      const invalid = yield* refused(400, "The instance request was invalid.")
      assert.deepInclude(invalid, { _tag: "Rejected", message: "The instance request was invalid." })
      const malformed = yield* refused(422, [
        { loc: ["body", "hardware_profile"], msg: "Field required", type: "missing" }
      ])
      assert.deepInclude(malformed, { _tag: "Rejected", message: "body.hardware_profile: Field required" })
      assert.match((yield* refused(422, { a: { b: 1 } })).message, /\{"a":\{"b":1\}\}/)
      assert.strictEqual((yield* refused(402, "Insufficient credits"))._tag, "InsufficientFunds")
      assert.strictEqual((yield* refused(403, "no"))._tag, "Forbidden")
      assert.strictEqual((yield* refused(429, "Too many requests"))._tag, "RateLimited")
      const unauthorized = yield* refused(401, "Token expired")
      assert.deepInclude(unauthorized, { _tag: "Unauthorized", setting: "LYCEUM_API_KEY" })
    })
  )

  it.effect("of no credits says where they are bought", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const reason = yield* reasonOf(provider.createResource(requestFor()))
          assert.strictEqual(reason._tag, "InsufficientFunds")
          assert.match(reason.message, /dashboard\.lyceum\.technology/)
        }),
      { cloud: { credits: 0 } }
    )
  )

  it.effect("with another name than asked for ends the machine, which nobody would find again", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        const vm = {
          vm_id: "one",
          status: "pending",
          created_at: "2026-07-31T12:14:40.153832",
          display_name: "runctl-cut"
        }
        cloud.faults.answer({ status: 200, body: vm }, creates)
        cloud.faults.answer(
          { status: 200, body: { vm_id: "one", status: "terminated", message: "" } },
          { method: "DELETE" }
        )
        const reason = yield* reasonOf(provider.createResource(request))
        assert.strictEqual(reason._tag, "Rejected")
        assert.match(reason.message, /"runctl-cut".*was ended/)
        assert.deepStrictEqual(
          asked(cloud, "DELETE", /./).map(({ path }) => path),
          ["/api/v2/external/vms/one"]
        )
      })
    )
  )

  it.effect("without any name is that of the machine that was asked for", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const vm = { vm_id: "one", status: "pending", created_at: "2026-07-31T12:14:40.153832", display_name: null }
        cloud.faults.answer({ status: 201, body: vm }, creates)
        const request = requestFor()
        const machine = yield* provider.createResource(request)
        assert.deepInclude(machine, { name: Ownership.toName(request.mark), instanceType: "l40s.1x" })
        assert.strictEqual(machine.launchTime?.epochMilliseconds, Date.UTC(2026, 6, 31, 12, 14, 40, 153))
      })
    )
  )
})

it.effect("the same key twice is two machines: nothing but the runtime tells them apart", () =>
  using((provider, cloud) =>
    Effect.gen(function* () {
      const request = requestFor()
      const [one, two] = [yield* provider.createResource(request), yield* provider.createResource(request)]
      assert.notStrictEqual(one.id, two.id)
      assert.strictEqual(provider.capabilities.idempotency, "none")
      const listed = yield* provider.listResources
      assert.sameMembers(
        listed.map(({ id }) => id),
        [one.id, two.id]
      )
      assert.lengthOf(cloud.machines(), 2)
    })
  )
)
