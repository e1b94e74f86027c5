import { assert, describe, it } from "@effect/vitest"
import { OwnerId, ResourceKey, toName } from "@runctl/core/Ownership"
import { isBillable, type Resource, resourceId } from "@runctl/core/Resource"
import { Running, Terminated } from "@runctl/core/ResourceState"
import type { AnyTrainingProvider, Companion } from "@runctl/core/TrainingProvider"
import { Endings } from "@runctl/runtime/Endings"
import * as Orphans from "@runctl/runtime/Orphans"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import * as Sweep from "@runctl/runtime/Sweep"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { hour, on, request } from "./fakeRents.ts"

const planted = (id: string, { mark, resource }: ResourceRecord, change: Partial<Resource> = {}): Resource => ({
  name: toName(mark),
  tags: {},
  state: Running,
  costPerHour: resource?.costPerHour ?? assert.fail("it has no price"),
  owner: mark.owner,
  key: mark.key,
  launchTime: DateTime.makeUnsafe(0),
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000),
  ...change,
  id: resourceId("fake", "fake-1", id)
})

const otherKey = ResourceKey.make("z".repeat(20))

/** A cloud with machines that it never rented to us, and which it ends when it is told to. */
const withPlanted =
  (machines: Array<Resource>, companions: Array<Companion> = []) =>
  (provider: AnyTrainingProvider): AnyTrainingProvider => ({
    ...provider,
    listResources: Effect.map(provider.listResources, (all) => [...all, ...machines]),
    getResource: (id) => {
      const found = machines.find((each) => each.id === id)
      return found === undefined ? provider.getResource(id) : Effect.succeed(found)
    },
    terminate: (id) => {
      const index = machines.findIndex((each) => each.id === id)
      const found = machines[index]
      if (found === undefined) return provider.terminate(id)
      return Effect.sync(() => void machines.splice(index, 1, { ...found, state: Terminated }))
    },
    companions: {
      list: Effect.sync(() => [...companions]),
      remove: (id) =>
        Effect.sync(() => {
          const index = companions.findIndex((each) => each.id === id)
          if (index >= 0) companions.splice(index, 1)
        })
    }
  })

const look = Effect.gen(function* () {
  const survey = yield* (yield* Sweeper).survey(["fake"])
  return { ...survey, orphans: yield* Orphans.among(survey) }
})

const found = (id: string) =>
  Effect.gen(function* () {
    const { findings } = yield* look
    return Orphans.called(findings, id) ?? (yield* Effect.die(new Error(`no ${id}`)))
  })

const orphan = (id: string) =>
  Effect.gen(function* () {
    const { orphans } = yield* look
    const machine = orphans.machines.find(({ resource }) => resource.id.endsWith(id))
    return machine ?? (yield* Effect.die(new Error(`no orphan ${id}`)))
  })

const alive = (machines: ReadonlyArray<Resource>) => machines.filter(isBillable).map(({ id }) => id.split("/").at(-1))

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
