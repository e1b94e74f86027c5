import { assert, describe, it } from "@effect/vitest"
import { Records } from "@runctl/runtime/Records"
import { drive } from "@runctl/runtime/RunDriver"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import { join } from "node:path"

import { type Cloud, id, stage, begun, whole, made, until, logOf, unreachable } from "./fakeRun.ts"

describe("a run", () => {
  it.effect("is carried to its end, its log and outputs at home, its one machine gone and paid for", () =>
    stage(["say", "3", "output", "model", "sleep", "600", "say", "1"], (s) =>
      Effect.gen(function* () {
        const run = yield* whole(s)
        assert.strictEqual(run.state, "Completed")
        assert.strictEqual(run.phase, "Closed")
        assert.strictEqual(run.outputs.state, "verified")
        assert.strictEqual(readFileSync(join(s.folder, "out", "model"), "utf8"), "output of model\n")
        assert.strictEqual(yield* logOf(1), "line 1\nline 2\nline 3\nline 1\n")
        assert.strictEqual(yield* s.living, 0)
        assert.strictEqual(yield* made(s.cloud), 1)
        assert.isAtLeast(run.chargedNanoUsd ?? 0, (50_000_000 * 600) / 3600)
        const [machine] = yield* (yield* Records).resources
        assert.strictEqual(machine?.chargedNanoUsd, run.chargedNanoUsd)
      })
    )
  )

  it.effect("that fails keeps the exit code and what it left", () =>
    stage(["output", "core", "exit", "3"], (s) =>
      Effect.gen(function* () {
        const run = yield* whole(s)
        assert.strictEqual(run.state, "Failed")
        assert.strictEqual(run.exitCode, 3)
        assert.strictEqual(run.outputs.state, "verified")
        assert.strictEqual(yield* s.living, 0)
      })
    )
  )

  it.effect("that was preempted goes on from its newest checkpoint on another machine", () => {
    const resumed: Array<string | undefined> = []
    return stage(
      ["say", "1", "checkpoint", "a", "sleep", "300", "checkpoint", "b", "sleep", "600"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Started")
          while ((yield* s.run).checkpoints.length < 2) yield* Effect.sleep("1 second")
          const [machine] = yield* s.cloud.machines
          if (machine !== undefined) yield* s.cloud.preempt(machine.id)
          const run = yield* Fiber.join(driver)
          assert.strictEqual(run.state, "Completed")
          assert.lengthOf(run.attempts, 2)
          assert.isDefined(run.attempts[0]?.interrupted)
          assert.isUndefined(resumed[0])
          assert.strictEqual(readFileSync(resumed[1] ?? "", "utf8"), "checkpoint b\n")
          assert.strictEqual(yield* s.living, 0)
          assert.strictEqual(yield* made(s.cloud), 2)
        }),
      {
        change: (using) => ({
          train: (machine, request) => {
            resumed.push(request.resumeFrom)
            return using.train(machine, request)
          }
        })
      }
    )
  })

  for (const forgottenAfter of ["0 seconds", "1 hour"] as const) {
    for (const step of ["prepare", "train"] as const) {
      it.effect(
        `whose machine is gone before its job has started (${step}, known for ${forgottenAfter}) begins again`,
        () => {
          let failures = 1
          let cloud: Cloud | undefined
          const killed = (machine: Parameters<Cloud["preempt"]>[0]) =>
            Effect.suspend(() =>
              failures-- > 0 && cloud !== undefined
                ? Effect.andThen(cloud.preempt(machine), Effect.fail(unreachable))
                : Effect.void
            )
          return stage(
            ["say", "1"],
            (s) =>
              Effect.gen(function* () {
                cloud = s.cloud
                const run = yield* whole(s)
                assert.strictEqual(run.state, "Completed")
                assert.lengthOf(run.attempts, 2)
                assert.strictEqual(yield* s.living, 0)
              }),
            {
              fake: { forgottenAfter },
              change: (using) => ({
                prepare: (machine, request) =>
                  step === "prepare"
                    ? Stream.unwrap(Effect.as(killed(machine), using.prepare(machine, request)))
                    : using.prepare(machine, request),
                train: (machine, request) =>
                  step === "train"
                    ? Effect.andThen(killed(machine), using.train(machine, request))
                    : using.train(machine, request)
              })
            }
          )
        }
      )
    }
  }

  for (const seed of Array.from({ length: 15 }, (_, index) => index)) {
    it.effect(`that is cut off anywhere and begun again is completed on one machine (seed ${seed})`, () =>
      stage(
        ["say", "5", "checkpoint", "a", "sleep", "5", "say", "5", "output", "model", "sleep", "2"],
        (s) =>
          Effect.gen(function* () {
            yield* s.request
            while ((yield* s.run).phase !== "Closed") {
              const driver = yield* Effect.forkChild(drive(id))
              yield* Effect.race(Fiber.await(driver), Effect.sleep(yield* Random.nextIntBetween(1, 2500)))
              yield* Fiber.interrupt(driver)
            }
            const run = yield* s.run
            assert.strictEqual(run.state, "Completed")
            assert.lengthOf(run.attempts, 1)
            assert.strictEqual(yield* made(s.cloud), 1)
            assert.strictEqual(yield* s.living, 0)
            const lines = "line 1\nline 2\nline 3\nline 4\nline 5\n"
            assert.strictEqual(yield* logOf(1), `${lines}{"checkpoint":"a"}\n${lines}`)
          }).pipe(Random.withSeed(seed)),
        {
          step: 50,
          fake: {
            bootsFor: "1 second",
            endsFor: "1 second",
            capabilities: { idempotency: seed % 2 === 0 ? "token" : "none" }
          },
          provider: (provider) => ({
            ...provider,
            createResource: (wanted) => Effect.delay(provider.createResource(wanted), "700 millis")
          })
        }
      )
    )
  }
})
