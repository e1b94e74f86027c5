import { assert, describe, it } from "@effect/vitest"
import { OwnerId } from "@runctl/core/Ownership"
import type { Resource } from "@runctl/core/Resource"
import { Endings } from "@runctl/runtime/Endings"
import * as Orphans from "@runctl/runtime/Orphans"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import type * as Sweep from "@runctl/runtime/Sweep"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { hour, on, request } from "./fakeRents.ts"
import { alive, found, otherKey, planted, withPlanted } from "./plantedMachines.ts"

describe("taking over", () => {
  it.effect(
    "makes another installation's machine ours until its own deadline, and it is ended like every other",
    () => {
      const machines: Array<Resource> = []
      return on(
        {},
        () =>
          Effect.gen(function* () {
            const held = yield* (yield* Rents).rent(request())
            machines.push(planted("theirs", held, { key: otherKey, name: "x" }))
            const record = yield* Orphans.adopt(yield* found("theirs"), undefined)
            assert.strictEqual(record.deadlineAt, held.deadlineAt)
            assert.strictEqual((yield* found("theirs"))._tag, "Owned")
            assert.strictEqual(
              (yield* Effect.flip(Orphans.adopt(yield* found("theirs"), undefined)))._tag,
              "CannotAdopt"
            )
            yield* (yield* Endings).end(otherKey, "us")
            assert.deepStrictEqual(alive(machines), [])
          }),
        withPlanted(machines)
      )
    }
  )

  it.effect("gives a machine without a deadline to come the one that it is told, in the same breath", () => {
    const machines: Array<Resource> = []
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const held = yield* (yield* Rents).rent(request())
          const { deadline: _, ...endless } = planted("endless", held, { key: otherKey })
          machines.push(endless)
          const refused = yield* Effect.flip(Orphans.adopt(yield* found("endless"), undefined))
          assert.match(refused.message, /no deadline/)
          const record = yield* Orphans.adopt(yield* found("endless"), 2 * hour)
          assert.isAbove(record.deadlineAt, hour)
        }),
      withPlanted(machines)
    )
  })

  it.effect("refuses another owner's, and changes nothing", () => {
    const machines: Array<Resource> = []
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const held = yield* (yield* Rents).rent(request())
          machines.push(planted("stranger", held, { key: otherKey, owner: OwnerId.make("stranger") }))
          const error = yield* Effect.flip(Orphans.adopt(yield* found("stranger"), hour))
          assert.strictEqual(error._tag, "NotOurs")
          assert.lengthOf(yield* (yield* Records).resources, 1)
        }),
      withPlanted(machines)
    )
  })

  const Finding = Schema.Struct({
    tag: Schema.Literals(["Owned", "Late", "Surplus", "Unproven", "Elsewhere", "Expired", "Strange"]),
    deadline: Schema.Literals(["none", "past", "ahead"]),
    lives: Schema.Literals([0, 1])
  })

  it.effect.prop(
    "is possible for machines of our owner with an unknown key alone, and never without a deadline to come",
    [Finding],
    ([{ deadline, lives, tag }]) =>
      on({}, () =>
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(request())
          const { deadline: _, ...bare } = planted("any", record)
          const resource: Resource =
            deadline === "none" ? bare : { ...bare, deadline: DateTime.makeUnsafe(deadline === "past" ? 1 : hour) }
          const finding: Sweep.Finding =
            tag === "Unproven"
              ? { _tag: tag, resource, record, why: "" }
              : tag === "Owned" || tag === "Late" || tag === "Surplus"
                ? { _tag: tag, resource, record }
                : { _tag: tag, resource }
          const until = Orphans.adoptable(finding, lives === 1 ? hour : undefined, 1000)
          const mayBe = (tag === "Elsewhere" || tag === "Expired") && (lives === 1 || deadline === "ahead")
          assert.strictEqual(typeof until === "number", mayBe)
          if (typeof until === "number") assert.isAbove(until, 1000)
        })
      ),
    { arbitrary: { runs: 40 } }
  )
})
