import { assert, describe, it } from "@effect/vitest"
import { OwnerId } from "@runctl/core/Ownership"
import type { Resource } from "@runctl/core/Resource"
import type { Companion } from "@runctl/core/TrainingProvider"
import { Endings } from "@runctl/runtime/Endings"
import * as Orphans from "@runctl/runtime/Orphans"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import { event } from "@runctl/runtime/Event"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { on, request } from "./fakeRents.ts"
import { alive, found, look, orphan, otherKey, planted, withPlanted } from "./plantedMachines.ts"

const at = ([first]: ReadonlyArray<Resource>): Resource => first ?? assert.fail("there is none")

describe("cleaning up", () => {
  it.effect("ends a proven surplus only after two sightings over the grace, and says when", () => {
    const machines: Array<Resource> = []
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const held = yield* (yield* Rents).rent(request())
          const launchTime = held.resource?.launchTime
          machines.push(planted("twice", held, launchTime === undefined ? {} : { launchTime }))
          const first = yield* Orphans.cleanMachine(yield* orphan("twice"), false)
          const now = yield* Clock.currentTimeMillis
          if (first._tag !== "Later") return assert.fail("it was ended at the first look")
          assert.isAtLeast(first.after, now)
          assert.isAtMost(first.after, now + 5 * 60_000)
          yield* Effect.sleep("5 minutes")
          assert.strictEqual((yield* Orphans.cleanMachine(yield* orphan("twice"), false))._tag, "Gone")
          assert.deepStrictEqual(alive(machines), [])
          assert.strictEqual((yield* found(held.resource?.id ?? ""))._tag, "Owned")
        }),
      withPlanted(machines)
    )
  })

  it.effect("ends what is not proven when a person has said so, and not before", () => {
    const machines: Array<Resource> = []
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const held = yield* (yield* Rents).rent(request())
          machines.push(
            planted("elsewhere", held, { key: otherKey }),
            planted("copy", held, { name: "experiment" }),
            planted("stranger", held, { owner: OwnerId.make("stranger") })
          )
          for (const id of ["elsewhere", "copy"]) {
            const error = yield* Effect.flip(Orphans.cleanMachine(yield* orphan(id), false))
            assert.strictEqual(error._tag, "NoOrphan")
          }
          assert.lengthOf(alive(machines), 3)
          for (const id of ["elsewhere", "copy"]) {
            assert.strictEqual((yield* Orphans.cleanMachine(yield* orphan(id), true))._tag, "Gone")
          }
          assert.deepStrictEqual(alive(machines), ["stranger"])
          assert.strictEqual((yield* (yield* Records).resource(otherKey))?.phase, "Gone")
          assert.strictEqual((yield* (yield* Records).resource(held.mark.key))?.phase, "Held")
          assert.lengthOf((yield* look).orphans.machines, 0)
        }),
      withPlanted(machines)
    )
  })

  it.effect("removes a key that serves all machines only when there are none", () => {
    const companions: Array<Companion> = []
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const held = yield* (yield* Rents).rent(request())
          companions.push({ id: "k1", kind: "ssh key", name: "runctl", owner: held.mark.owner, key: undefined })
          assert.lengthOf((yield* look).orphans.companions, 0)
          yield* (yield* Endings).end(held.mark.key, "us")
          const [unused] = (yield* look).orphans.companions
          if (unused?._tag !== "Unused") return assert.fail("it is not unused")
          assert.strictEqual((yield* Orphans.cleanCompanion(unused, false))._tag, "Gone")
          assert.deepStrictEqual(companions, [])
        }),
      withPlanted([], companions)
    )
  })
})

it.effect("a machine that is remembered as gone and is there is ended by whoever terminates it", () => {
  const machines: Array<Resource> = []
  return on(
    {},
    () =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const gone = yield* (yield* Rents).rent(request())
        yield* (yield* Endings).end(gone.mark.key, "us")
        const launchTime = gone.resource?.launchTime
        machines.push(planted("m-9", gone, launchTime === undefined ? {} : { launchTime }))
        yield* (yield* Records).append(`resource/${gone.mark.key}`, [event("InstanceLate", { resource: at(machines) })])
        yield* (yield* Endings).end(gone.mark.key, "us")
        machines.splice(0, 1, planted("m-9", gone, launchTime === undefined ? {} : { launchTime }))
        assert.lengthOf(alive(machines), 1)
        assert.strictEqual((yield* resources.terminate(gone.mark.key)).phase, "Gone")
        assert.deepStrictEqual(alive(machines), [])
      }),
    withPlanted(machines)
  )
})

it.effect("a list shows what should not be there as what it is, and writes it down once for a moment", () => {
  const machines: Array<Resource> = []
  return on(
    {},
    () =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const held = yield* (yield* Rents).rent(request())
        const gone = yield* (yield* Rents).rent({ ...request(), label: "given up" })
        yield* (yield* Endings).end(gone.mark.key, "us")
        const launchTime = gone.resource?.launchTime
        machines.push(
          planted("late", gone, launchTime === undefined ? {} : { launchTime }),
          planted("copy", held, { name: "experiment" }),
          planted("elsewhere", held, { key: otherKey })
        )
        const list = resources.list({ offline: false })
        const listing = yield* list
        yield* list
        const shown = Object.fromEntries(
          listing.resources.map(({ id, standing }) => [
            id === held.resource?.id ? "held" : id.split("/").at(-1),
            standing
          ])
        )
        assert.deepInclude(shown, { held: "ours", copy: "unproven", elsewhere: "elsewhere" })
        assert.include(["late", "surplus"], shown["late"])
        const record = yield* (yield* Records).resource(gone.mark.key)
        assert.deepStrictEqual(
          Object.values(record?.sightings ?? {}).map(({ count }) => count),
          [1]
        )
        assert.deepStrictEqual((yield* (yield* Records).resource(held.mark.key))?.sightings, undefined)
      }),
    withPlanted(machines)
  )
})
