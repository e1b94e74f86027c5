import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour, zero } from "@runctl/core/Money"
import { Journal } from "@runctl/runtime/Journal"
import { leftRunning } from "@runctl/runtime/LeftRunning"
import { lastSweep } from "@runctl/runtime/SweepState"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { on } from "./fakeRents.ts"

const around = (usdPerHour: number, diskUsdPerHour = 0) => ({
  usdPerHour: UsdPerHour.make(usdPerHour),
  diskUsdPerHour: UsdPerHour.make(diskUsdPerHour),
  egressUsd: zero,
  graceSeconds: 90,
  holdSeconds: 7200,
  sweepSeconds: 600,
  stoppedSeconds: 0
})
const minute = 60_000
const now = 1_000_000_000

describe("a machine that cannot end its own billing", () => {
  it("is said to cost so much a day, and needs a yes where no sweeper runs", () => {
    const left = leftRunning("stopsJobOnly", around(2, 0.1), undefined, now)
    assert.strictEqual(left._tag, "NeedsYes")
    assert.include("message" in left ? left.message : "", "it costs $50.40 per day until it is swept")
    const unknown = leftRunning("stopsJobOnly", undefined, undefined, now)
    assert.include("message" in unknown ? unknown.message : "", "an unknown amount per day")
  })

  it.prop(
    "needs no yes while its sweeper has run within a quarter of an hour",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 * 15 * minute }))],
    ([ago]) => {
      const left = leftRunning("stopsJobOnly", around(2), now - ago, now)
      assert.strictEqual(left._tag, ago <= 15 * minute ? "Swept" : "NeedsYes")
    }
  )

  it("is of no concern where it is free, or ends itself", () => {
    assert.strictEqual(leftRunning("stopsJobOnly", around(0), undefined, now)._tag, "EndsItself")
    for (const endAction of ["terminates", "stopsPartBilling"] as const) {
      assert.strictEqual(leftRunning(endAction, around(2), undefined, now)._tag, "EndsItself")
    }
  })
})

describe("the last sweep", () => {
  it.effect("is the newest that was completed, whatever stands behind it; nothing where none was", () =>
    on({}, () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        assert.isUndefined(yield* lastSweep)
        const write = (type: string, times = 1) =>
          journal.append(
            "sweeper",
            "any",
            Array.from({ length: times }, () => ({ type, payload: {} }))
          )
        yield* write("SweepCompleted")
        yield* Effect.sleep("10 minutes")
        const [newest] = yield* write("SweepCompleted")
        yield* Effect.sleep("1 minute")
        yield* write("SweepFailed", 300)
        assert.strictEqual(yield* lastSweep, newest?.at)
      })
    )
  )
})
