import { assert, describe, it } from "@effect/vitest"
import { event } from "@runctl/runtime/Event"
import { EventBus } from "@runctl/runtime/EventBus"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"

const completed = event("RunCompleted", {})
const shutdown = event("ShutdownRequested", { by: "us" })

const withBus = <A, E>(play: (bus: EventBus["Service"]) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.flatMap(EventBus, play).pipe(
    Effect.scoped,
    Effect.provide(EventBus.layer),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

describe("the bus", () => {
  it.effect("tells every handler of a type, with where it came from, and no other", () =>
    withBus((bus) =>
      Effect.gen(function* () {
        const told: Array<string> = []
        const note = (name: string) =>
          bus.on("RunCompleted", (_, { run }) => Effect.sync(() => told.push(`${name} ${run}`)))
        yield* note("a")
        yield* note("b")
        yield* bus.on("RunFailed", () => Effect.sync(() => told.push("no")))
        yield* bus.emitAwait(completed, { run: "r" })
        assert.deepStrictEqual(told, ["a r", "b r"])
      })
    )
  )

  it.effect("does not wait for handlers, and drains when they are done", () =>
    withBus((bus) =>
      Effect.gen(function* () {
        let isDone = false
        yield* bus.on("RunCompleted", () =>
          Effect.andThen(
            Effect.sleep("1 second"),
            Effect.sync(() => void (isDone = true))
          )
        )
        yield* bus.emit(completed)
        assert.isFalse(isDone)
        const drained = yield* Effect.forkChild(bus.drain)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(drained)
        assert.isTrue(isDone)
      })
    )
  )

  it.effect("forgets a handler with its scope", () =>
    withBus((bus) =>
      Effect.gen(function* () {
        let count = 0
        yield* Effect.scoped(
          Effect.andThen(
            bus.on("RunCompleted", () => Effect.sync(() => void count++)),
            bus.emitAwait(completed)
          )
        )
        yield* bus.emitAwait(completed)
        assert.strictEqual(count, 1)
      })
    )
  )

  for (const [how, broken] of [
    ["fails", () => Effect.fail("no")],
    ["dies", () => Effect.die("no")],
    [
      "throws",
      () => {
        throw new Error("no")
      }
    ]
  ] as const) {
    it.effect(`hurts nobody when a handler ${how}`, () =>
      withBus((bus) =>
        Effect.gen(function* () {
          let count = 0
          yield* bus.on("RunCompleted", broken)
          yield* bus.on("RunCompleted", () => Effect.sync(() => void count++))
          yield* bus.emitAwait(completed)
          yield* bus.emit(completed)
          yield* bus.drain
          assert.strictEqual(count, 2)
          yield* bus.on("ShutdownRequested", broken)
          assert.strictEqual((yield* Effect.flip(bus.request(shutdown)))._tag, "RequestNotAccepted")
          yield* bus.on("ShutdownRequested", () => Effect.void)
          yield* bus.request(shutdown)
        })
      )
    )
  }

  it.effect("refuses a request that nobody handles, or accepts in 300 seconds", () =>
    withBus((bus) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(bus.request(shutdown))).type, "ShutdownRequested")
        yield* bus.on("ShutdownRequested", () => Effect.never)
        const asked = yield* Effect.forkChild(Effect.flip(bus.request(shutdown)))
        yield* TestClock.adjust("299 seconds")
        assert.isUndefined(asked.pollUnsafe())
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(asked))._tag, "RequestNotAccepted")
      })
    )
  )
})
