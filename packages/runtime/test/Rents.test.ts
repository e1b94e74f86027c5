import { assert, describe, it } from "@effect/vitest"
import { fromUsd } from "@runctl/core/Money"
import * as ProviderError from "@runctl/core/ProviderError"
import { event } from "@runctl/runtime/Event"
import { Journal } from "@runctl/runtime/Journal"
import { makeResourceKey } from "@runctl/runtime/Keys"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { cap, inVirtualTime, temporaryFolder, unpriced, world } from "./fakeWorld.ts"

import { request, on, living, typesOf, reservedIn, noCapacity } from "./fakeRents.ts"

describe("renting", () => {
  it.effect("has its intent and its reservation in the journal before the provider is asked", () => {
    const seen: Array<unknown> = []
    let look: Effect.Effect<void> = Effect.void
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const records = yield* Records
          look = Effect.gen(function* () {
            seen.push((yield* records.resources).map(({ phase }) => phase))
            seen.push(Object.values((yield* records.ledger("run/test")).ledger.reserved))
          }).pipe(Effect.orDie)
          const record = yield* (yield* Rents).rent(request())
          assert.deepStrictEqual(seen, [["Intended"], [fromUsd(0.06)]])
          assert.strictEqual(record.phase, "Held")
          assert.deepStrictEqual(yield* typesOf(record.mark.key), ["InstanceRequested", "InstanceProvisioned"])
        }),
      (provider) => ({
        ...provider,
        createResource: (wanted) => Effect.andThen(look, provider.createResource(wanted))
      })
    )
  })

  it.effect("goes on to the next offer when there is no capacity, and gives the first one's money back", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", noCapacity)
        const record = yield* (yield* Rents).rent(request())
        assert.strictEqual(record.offer.instanceType, "h100-1")
        const all = yield* (yield* Records).resources
        const failed = all.find(({ phase }) => phase === "Failed")
        assert.strictEqual(failed?.problem?.code, "RUNCTL_E_OUT_OF_CAPACITY")
        assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [fromUsd(2.51)], spent: 0 })
        assert.lengthOf(yield* living(cloud), 1)
      })
    )
  )

  it.effect("fails with the provider's reason once every offer was refused, with nothing reserved", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", noCapacity, 2)
        const error = yield* Effect.flip((yield* Rents).rent(request()))
        assert.strictEqual(error._tag === "ProviderError" && error.reason._tag, "OutOfCapacity")
        assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [], spent: 0 })
      })
    )
  )

  it.effect("does not try other offers after a refusal that is about us", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", new ProviderError.Unauthorized({ setting: "TOKEN" }))
        yield* Effect.flip((yield* Rents).rent(request()))
        assert.lengthOf(
          (yield* cloud.calls).filter((call) => call === "createResource"),
          1
        )
      })
    )
  )

  for (const idempotency of ["token", "name", "tag", "none"] as const) {
    it.effect(`adopts the machine whose answer was lost, exactly one, where idempotency is ${idempotency}`, () =>
      on({ capabilities: { idempotency }, visibleAfter: "10 seconds" }, (cloud) =>
        Effect.gen(function* () {
          yield* cloud.loseAnswer("createResource")
          const record = yield* (yield* Rents).rent(request())
          assert.strictEqual(record.phase, "Held")
          const machines = yield* living(cloud)
          assert.deepStrictEqual(
            machines.map(({ id }) => id),
            record.resource === undefined ? [] : [record.resource.id]
          )
        })
      )
    )
  }

  const unheard = new ProviderError.OutcomeUnknown({ message: "cut before it arrived" })

  it.effect("asks again when the answer was lost and nothing is there, where the same key is one machine", () =>
    on({ capabilities: { idempotency: "token" } }, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", unheard)
        const record = yield* (yield* Rents).rent(request())
        assert.strictEqual(record.phase, "Held")
        assert.lengthOf(yield* living(cloud), 1)
      })
    )
  )

  for (const idempotency of ["tag", "none"] as const) {
    it.effect(`never asks again blindly, and says that it does not know, where idempotency is ${idempotency}`, () =>
      on({ capabilities: { idempotency } }, (cloud) =>
        Effect.gen(function* () {
          yield* cloud.refuse("createResource", unheard)
          const error = yield* Effect.flip((yield* Rents).rent(request()))
          assert.strictEqual(error._tag === "ProviderError" && error.reason._tag, "OutcomeUnknown")
          assert.lengthOf(
            (yield* cloud.calls).filter((call) => call === "createResource"),
            1
          )
          assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [], spent: 0 })
        })
      )
    )
  }

  it.effect("tells why the one provider that was named cannot be asked", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("offers", new ProviderError.Unauthorized({ setting: "TOKEN" }))
        const error = yield* Effect.flip((yield* Rents).rent(request()))
        assert.strictEqual(error._tag === "ProviderError" && error.reason._tag, "Unauthorized")
      })
    )
  )

  it.effect("refuses the spot market of a provider that has none, before it is asked", () =>
    on({ capabilities: { spot: "none" } }, (cloud) =>
      Effect.gen(function* () {
        const wanted = request()
        const error = yield* Effect.flip((yield* Rents).rent({ ...wanted, rent: { ...wanted.rent, market: "spot" } }))
        assert.strictEqual(error._tag === "ProviderError" && error.reason._tag, "UnsupportedCapability")
        assert.deepStrictEqual(yield* cloud.calls, [])
      })
    )
  )

  it.effect("is refused by a budget before anything is asked for", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* Rents).rent(request({ budgets: [cap("day/today", 0.04)] })))
        assert.strictEqual(error._tag, "BudgetRefused")
        assert.notInclude(yield* cloud.calls, "createResource")
        assert.lengthOf(yield* (yield* Records).resources, 0)
      })
    )
  )

  it.effect("is refused when there is a budget and the price is unknown", () =>
    on(
      {},
      (cloud) =>
        Effect.gen(function* () {
          const rents = yield* Rents
          assert.strictEqual((yield* Effect.flip(rents.rent(request())))._tag, "BudgetRefused")
          assert.notInclude(yield* cloud.calls, "createResource")
          assert.strictEqual((yield* rents.rent(request({ budgets: [] }))).phase, "Held")
        }),
      unpriced
    )
  )

  it.effect("keeps nothing reserved when the intent cannot be written", () =>
    Effect.gen(function* () {
      const { provider } = FakeProvider.make({})
      const services = yield* world(yield* temporaryFolder, provider)
      yield* inVirtualTime(
        Effect.gen(function* () {
          const records = yield* Records
          const journal = yield* Journal
          const rents = yield* Rents
          // Somebody has written to the stream of the very key that will be made.
          const key = yield* makeResourceKey.pipe(Random.withSeed("taken"))
          yield* records.append(streams.resource(key), [event("InstanceBootstrapped", {})])
          const error = yield* Effect.flip(rents.rent(request()).pipe(Random.withSeed("taken")))
          assert.strictEqual(error._tag, "JournalError")
          assert.isAbove((yield* journal.read(streams.budget("run/test"))).length, 1)
          assert.deepStrictEqual((yield* records.ledger("run/test")).ledger.reserved, {})
        }).pipe(Effect.provideContext(services))
      )
    })
  )
})
