import { assert, it } from "@effect/vitest"
import { exposure, untilSwept } from "@runctl/core/Budget"
import { fromUsd, UsdPerHour, zero } from "@runctl/core/Money"
import * as Schema from "effect/Schema"
import { amount, gibibytes, positive, whole } from "../../src/amounts.ts"
import { affordableSeconds, bounds, dayOf, hours, time } from "../../src/train/limits.ts"

const now = new Date(2026, 10, 21, 23, 59)
const none = { budget: undefined, maxHours: undefined }

it("numbers are read strictly, and a complaint names the flag", () => {
  assert.strictEqual(hours("--max-hours", "1.5"), 1.5)
  assert.strictEqual(hours("--max-hours", "90m"), 1.5)
  assert.strictEqual(gibibytes("--memory", "40"), 40)
  assert.strictEqual(gibibytes("--memory", "1TiB"), 1024)
  assert.strictEqual(amount("--budget", "$20"), 20)
  assert.strictEqual(time("TIME", "2h"), 7200)
  for (const wrong of ["soon", "-1", "", "1,5", "NaN", "Infinity"]) {
    assert.throws(() => hours("--max-hours", wrong), /--max-hours/)
    assert.throws(() => amount("--budget", wrong), /--budget/)
    assert.throws(() => positive("--cpu", wrong), /--cpu/)
    assert.throws(() => gibibytes("--disk", wrong), /--disk/)
  }
  assert.throws(() => whole("--gpus", "1.5"), /--gpus 1.5: a whole number/)
})

it("each budget has a scope of its own: the run's is never another's, the day is the owner's", () => {
  const settings = { project: "digits", budget: { run: 5, project: 100, day: 50, home: 500 } }
  const { budgets, runBudgetUsd } = bounds({ ...none, budget: "20" }, settings, "abc", now)
  assert.strictEqual(runBudgetUsd, 20, "a flag counts more than the configuration")
  assert.deepStrictEqual(
    budgets.map(({ capNanoUsd, scope }) => [scope, capNanoUsd / 1e9]),
    [
      ["run/abc", 20],
      ["project/digits", 100],
      ["day/2026-11-21", 50],
      ["home", 500]
    ]
  )
  assert.strictEqual(dayOf(now), "2026-11-21")
})

it("a budget sets the deadline unless --max-hours does", () => {
  assert.isTrue(bounds({ ...none, budget: "20" }, {}, "x", now).isDerived)
  assert.isFalse(bounds({ budget: "20", maxHours: "3" }, {}, "x", now).isDerived)
  assert.strictEqual(bounds({ ...none, maxHours: "3" }, {}, "x", now).maxHours, 3)
  assert.strictEqual(bounds(none, {}, "x", now).maxHours, 24)
})

/** What a machine that stays until it is swept costs around its deadline. */
const around = (price: number, { graceSeconds, holdSeconds }: ReturnType<typeof bounds>) => ({
  usdPerHour: UsdPerHour.make(price),
  diskUsdPerHour: UsdPerHour.make(0),
  egressUsd: zero,
  graceSeconds,
  holdSeconds,
  ...untilSwept("stopsJobOnly")
})

const Price = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5000 }))
const Usd = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 500 }))

it.prop(
  "what the budget affords never costs more than the budget at worst, and a second more would",
  [Price, Usd],
  ([cents, budget]) => {
    const limits = bounds({ ...none, budget: String(budget) }, {}, "x", now)
    const open = around(cents / 100, limits)
    const seconds = affordableSeconds(limits, open)
    const cost = (untilDeadlineSeconds: number): number => exposure({ ...open, untilDeadlineSeconds })
    assert.isAtMost(seconds, 24 * 3600)
    if (seconds > 0) assert.isAtMost(cost(seconds), fromUsd(budget))
    if (seconds < 24 * 3600) assert.isAbove(cost(seconds + 1), fromUsd(budget))
  }
)

it("what is free lasts as long as it may", () => {
  const limits = bounds({ ...none, budget: "1" }, {}, "x", now)
  assert.strictEqual(affordableSeconds(limits, around(0, limits)), 24 * 3600)
})
