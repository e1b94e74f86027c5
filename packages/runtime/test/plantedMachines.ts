import { assert } from "@effect/vitest"
import { ResourceKey, toName } from "@runctl/core/Ownership"
import { isBillable, type Resource, resourceId } from "@runctl/core/Resource"
import { Running, Terminated } from "@runctl/core/ResourceState"
import type { AnyTrainingProvider, Companion } from "@runctl/core/TrainingProvider"
import * as Orphans from "@runctl/runtime/Orphans"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"

/** A machine like another one, but for what is changed. */
export const planted = (id: string, { mark, resource }: ResourceRecord, change: Partial<Resource> = {}): Resource => ({
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

export const otherKey = ResourceKey.make("z".repeat(20))

/** A cloud with machines that it never rented to us, and which it ends when it is told to. */
export const withPlanted =
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

export const look = Effect.gen(function* () {
  const survey = yield* (yield* Sweeper).survey(["fake"])
  return { ...survey, orphans: Orphans.among(survey) }
})

export const found = (id: string) =>
  Effect.gen(function* () {
    const { findings } = yield* look
    return Orphans.called(findings, id) ?? (yield* Effect.die(new Error(`no ${id}`)))
  })

export const orphan = (id: string) =>
  Effect.gen(function* () {
    const { orphans } = yield* look
    const machine = orphans.machines.find(({ resource }) => resource.id.endsWith(id))
    return machine ?? (yield* Effect.die(new Error(`no orphan ${id}`)))
  })

export const alive = (machines: ReadonlyArray<Resource>) =>
  machines.filter(isBillable).map(({ id }) => id.split("/").at(-1))
