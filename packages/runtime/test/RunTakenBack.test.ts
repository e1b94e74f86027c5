import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { begun, made, stage, unreachable, until } from "./fakeRun.ts"

describe("a run", () => {
  for (const isOurs of [false, true]) {
    const title = isOurs
      ? "goes on with its machine when that was stopped and is started again"
      : "begins again elsewhere when its machine was taken back and kept stopped, and ends that one"
    it.effect(title, () => {
      let isDark = false
      return stage(
        ["sleep", "60", "say", "1"],
        (s) =>
          Effect.gen(function* () {
            const driver = yield* begun(s)
            yield* until(s, "Started")
            isDark = true
            const [machine] = yield* s.cloud.machines
            if (machine === undefined) return assert.fail("it has no machine")
            if (isOurs) yield* Effect.orDie(s.provider.stopResource(machine.id))
            else yield* s.cloud.preempt(machine.id)
            if (isOurs) yield* Effect.sleep("2 minutes")
            else while ((yield* made(s.cloud)) < 2) yield* Effect.sleep("1 second")
            isDark = false
            if (isOurs) yield* Effect.orDie(s.provider.startResource(machine.id))
            const run = yield* Fiber.join(driver)
            assert.strictEqual(run.attempts[0]?.interrupted, isOurs ? undefined : "preempted")
            assert.strictEqual(yield* made(s.cloud), isOurs ? 1 : 2)
            assert.strictEqual(run.state, "Completed")
            assert.strictEqual(yield* s.living, 0)
          }),
        {
          fake: { keepsPreempted: true },
          change: (using) => ({
            status: (machine, unit) =>
              Effect.suspend(() => (isDark ? Effect.fail(unreachable) : using.status(machine, unit))),
            monitor: (machine, unit, options) =>
              Stream.mapEffect(using.monitor(machine, unit, options), (seen) =>
                isDark ? Effect.fail(unreachable) : Effect.succeed(seen)
              )
          })
        }
      )
    })
  }
})
