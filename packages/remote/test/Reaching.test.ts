import { assert, it } from "@effect/vitest"
import type { Preparation } from "@runctl/core/Job"
import { JobError, MachineRefused, MachineUnreachable } from "@runctl/core/JobError"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { untilReached } from "@runctl/remote/Reaching"

const unreachable = new JobError({
  operation: "status",
  reason: new MachineUnreachable({ message: "connection refused" })
})

const watched = () => {
  const said: Array<string> = []
  const emit = (event: Preparation) =>
    Effect.sync(() => {
      if (event._tag === "Step") said.push(`${event.step}: ${event.message}`)
    })
  return { said, emit }
}

it.effect("a machine that comes up late is waited for, and told about meanwhile", () =>
  Effect.gen(function* () {
    const { emit, said } = watched()
    let tries = 0
    const reaching = Effect.suspend(() => (++tries < 5 ? Effect.fail(unreachable) : Effect.succeed(tries)))
    const fiber = yield* Effect.forkChild(untilReached(reaching, emit))
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual(yield* Fiber.join(fiber), 5)
    assert.strictEqual(said.length, 4)
    assert.strictEqual(said[0], "connection: waiting for the machine (0 s): connection refused")
    assert.match(said[3] ?? "", /\([1-9] s\)/)
  })
)

it.effect("a machine that never answers is given up after 300 s, with the last reason", () =>
  Effect.gen(function* () {
    const { emit, said } = watched()
    const fiber = yield* Effect.forkChild(Effect.flip(untilReached(Effect.fail(unreachable), emit)))
    yield* TestClock.adjust("299 seconds")
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust("2 seconds")
    const error = yield* Fiber.join(fiber)
    assert.strictEqual(error.reason._tag, "PreparationFailed")
    assert.include(error.message, "within 5m: connection refused")
    assert.isAbove(said.length, 55)
    assert.isBelow(said.length, 80)
  })
)

it.effect("a machine that does not let us in is not asked again", () =>
  Effect.gen(function* () {
    const { emit, said } = watched()
    const refused = new JobError({ operation: "status", reason: new MachineRefused({ message: "no key fits" }) })
    assert.strictEqual(yield* Effect.flip(untilReached(Effect.fail(refused), emit)), refused)
    assert.deepStrictEqual(said, [])
  })
)
