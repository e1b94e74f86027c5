import { assert, it } from "@effect/vitest"
import * as Budget from "@runctl/core/Budget"
import * as Money from "@runctl/core/Money"
import * as Schema from "effect/Schema"

const Nano = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000_000 }))
const Cents = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2000 }))
const Seconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))
const nano = (amount: number) => Money.NanoUsd.make(amount)

const Scopes = Schema.Array(Schema.Struct({ cap: Nano, spent: Nano, reserved: Nano })).check(Schema.isMaxLength(4))
const toScopes = (scopes: typeof Scopes.Type): ReadonlyArray<Budget.BudgetScope> =>
  scopes.map(({ cap, reserved, spent }, index) => ({
    scope: `scope ${index}`,
    cap: nano(cap),
    spent: nano(spent),
    reserved: nano(reserved)
  }))
const left = ({ cap, reserved, spent }: Budget.BudgetScope) => cap - spent - reserved

it.prop("what is admitted fits into every scope, and what is refused does not", [Scopes, Nano], ([fields, amount]) => {
  const scopes = toScopes(fields)
  const admission = Budget.admit(scopes, nano(amount))
  const fits = scopes.every((scope) => amount <= left(scope))
  if (amount > 0) assert.strictEqual(admission._tag === "Admitted", fits)
  if (admission._tag === "Admitted") assert.strictEqual(admission.amount, amount)
})

it.prop(
  "a refusal names the scope with the least room, and what is missing there",
  [Scopes, Nano],
  ([fields, amount]) => {
    const scopes = toScopes(fields)
    const admission = Budget.admit(scopes, nano(amount))
    if (admission._tag === "Admitted") return
    const least = Math.max(0, Math.min(...scopes.map(left)))
    const named = scopes.find(({ scope }) => scope === admission.scope)
    assert.strictEqual(named === undefined ? -1 : Math.max(0, left(named)), least)
    assert.strictEqual(admission.shortBy, amount - least)
    assert.include(admission.message, admission.scope)
  }
)

it.prop("a smaller amount fits wherever a larger one does", [Scopes, Nano, Nano], ([fields, one, other]) => {
  const scopes = toScopes(fields)
  const tag = (amount: number) => Budget.admit(scopes, nano(amount))._tag
  if (tag(Math.max(one, other)) === "Admitted") assert.strictEqual(tag(Math.min(one, other)), "Admitted")
})

it.prop(
  "any number of admissions, each reserved, stays within the cap",
  [Nano, Schema.Array(Nano)],
  ([cap, amounts]) => {
    let reserved = Money.zero
    for (const amount of amounts) {
      const scope = { scope: "day", cap: nano(cap), spent: Money.zero, reserved }
      if (Budget.admit([scope], nano(amount))._tag === "Admitted") reserved = Money.add(reserved, nano(amount))
    }
    assert.isAtMost(reserved, cap)
  }
)

it("an unknown price is refused wherever there is a cap, and only there", () => {
  const scope = { scope: "run", cap: nano(1), spent: Money.zero, reserved: Money.zero }
  assert.strictEqual(Budget.admit([scope], undefined)._tag, "Refused")
  assert.strictEqual(Budget.admit([], undefined)._tag, "Admitted")
})

it("what costs nothing fits even where the cap is passed", () => {
  const scope = { scope: "run", cap: nano(1), spent: nano(5), reserved: Money.zero }
  assert.strictEqual(Budget.admit([scope], Money.zero)._tag, "Admitted")
  assert.strictEqual(Budget.admit([scope], nano(1))._tag, "Refused")
})

const Around = Schema.Struct({
  compute: Cents,
  disk: Cents,
  grace: Seconds,
  hold: Seconds,
  sweep: Seconds,
  stopped: Seconds,
  egress: Nano
})
const around = (fields: typeof Around.Type, unit: number): Omit<Budget.WorstCase, "untilDeadlineSeconds"> => ({
  usdPerHour: Money.UsdPerHour.make(fields.compute * unit),
  diskUsdPerHour: Money.UsdPerHour.make(fields.disk * unit),
  graceSeconds: fields.grace,
  holdSeconds: fields.hold,
  sweepSeconds: fields.sweep,
  stoppedSeconds: fields.stopped,
  egressUsd: nano(fields.egress)
})

it.prop("the worst case is what the parts cost together, each rounded up", [Around, Seconds], ([fields, seconds]) => {
  const nanosPerCent = 10_000_000n
  const ceilDivide = (amount: bigint) => (amount + 3599n) / 3600n
  const rented = BigInt(seconds + fields.grace + fields.hold + fields.sweep)
  const exact =
    ceilDivide(BigInt(fields.compute) * nanosPerCent * rented) +
    ceilDivide(BigInt(fields.disk) * nanosPerCent * (rented + BigInt(fields.stopped))) +
    BigInt(fields.egress)
  assert.strictEqual(BigInt(Budget.exposure({ ...around(fields, 0.01), untilDeadlineSeconds: seconds })), exact)
})

for (const [rates, unit] of [
  ["cents", 0.01],
  ["nano-dollars", 1e-9]
] as const) {
  it.prop(
    `at rates of ${rates} the seconds within a budget fit, and one more does not`,
    [Around, Nano],
    ([fields, budget]) => {
      const worst = around(fields, unit)
      const cost = (seconds: number) => Budget.exposure({ ...worst, untilDeadlineSeconds: seconds })
      const seconds = Budget.secondsWithin(nano(budget), worst)
      if (cost(0) > budget) return assert.strictEqual(seconds, 0)
      if (fields.compute + fields.disk === 0) return assert.strictEqual(seconds, Infinity)
      assert.isTrue(Number.isSafeInteger(seconds))
      assert.isAtMost(cost(seconds), budget)
      assert.isAbove(cost(seconds + 1), budget)
    },
    { arbitrary: { runs: 300 } }
  )
}

it("what cannot end its own billing is counted until it is swept, a disk that stays alone as a disk", () => {
  const rates = {
    usdPerHour: Money.UsdPerHour.make(6),
    diskUsdPerHour: Money.UsdPerHour.make(0.6),
    untilDeadlineSeconds: 3600,
    graceSeconds: 0,
    holdSeconds: 0,
    egressUsd: Money.zero
  }
  const worst = (endAction: Parameters<typeof Budget.untilSwept>[0]) =>
    Money.toUsd(Budget.exposure({ ...rates, ...Budget.untilSwept(endAction) }))
  // The sweeper's period and grace are ten minutes together.
  assert.strictEqual(worst("terminates"), 6.6)
  assert.strictEqual(worst("stopsPartBilling"), 6.7)
  assert.strictEqual(worst("stopsJobOnly"), 7.7)
})
