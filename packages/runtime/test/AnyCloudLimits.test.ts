import { assert, describe, it } from "@effect/vitest"
import { fromUsd } from "@runctl/core/Money"
import { Rents } from "@runctl/runtime/Rents"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { asked, got, names, onAny, rentAny } from "./anyCloud.ts"
import { hour, noCapacity, reservedIn } from "./fakeRents.ts"
import { cap, rentOf } from "./fakeWorld.ts"

const limits = { deadlineAt: hour, graceSeconds: 0, holdSeconds: 0, budgets: [] }

describe("any cloud", () => {
  it.effect("of a spot market gives way to the full price only where that was allowed", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        const spot = { market: "spot", query: { gpu: "H100", market: "spot" } } as const
        for (const name of names) yield* clouds[name].refuse("createResource", noCapacity)
        const without = yield* rentAny(spot)
        assert.strictEqual(got(without), "OffersExhausted")
        for (const name of names) yield* clouds[name].refuse("createResource", noCapacity)
        const { result, tried } = yield* rentAny({ ...spot, orOnDemand: true })
        assert.deepStrictEqual(
          tried.map(({ market, usdPerHour = 0 }) => `${market} ${usdPerHour.toFixed(2)}`),
          ["spot 1.00", "spot 1.20", "spot 1.50"]
        )
        const record = Result.isSuccess(result) ? result.success : undefined
        assert.strictEqual(record?.market, "on-demand")
        assert.strictEqual(record?.usdPerHour, 2.5)
      })
    )
  )

  it.effect("is not even asked for spot machines where it has none", () =>
    onAny(
      (clouds) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip((yield* Rents).plan(rentOf("any", { market: "spot" }), limits))
          assert.include(error.message, "a (no spot market)")
          assert.deepStrictEqual(yield* clouds.a.calls, [])
        }),
      { capabilities: { spot: "none" } }
    )
  )

  it.effect(
    "that is dearer is kept for less long where the budget sets the deadline, and refused where it may not",
    () =>
      onAny((clouds) =>
        Effect.gen(function* () {
          yield* clouds.a.refuse("createResource", noCapacity, 2)
          const budgets = [cap("run/test", 2.51)]
          const fixed = yield* rentAny({}, { budgets })
          assert.strictEqual(got(fixed), "OffersExhausted")
          assert.deepStrictEqual(
            fixed.tried.map(({ key, problem }) => [key !== undefined, problem.code]),
            [
              [true, "RUNCTL_E_OUT_OF_CAPACITY"],
              [false, "RUNCTL_E_BUDGET"],
              [false, "RUNCTL_E_BUDGET"]
            ]
          )
          const { result } = yield* rentAny({}, { budgets, isDeadlineDerived: true })
          const record = Result.isSuccess(result) ? result.success : undefined
          assert.strictEqual(record?.provider, "b")
          const lasts = (record?.deadlineAt ?? 0) - (record?.requestedAt ?? 0)
          assert.approximately(lasts, (2.51 / 3.01) * hour, 2000)
          assert.isAtMost((yield* reservedIn("run/test")).reserved[0] ?? Infinity, fromUsd(2.51))
        })
      )
  )

  it.effect("comes later than its price says where it has taken a machine back", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        const first = yield* rentAny()
        const record = Result.isSuccess(first.result) ? first.result.success : undefined
        if (record === undefined) return assert.fail("nothing was rented")
        assert.strictEqual(got(yield* rentAny({}, {}, { losses: [record] })), "b")
        // Not at any price.
        for (const name of ["b", "c"] as const) yield* clouds[name].reprice("h100-1", 2)
        assert.strictEqual(got(yield* rentAny({}, {}, { losses: [record] })), "a")
      })
    )
  )

  it.effect("is not asked for what nobody has said yes to: what costs, or cannot end its own billing", () =>
    onAny(
      (clouds) =>
        Effect.gen(function* () {
          yield* clouds.a.refuse("createResource", noCapacity, 2)
          const rented = yield* rentAny({ only: "endsItself" })
          assert.strictEqual(got(rented), "c")
          const free = yield* rentAny({ only: "free" })
          const error = Result.isFailure(free.result) ? free.result.failure : undefined
          assert.strictEqual(error?._tag, "NoOfferFits")
          assert.include(error?.message ?? "", "costs something, and nobody was asked")
          assert.deepStrictEqual(yield* asked(clouds), [1, 0, 1])
        }),
      {},
      (provider) =>
        provider.name === "b"
          ? { ...provider, capabilities: { ...provider.capabilities, endAction: "stopsJobOnly" } }
          : provider
    )
  )
})
