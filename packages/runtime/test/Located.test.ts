import { assert, describe, it } from "@effect/vitest"
import * as ProviderError from "@runctl/core/ProviderError"
import { type Resource, ResourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Located from "@runctl/runtime/Located"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"

const id = ResourceId.make("fake/here/one")

/** A provider with one machine, whose state is what a test says, and which counts how often it is asked. */
const asked = (first: ResourceState.ResourceState) => {
  const world: { state: ResourceState.ResourceState | undefined; times: number } = { state: first, times: 0 }
  const { provider } = FakeProvider.make({ name: "fake" })
  const shown = Effect.suspend(() => {
    world.times += 1
    const reason = new ProviderError.NotFound({ message: "gone" })
    return world.state === undefined
      ? Effect.fail(new ProviderError.ProviderError({ provider: "fake", operation: "getResource", reason }))
      : Effect.succeed<Resource>(Object.assign(Object.create(null), { id, state: world.state, times: world.times }))
  })
  const as: AnyTrainingProvider = {
    ...provider,
    getResource: () => shown,
    startResource: () => shown,
    stopResource: () => shown,
    terminate: () => Effect.void
  }
  return { world, ...Located.make(as) }
}

describe("a machine that was seen running", () => {
  it.effect("is not asked for again by whoever goes to it in the next seconds, and is after them", () =>
    Effect.gen(function* () {
      const { locate, provider, world } = asked(ResourceState.Running)
      const seen = yield* provider.getResource(id)
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* locate(id), seen)
      assert.strictEqual(world.times, 1)
      yield* TestClock.adjust("1 milli")
      assert.notStrictEqual(yield* locate(id), seen)
      assert.strictEqual(world.times, 2)
    })
  )

  it.effect("is asked for all the same by whoever wants to know how it is", () =>
    Effect.gen(function* () {
      const { locate, provider, world } = asked(ResourceState.Running)
      yield* locate(id)
      yield* provider.getResource(id)
      assert.strictEqual(world.times, 2)
    })
  )

  it.effect("is forgotten as soon as it is seen otherwise", () =>
    Effect.gen(function* () {
      for (const state of [ResourceState.Stopped, ResourceState.Starting, undefined]) {
        const { locate, provider, world } = asked(ResourceState.Running)
        yield* locate(id)
        world.state = state
        yield* Effect.ignore(provider.getResource(id))
        yield* Effect.ignore(locate(id))
        assert.strictEqual(world.times, 3)
      }
    })
  )

  it.effect("is forgotten when it is ended, stopped or started from here", () =>
    Effect.gen(function* () {
      const changes = ["terminate", "stopResource", "startResource"] as const
      for (const change of changes) {
        const { locate, provider, world } = asked(ResourceState.Running)
        yield* locate(id)
        yield* provider[change](id)
        const before = world.times
        yield* locate(id)
        assert.strictEqual(world.times, before + 1)
      }
    })
  )
})

it.effect("a machine that was not running when it was seen is asked for again at once", () =>
  Effect.gen(function* () {
    const { locate, world } = asked(ResourceState.Starting)
    yield* locate(id)
    yield* locate(id)
    assert.strictEqual(world.times, 2)
  })
)
