import { assert, describe, it } from "@effect/vitest"
import { type Resource, ResourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { ready } from "@runctl/runtime/MachineClocks"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

describe("waiting for a machine", () => {
  const lookedAt = (state: ResourceState.ResourceState, madeAgo: Duration.Input) =>
    Effect.gen(function* () {
      const looks: Array<number> = []
      const { provider } = FakeProvider.make({ name: "fake" })
      const getResource = () =>
        Effect.map(Clock.currentTimeMillis, (now): Resource => {
          looks.push(now)
          return Object.assign(Object.create(null), { state: ResourceState.Running })
        })
      const machine = ResourceId.make("fake/here/one")
      const madeAt = yield* Clock.currentTimeMillis
      yield* TestClock.adjust(madeAgo)
      const waiting = ready({ ...provider, getResource }, { id: machine, state }, madeAt)
      const fiber = yield* Effect.forkChild(waiting)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      return looks.map((at) => at - madeAt)
    })

  it.effect("asks nothing in the first moment of one that the create answered was starting", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* lookedAt(ResourceState.Starting, 0), [300])
      assert.deepStrictEqual(yield* lookedAt(ResourceState.Starting, "200 millis"), [300])
    })
  )

  it.effect("asks at once about one that runs, or was made a while ago", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* lookedAt(ResourceState.Running, 0), [0])
      assert.deepStrictEqual(yield* lookedAt(ResourceState.Starting, "1 hour"), [3_600_000])
    })
  )
})
