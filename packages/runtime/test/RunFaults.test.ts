import { assert, describe, it } from "@effect/vitest"
import { JobError, MachineRefused } from "@runctl/core/JobError"
import { Stopped } from "@runctl/core/ResourceState"
import type { UseError } from "@runctl/core/TrainingProvider"
import { drive } from "@runctl/runtime/RunDriver"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { specOf } from "./fakeWorld.ts"

import { id, minute, hour, stage, begun, whole, made, until, logOf, unreachable, away } from "./fakeRun.ts"

describe("a run", () => {
  it.effect("waits while its provider is away, and goes on", () =>
    stage(["say", "1"], (s) =>
      Effect.gen(function* () {
        yield* s.cloud.refuse("offers", away, 20)
        yield* s.cloud.refuse("createResource", away, 20)
        yield* s.cloud.refuse("getResource", away, 20)
        const run = yield* whole(s)
        assert.strictEqual(run.state, "Completed")
        assert.strictEqual(yield* made(s.cloud), 1)
        assert.strictEqual(yield* s.living, 0)
      })
    )
  )

  it.effect("ends at its deadline when its provider never comes back, having rented nothing", () =>
    stage(
      ["say", "1"],
      (s) =>
        Effect.gen(function* () {
          yield* s.cloud.refuse("createResource", away, 2000)
          const run = yield* whole(s)
          assert.strictEqual(run.state, "Interrupted")
          assert.strictEqual(run.problem?.code, "RUNCTL_E_DEADLINE")
          assert.isAtMost(run.closedAt ?? Infinity, hour + 5 * minute)
          assert.strictEqual(yield* made(s.cloud), 0)
          assert.strictEqual(yield* s.living, 0)
        }),
      { spec: { deadlineAt: hour } }
    )
  )

  it.effect("rents no second machine while nobody can be asked what became of the first request", () =>
    stage(
      ["say", "1"],
      (s) =>
        Effect.gen(function* () {
          yield* s.cloud.loseAnswer("createResource")
          yield* s.cloud.refuse("listResources", away, 10)
          const run = yield* whole(s)
          assert.strictEqual(run.state, "Completed")
          assert.strictEqual(yield* made(s.cloud), 1)
          assert.strictEqual(yield* s.living, 0)
        }),
      { fake: { capabilities: { idempotency: "none" } } }
    )
  )

  it.effect("is not replaced while its machine cannot be reached and the provider says that it lives", () => {
    let darkUntil = 0
    const dark = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      now < darkUntil ? Effect.fail(unreachable) : Effect.void
    )
    return stage(
      ["say", "2", "sleep", "7200", "output", "model"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Started")
          darkUntil = (yield* Clock.currentTimeMillis) + hour
          yield* Effect.sleep("59 minutes")
          assert.lengthOf((yield* s.run).attempts, 1)
          assert.strictEqual((yield* s.run).phase, "Started")
          const run = yield* Fiber.join(driver)
          assert.strictEqual(run.state, "Completed")
          assert.lengthOf(run.attempts, 1)
          assert.strictEqual(yield* made(s.cloud), 1)
          assert.strictEqual(yield* logOf(1), "line 1\nline 2\n")
        }),
      {
        step: 2000,
        change: (using) => ({
          status: (machine, unit) => Effect.andThen(dark, using.status(machine, unit)),
          monitor: (machine, unit, options) =>
            Stream.mapEffect(using.monitor(machine, unit, options), (seen) => Effect.as(dark, seen))
        })
      }
    )
  })

  it.effect("begins again once the provider says that a machine nobody can reach is gone", () => {
    let isDark = false
    return stage(
      ["sleep", "60", "say", "1"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Started")
          isDark = true
          const [machine] = yield* s.cloud.machines
          if (machine !== undefined) yield* s.cloud.preempt(machine.id)
          while ((yield* s.run).attempts[0]?.interrupted === undefined) yield* Effect.sleep("1 second")
          isDark = false
          const run = yield* Fiber.join(driver)
          assert.strictEqual(run.attempts[0]?.interrupted, "preempted")
          assert.strictEqual(run.state, "Completed")
          assert.strictEqual(yield* s.living, 0)
        }),
      {
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

  it.effect("begins again when its machine is off and nobody can switch it on, and ends that machine", () => {
    const off: { id?: string } = {}
    const reached = <A>(machine: string, use: Effect.Effect<A, UseError>): Effect.Effect<A, UseError> =>
      Effect.suspend(() => (off.id === machine ? Effect.fail(unreachable) : use))
    return stage(
      ["sleep", "60", "say", "1"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Started")
          const [machine] = yield* s.cloud.machines
          if (machine !== undefined) off.id = machine.id
          const run = yield* Fiber.join(driver)
          assert.lengthOf(run.attempts, 2)
          assert.strictEqual(run.attempts[0]?.interrupted, "gone")
          assert.strictEqual(run.state, "Completed")
          assert.strictEqual(yield* s.living, 0)
        }),
      {
        provider: (provider) => ({
          ...provider,
          capabilities: { ...provider.capabilities, stop: "none" },
          getResource: (id) =>
            Effect.map(provider.getResource(id), (resource) =>
              id === off.id && resource.state._tag === "Running" ? { ...resource, state: Stopped } : resource
            )
        }),
        change: (using) => ({
          status: (machine, unit) => reached(machine, using.status(machine, unit)),
          monitor: (machine, unit, options) =>
            Stream.mapEffect(using.monitor(machine, unit, options), (seen) => reached(machine, Effect.succeed(seen)))
        })
      }
    )
  })

  it.effect("that is cancelled before it is placed rents nothing", () =>
    stage(["say", "1"], (s) =>
      Effect.gen(function* () {
        yield* s.request
        yield* s.cancel
        yield* drive(id)
        assert.strictEqual((yield* s.run).state, "Cancelled")
        assert.strictEqual(yield* made(s.cloud), 0)
      })
    )
  )

  for (const isGone of [false, true]) {
    it.effect(`that is cancelled while it runs${isGone ? " on a machine that is gone" : ""} ends cancelled`, () =>
      stage(
        ["say", "1", "output", "model", "sleep", "3600"],
        (s) =>
          Effect.gen(function* () {
            const driver = yield* begun(s)
            yield* until(s, "Started")
            yield* Effect.sleep("10 seconds")
            yield* Fiber.interrupt(driver)
            const [machine] = yield* s.cloud.machines
            if (isGone && machine !== undefined) yield* s.cloud.preempt(machine.id)
            yield* s.cancel
            yield* drive(id)
            const run = yield* s.run
            assert.strictEqual(run.state, isGone ? run.state : "Cancelled")
            assert.include(["Cancelled", "Interrupted"], run.state)
            assert.strictEqual(run.phase, "Closed")
            assert.strictEqual(yield* s.living, 0)
            if (!isGone) assert.strictEqual(run.outputs.state, "verified")
          }),
        { fake: { forgottenAfter: "0 seconds" } }
      )
    )
  }

  it.effect("keeps its machine until its outputs are at home, however often that fails", () => {
    let failures = 30
    return stage(
      ["output", "model"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Ended")
          yield* Effect.sleep("5 minutes")
          assert.strictEqual(yield* s.living, 1)
          const run = yield* Fiber.join(driver)
          assert.strictEqual(run.outputs.state, "verified")
          assert.strictEqual(run.state, "Completed")
        }),
      {
        change: (using) => ({
          collect: (...wanted) =>
            Effect.suspend(() => (failures-- > 0 ? Effect.fail(unreachable) : using.collect(...wanted)))
        })
      }
    )
  })

  it.effect("keeps its machine for the hold when its outputs can never be brought home, and ends it then", () => {
    const refused = new JobError({ operation: "outputs", reason: new MachineRefused({ message: "no" }) })
    return stage(
      ["output", "model"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Ended")
          const endedAt = (yield* s.run).endedAt ?? 0
          yield* Effect.sleep("29 minutes")
          assert.strictEqual(yield* s.living, 1)
          const run = yield* Fiber.join(driver)
          assert.strictEqual(run.outputs.state, "failed")
          assert.strictEqual(run.state, "Completed")
          assert.isAtLeast(run.closedAt ?? 0, endedAt + 30 * minute)
          assert.strictEqual(yield* s.living, 0)
        }),
      { spec: { holdSeconds: 1800 }, change: () => ({ collect: () => Effect.fail(refused) }) }
    )
  })

  it.effect("keeps its outputs in its own folder when the one that was named cannot be written", () =>
    Effect.gen(function* () {
      const { job } = specOf("fakejobs", ["output", "model"])
      yield* stage(
        ["output", "model"],
        (s) =>
          Effect.gen(function* () {
            const run = yield* whole(s)
            assert.strictEqual(run.outputs.state, "verified")
            assert.include(run.outputs.message, "/dev/null/out")
            assert.strictEqual(readFileSync(join(run.outputs.folder ?? "", "model"), "utf8"), "output of model\n")
          }),
        { spec: { job: { ...job, outputDest: "/dev/null/out" } } }
      )
    })
  )
})
