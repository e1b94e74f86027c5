import { assert, describe, it } from "@effect/vitest"
import { fromUsd } from "@runctl/core/Money"
import { OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { Budgets } from "@runctl/runtime/Budgets"
import { reserveAllUntil } from "@runctl/runtime/Extending"
import { Records } from "@runctl/runtime/Records"
import { Resources } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { cap } from "./fakeWorld.ts"

import { request, on, living, typesOf, reservedIn, away, hour } from "./fakeRents.ts"

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

describe("a later deadline", () => {
  const day = cap("day/today", 1)

  it.effect("has its money reserved in every budget before it is moved", () =>
    on({}, () =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const { mark } = yield* resources.create(request({ budgets: [cap("run/test", 10), day] }))
        const moved = yield* resources.extend(mark.key, 3 * hour)
        assert.strictEqual(moved.deadlineAt, 3 * hour)
        for (const scope of ["run/test", "day/today"]) {
          const { reserved } = yield* reservedIn(scope)
          // Three hours of machine and disk, to the millionth of a dollar: what was charged already is rounded up.
          assert.approximately(reserved[0] ?? 0, fromUsd(0.18), 1000)
        }
        assert.approximately(moved.reserve?.worstCaseNanoUsd ?? 0, fromUsd(0.18), 1000)
      })
    )
  )

  it.effect("is refused where one budget cannot bear it, and then nothing has changed", () =>
    on({}, () =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const { mark } = yield* resources.create(request({ budgets: [cap("run/test", 10), day] }))
        const before = [yield* reservedIn("run/test"), yield* reservedIn("day/today"), yield* typesOf(mark.key)]
        const error = yield* Effect.flip(resources.extend(mark.key, 30 * hour))
        assert.strictEqual(error._tag === "BudgetRefused" && error.scope, "day/today")
        const after = [yield* reservedIn("run/test"), yield* reservedIn("day/today"), yield* typesOf(mark.key)]
        assert.deepStrictEqual(after, before)
        assert.strictEqual((yield* (yield* Records).resource(mark.key))?.deadlineAt, hour)
      })
    )
  )

  it.effect("of two that ask for the last money at the same time, one gets it", () =>
    on({}, () =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const one = yield* resources.create(request({ budgets: [day] }))
        const other = yield* resources.create(request({ budgets: [day] }))
        const asked = [one, other].map(({ mark }) => Effect.result(resources.extend(mark.key, 12 * hour)))
        const answers = yield* Effect.all(asked, { concurrency: "unbounded" })
        assert.lengthOf(answers.filter(Result.isSuccess), 1)
        const { reserved } = yield* reservedIn("day/today")
        assert.isAtMost(
          reserved.reduce((left, right) => left + right, 0),
          fromUsd(1)
        )
      })
    )
  )

  it.effect("adds nothing to the reservation of a machine that was settled meanwhile", () =>
    on({}, () =>
      Effect.gen(function* () {
        const budgets = yield* Budgets
        const { mark } = yield* (yield* Resources).create(request({ budgets: [day] }))
        yield* budgets.settle(["day/today"], mark.key, fromUsd(0.01))
        const error = yield* Effect.flip(Effect.asVoid(budgets.raise([day], mark.key, fromUsd(0.5))))
        assert.strictEqual(error._tag, "BudgetRefused")
        assert.deepStrictEqual(yield* reservedIn("day/today"), { reserved: [], spent: fromUsd(0.01) })
      })
    )
  )

  it.effect("gives its money back when it cannot be moved", () =>
    on({}, () =>
      Effect.gen(function* () {
        const budgets = yield* Budgets
        const { mark } = yield* (yield* Resources).create(request({ budgets: [day] }))
        const before = yield* reservedIn("day/today")
        const back = yield* budgets.raise([day], mark.key, fromUsd(0.5))
        assert.deepStrictEqual((yield* reservedIn("day/today")).reserved, [fromUsd(0.5)])
        yield* back
        yield* back
        assert.deepStrictEqual(yield* reservedIn("day/today"), before)
      })
    )
  )

  it.effect("of a run reserves for its machines too", () =>
    on({}, () =>
      Effect.gen(function* () {
        const records = yield* Records
        const budgets = yield* Budgets
        yield* (yield* Resources).create(request({ budgets: [day] }))
        const all = yield* records.resources
        const error = yield* Effect.flip(Effect.asVoid(reserveAllUntil(budgets, all, 30 * hour)))
        assert.strictEqual(error._tag, "BudgetRefused")
        yield* Effect.asVoid(reserveAllUntil(budgets, all, 2 * hour))
        assert.approximately((yield* reservedIn("day/today")).reserved[0] ?? 0, fromUsd(0.12), 1000)
      })
    )
  )
})
