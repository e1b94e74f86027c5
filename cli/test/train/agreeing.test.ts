import { assert, it } from "@effect/vitest"
import { fromUsd, UsdPerHour } from "@runctl/core/Money"
import type { LeftRunning } from "@runctl/runtime/LeftRunning"
import type { Plan, Rent } from "@runctl/runtime/Placement"
import * as DateTime from "effect/DateTime"
import { GiB } from "@runctl/core/Offer"
import { failureOf } from "../../src/errors/Failure.ts"
import { renderPlan } from "../../src/render/plan.ts"
import { plain } from "../../src/render/style.ts"
import { agree, agreed, isDearer } from "../../src/train/agreeing.ts"
import { viewPlan } from "../../src/views/plan.ts"

const offer = {
  provider: "cloud",
  region: "eu",
  instanceType: "gpu-1",
  gpuCount: 0,
  vcpus: 8,
  memoryGiB: GiB.make(64),
  source: "test",
  asOf: DateTime.makeUnsafe(0)
}

const planned = (left: LeftRunning, worstUsd: number | undefined, price: number | undefined = 2.1) => {
  const plan: Plan = {
    ranking: { ranked: [], rejected: [] },
    chosen: { offer, market: "on-demand", usdPerHour: price === undefined ? undefined : UsdPerHour.make(price) },
    worstCaseNanoUsd: worstUsd === undefined ? undefined : fromUsd(worstUsd),
    around: undefined,
    endAction: "stopsJobOnly",
    asked: ["cloud"],
    failures: []
  }
  return { plan, left, isSwept: false, limits: { deadlineAt: 0, graceSeconds: 0, holdSeconds: 0, budgets: [] } }
}

const message = "this machine cannot end its own billing: it costs $50.40 per day"
const unswept: LeftRunning = { _tag: "NeedsYes", message }

it("what goes on costing when everybody is gone is refused where nobody can be asked, and said why", async () => {
  for (const worst of [20, undefined]) {
    const refused: unknown = await agree(planned(unswept, worst), false).catch((error: unknown) => error)
    const failure = failureOf(refused)
    assert.strictEqual(failure.code, "RUNCTL_E_NEEDS_CONFIRMATION")
    assert.include(failure.message, message)
    assert.include(failure.advice, "--yes")
  }
})

it("it is rented with --yes, with a sweeper that runs, where it ends itself, and where it is free", async () => {
  await agree(planned(unswept, 20), true)
  await agree(planned({ _tag: "Swept", message }, 20), false)
  await agree(planned({ _tag: "EndsItself" }, 20), false)
  await agree(planned(unswept, 0), false)
})

it("the plan says it in words, and a plan for a machine that ends itself does not", () => {
  const text = (left: LeftRunning): string => {
    const { limits, plan } = planned(left, 20)
    return renderPlan(viewPlan(plan, { left, limits }), plain, 0)
  }
  assert.include(text(unswept), message)
  assert.include(text({ _tag: "Swept", message }), message)
  assert.notInclude(text({ _tag: "EndsItself" }), "billing")
})

it("the price that was seen travels with the placement, so that another one is noticed", () => {
  const rent: Rent = { _tag: "Rent", provider: "cloud", query: {}, market: "on-demand" }
  assert.strictEqual(agreed(rent, planned(unswept, 20), false).agreedUsdPerHour, 2.1)
})

it("only a plan that is dearer now is asked about again: a list that lags would be asked about for ever", () => {
  const at = (price: number | undefined) => planned(unswept, 20, price)
  assert.isTrue(isDearer(at(2.1), at(2.6)))
  assert.isFalse(isDearer(at(2.1), at(2.1)))
  assert.isFalse(isDearer(at(2.6), at(2.1)))
})

it("when the first choice cannot be had, nothing is rented that nobody has said yes to", () => {
  const rent: Rent = { _tag: "Rent", provider: "any", query: {}, market: "on-demand" }
  const onlyOf = (left: LeftRunning, worstUsd: number, isSure: boolean, isSwept = false) =>
    agreed(rent, { ...planned(left, worstUsd, worstUsd === 0 ? 0 : 2), isSwept }, isSure).only
  assert.strictEqual(onlyOf({ _tag: "EndsItself" }, 0, false), "free")
  assert.strictEqual(onlyOf({ _tag: "EndsItself" }, 20, false), "endsItself")
  for (const asked of [
    onlyOf({ _tag: "EndsItself" }, 0, true),
    onlyOf({ _tag: "EndsItself" }, 20, true),
    onlyOf({ _tag: "EndsItself" }, 20, false, true),
    onlyOf(unswept, 20, false)
  ]) {
    assert.isUndefined(asked)
  }
  assert.deepStrictEqual(agreed(rent, planned(unswept, 20), true).among, ["cloud"])
  assert.isUndefined(agreed({ ...rent, provider: "cloud" }, planned(unswept, 20), true).among)
})
