import { assert, describe, it } from "@effect/vitest"
import { fromUsd } from "@runctl/core/Money"
import { OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { Budgets } from "@runctl/runtime/Budgets"
import { Resources } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { cap } from "./fakeWorld.ts"

import { request, on, living, typesOf, reservedIn, away } from "./fakeRents.ts"

describe("machines", () => {
  it.effect("of other owners are counted and never touched", () =>
    on({}, (cloud, provider) =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const mine = yield* resources.create(request())
        const [offer] = yield* provider.offers({})
        if (offer === undefined) return yield* Effect.die(new Error("no offer"))
        const theirs = yield* provider.createResource({
          mark: { owner: OwnerId.make("somebody"), key: ResourceKey.make("t".repeat(20)), deadlineEpochSeconds: 1 },
          offer,
          market: "on-demand",
          label: undefined,
          diskGiB: undefined,
          image: undefined,
          bootstrap: { format: "none", content: "" },
          authorizedKey: undefined,
          priceLimit: undefined
        })
        const listing = yield* resources.list({ offline: false })
        assert.strictEqual(listing.others, 1)
        assert.deepStrictEqual(
          listing.resources.map(({ live, resource }) => ({ id: resource?.id, live })),
          [{ id: mine.resource?.id, live: true }]
        )
        yield* Effect.flip(resources.terminate(theirs.id))
        yield* Effect.flip(resources.terminate("t".repeat(20)))
        assert.lengthOf(yield* living(cloud), 2)
        yield* resources.terminate("mine")
        assert.deepStrictEqual(
          (yield* living(cloud)).map(({ id }) => id),
          [theirs.id]
        )
      })
    )
  )

  it.effect("are shown from memory when their provider cannot be asked", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        const resources = yield* Resources
        yield* resources.create(request())
        yield* cloud.refuse("listResources", away, 3)
        const listing = yield* resources.list({ offline: false })
        assert.lengthOf(listing.failures, 1)
        assert.deepStrictEqual(
          listing.resources.map(({ live }) => live),
          [false]
        )
      })
    )
  )

  it.effect("can be stopped and started, the intent before the call", () =>
    on({}, () =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const { mark } = yield* resources.create(request())
        assert.strictEqual((yield* resources.stop("mine")).resource?.state._tag, "Stopped")
        assert.strictEqual((yield* resources.start(mark.key)).resource?.state._tag, "Running")
        assert.deepStrictEqual((yield* typesOf(mark.key)).slice(2), [
          "InstanceStopRequested",
          "InstanceObserved",
          "InstanceStartRequested",
          "InstanceObserved"
        ])
      })
    )
  )
})

describe("a budget", () => {
  const Wishes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 }))).check(
    Schema.isMaxLength(15)
  )
  it.effect.prop(
    "is never exceeded by reservations made at the same time, and is used as far as it goes",
    [Wishes],
    ([wishes]) =>
      on({}, () =>
        Effect.gen(function* () {
          const budgets = yield* Budgets
          const reserve = (usd: number, index: number) =>
            Effect.result(
              budgets.reserve(
                [cap("a", 10), cap("b", 8)],
                ResourceKey.make(`${"k".repeat(18)}${String(index).padStart(2, "0")}`),
                fromUsd(usd / 100)
              )
            )
          yield* Effect.forEach(wishes, reserve, { concurrency: "unbounded" })
          const { reserved } = yield* reservedIn("b")
          const sum = reserved.reduce((left, right) => left + right, 0)
          assert.isAtMost(sum, fromUsd(8))
          // What was refused by one budget is not kept by the other.
          assert.deepStrictEqual(new Set((yield* reservedIn("a")).reserved), new Set(reserved))
          const all = wishes.reduce((left, right) => left + right, 0)
          if (all <= 800) assert.lengthOf(reserved, wishes.length)
        })
      ),
    { arbitrary: { runs: 25 } }
  )

  it.effect("counts what was charged once, however often it is settled", () =>
    on({}, () =>
      Effect.gen(function* () {
        const budgets = yield* Budgets
        const key = ResourceKey.make("k".repeat(20))
        yield* budgets.reserve([cap("a", 10)], key, fromUsd(5))
        yield* budgets.settle(["a"], key, fromUsd(2))
        yield* budgets.settle(["a"], key, fromUsd(2))
        assert.deepStrictEqual(yield* reservedIn("a"), { reserved: [], spent: fromUsd(2) })
      })
    )
  )
})
