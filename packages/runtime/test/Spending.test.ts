import { assert, describe, it } from "@effect/vitest"
import * as Money from "@runctl/core/Money"
import { ResourceId } from "@runctl/core/Resource"
import { event } from "@runctl/runtime/Event"
import { type Action, stoppingSeconds } from "@runctl/runtime/Spending"
import { specOf } from "./fakeWorld.ts"
import { hour, keyOf, Memory, price, rent, runOf, scope, second } from "./spent.ts"

const typesIn = (actions: ReadonlyArray<Action>, stream: string): ReadonlyArray<string> =>
  actions.flatMap((action) =>
    action._tag === "Append" && action.stream.startsWith(stream) ? action.events.map(({ type }) => type) : []
  )

describe("a budget", () => {
  it("is told of at 50, 80 and 100 percent, once each, by itself and by every run at its cost", () => {
    const memory = new Memory()
    rent(memory, { index: 1, usdPerHour: 1, capUsd: 10, deadlineAt: 7 * hour }, 0)
    // It costs more than was thought, so that it comes near the cap at all.
    price(memory, 1, 2, 1)
    const told = Array.from({ length: 600 }, (_, minute) => memory.look(minute * 60 * second))
    for (const stream of ["budget/", "run/"]) {
      const percents = told.flatMap((actions) =>
        actions.flatMap((action) =>
          action._tag === "Append" && action.stream.startsWith(stream)
            ? action.events.flatMap((fact) => (fact.type === "BudgetWarned" ? [fact.payload.percent] : []))
            : []
        )
      )
      assert.deepStrictEqual(percents, [50, 80, 100], stream)
    }
  })

  it("is told of anew when its cap was changed", () => {
    const memory = new Memory()
    rent(memory, { index: 1, usdPerHour: 1, capUsd: 10, deadlineAt: 2 * hour }, 0)
    price(memory, 1, 3, 1)
    assert.include(typesIn(memory.look(2 * hour), "budget/"), "BudgetWarned")
    rent(memory, { index: 2, usdPerHour: 0.1, capUsd: 11, deadlineAt: 3 * hour }, 2 * hour + 1)
    const again = memory.look(2 * hour + 2)
    assert.include(typesIn(again, "budget/"), "BudgetWarned")
  })

  it("at prices that stay ends nothing: what was admitted was affordable", () => {
    const memory = new Memory()
    rent(memory, { index: 1, usdPerHour: 1, capUsd: 7.03, deadlineAt: 5 * hour }, 0)
    for (let at = 0; at <= 5 * hour + 90 * second; at += 30 * second) {
      assert.notInclude(typesIn(memory.look(at), "run/"), "RunCancelRequested", `at ${at / second}`)
    }
  })

  it("ends a run politely when no more is left than that costs, and its machine once it has had its time", () => {
    const memory = new Memory()
    const record = rent(memory, { index: 1, usdPerHour: 1, capUsd: 8, deadlineAt: 5 * hour }, 0)
    price(memory, 1, 4, 1)
    let at = 0
    while (!typesIn(memory.look(at), "run/").includes("RunCancelRequested") && at < 9 * hour) at += 30 * second
    const left = 8 - (at / hour) * 4
    // Grace, ten minutes, and two looks.
    assert.isAtMost(left, (4 * (90 + 600 + 120)) / 3600)
    assert.isAbove(left, (4 * (90 + 600)) / 3600)
    assert.deepStrictEqual(memory.runs.get(runOf(1))?.exceeded?.scope, scope)
    const reserve = record?.reserve
    if (reserve === undefined) return assert.fail("nothing is remembered of the reservation")
    const soon = memory.look(at + stoppingSeconds(reserve) * second - 1)
    assert.isEmpty(soon.filter(({ _tag }) => _tag === "End"))
    const late = memory.look(at + stoppingSeconds(reserve) * second)
    assert.deepStrictEqual(
      late.filter(({ _tag }) => _tag === "End"),
      [{ _tag: "End", key: keyOf(1) }]
    )
  })

  it("ends a machine without a run at once, and tells why in its stream", () => {
    const memory = new Memory()
    rent(memory, { index: 1, usdPerHour: 1, capUsd: 8, deadlineAt: 5 * hour, hasRun: false }, 0)
    price(memory, 1, 4, 1)
    const actions = memory.look(2 * hour)
    assert.deepStrictEqual(typesIn(actions, "resource/"), ["BudgetExceeded"])
    assert.lengthOf(
      actions.filter(({ _tag }) => _tag === "End"),
      1
    )
  })

  it("lets a job on a machine it borrows end politely before the machine is ended", () => {
    const memory = new Memory()
    rent(memory, { index: 1, usdPerHour: 1, capUsd: 8, deadlineAt: 5 * hour, hasRun: false }, 0)
    price(memory, 1, 4, 1)
    const id = runOf(9)
    const resource = ResourceId.make(`fake/r/${keyOf(1)}`)
    const spec = specOf("fake", [], { placement: { _tag: "On", resource } })
    memory.write(`run/${id}`, event("RunRequested", { spec }), 0)
    const actions = memory.look(2 * hour)
    assert.deepStrictEqual(typesIn(actions, `run/${id}`), ["BudgetWarned", "BudgetExceeded", "RunCancelRequested"])
    assert.isEmpty(actions.filter(({ _tag }) => _tag === "End"))
    memory.write(`run/${id}`, event("RunCancelled", {}), 2 * hour + 1)
    memory.write(`run/${id}`, event("RunClosed", { chargedNanoUsd: Money.zero }), 2 * hour + 1)
    assert.lengthOf(
      memory.look(2 * hour + 2).filter(({ _tag }) => _tag === "End"),
      1
    )
  })
})
