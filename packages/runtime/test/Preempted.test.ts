import { assert, describe, it } from "@effect/vitest"
import type { Using } from "@runctl/core/TrainingProvider"
import { Journal } from "@runctl/runtime/Journal"
import { streams } from "@runctl/runtime/Projections"
import { ofNotice } from "@runctl/runtime/RunEvidence"
import { Records } from "@runctl/runtime/Records"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { readFileSync } from "node:fs"
import { begun, made, type Stage, stage, until, whole } from "./fakeRun.ts"
import { noCapacity, typesOf } from "./fakeRents.ts"
import { rentOf } from "./fakeWorld.ts"

const spot = { placement: rentOf("fakejobs", { market: "spot", query: { market: "spot" } }) }
const job = ["say", "1", "checkpoint", "a", "sleep", "300", "checkpoint", "b", "sleep", "600", "output", "model"]

/** Takes the newest machine back. */
const preempt = ({ cloud }: Stage) =>
  Effect.flatMap(cloud.machines, (all) => {
    const newest = all.at(-1)
    return newest === undefined ? Effect.die(new Error("no machine")) : cloud.preempt(newest.id)
  })

describe("a spot machine that is taken back", () => {
  it.effect("interrupts the attempt with the provider's evidence, and is recorded as taken back", () => {
    const resumed: Array<string | undefined> = []
    return stage(
      job,
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Started")
          while ((yield* s.run).checkpoints.length < 2) yield* Effect.sleep("1 second")
          yield* preempt(s)
          const run = yield* Fiber.join(driver)
          assert.strictEqual(run.state, "Completed")
          assert.deepInclude(run.attempts[0], {
            interrupted: "preempted",
            why: "the provider took the machine back: the fake cloud knows"
          })
          const [first, second] = run.attempts
          const types = yield* typesOf(first?.key ?? "")
          assert.includeMembers([...types], ["InstancePreempted", "InstanceDestroyed"])
          const record = yield* (yield* Records).resource(first?.key ?? "")
          assert.deepInclude(record, { phase: "Gone", endingBy: "preempted" })
          assert.notInclude(yield* typesOf(second?.key ?? ""), "InstancePreempted")
          assert.strictEqual(readFileSync(resumed[1] ?? "", "utf8"), "checkpoint b\n")
          assert.strictEqual(yield* s.living, 0)
        }),
      {
        spec: spot,
        change: (using) => ({
          train: (machine, request) => {
            resumed.push(request.resumeFrom)
            return using.train(machine, request)
          }
        })
      }
    )
  })

  it.effect(
    "has told its job, whose last checkpoint is home before the doomed machine is ended and another had",
    () => {
      let machines: Using | undefined
      return stage(
        ["say", "1", "checkpoint", "a", "sleep", "600", "output", "model"],
        (s) =>
          Effect.gen(function* () {
            const driver = yield* begun(s)
            yield* until(s, "Started")
            while ((yield* s.run).checkpoints.length < 1) yield* Effect.sleep("1 second")
            const [first] = (yield* s.run).attempts
            if (first?.resource === undefined) return assert.fail("nothing was rented")
            // What the job runner does when the probe has seen a notice.
            yield* machines?.stop(first.resource, first.unit, { graceSeconds: 90, reason: "preempted" }) ?? Effect.void
            const run = yield* Fiber.join(driver)
            assert.strictEqual(run.state, "Completed")
            assert.lengthOf(run.attempts, 2)
            assert.strictEqual(run.attempts[0]?.interrupted, "preempted")
            assert.notStrictEqual(first.resource, run.attempts[1]?.resource)
            assert.deepStrictEqual(
              (yield* typesOf(first.key ?? "")).filter((type) => type === "InstancePreempted"),
              ["InstancePreempted"]
            )
            assert.strictEqual(yield* made(s.cloud), 2)
            assert.strictEqual(yield* s.living, 0)
            // What is gone already was not taken back by whoever looks again.
            yield* ofNotice(run)
            assert.notInclude(yield* typesOf(run.attempts[1]?.key ?? ""), "InstancePreempted")
          }),
        {
          spec: spot,
          change: (using) => {
            machines = using
            return {}
          }
        }
      )
    }
  )

  it.effect("is replaced three times, and then the run waits for whoever resumes it", () =>
    stage(
      ["say", "1", "checkpoint", "a", "sleep", "3600"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          for (let attempt = 1; attempt <= 4; attempt++) {
            while ((yield* s.run).attempts.length < attempt || (yield* s.run).phase !== "Started") {
              yield* Effect.sleep("1 second")
            }
            yield* Effect.sleep("5 seconds")
            yield* preempt(s)
          }
          const run = yield* Fiber.join(driver)
          assert.strictEqual(run.state, "Interrupted")
          assert.strictEqual(run.problem?.code, "RUNCTL_E_INTERRUPTED")
          assert.include(run.problem?.message ?? "", "the fake cloud knows")
          assert.include(run.problem?.advice ?? "", "--resume")
          assert.lengthOf(run.attempts, 4)
          assert.strictEqual(yield* made(s.cloud), 4)
          assert.strictEqual(yield* s.living, 0)
        }),
      { spec: spot }
    )
  )

  it.effect("is followed by the next offer while that is not much dearer, and by the same one where it is", () =>
    stage(
      job,
      (s) =>
        Effect.gen(function* () {
          yield* s.cloud.reprice("h100-1", 0.025)
          const driver = yield* begun(s)
          yield* until(s, "Started")
          yield* preempt(s)
          const run = yield* Fiber.join(driver)
          const records = yield* (yield* Records).resources
          const types = run.attempts.map(({ key }) => records.find(({ mark }) => mark.key === key)?.offer.instanceType)
          assert.deepStrictEqual(types, ["cpu-2", "h100-1"])
        }),
      { spec: spot }
    )
  )
})

describe("a run", () => {
  it.effect("remembers the offers it could not have, in its record and in its events", () =>
    stage(["say", "1"], (s) =>
      Effect.gen(function* () {
        yield* s.cloud.refuse("createResource", noCapacity)
        const run = yield* whole(s)
        assert.strictEqual(run.state, "Completed")
        assert.lengthOf(run.tried ?? [], 1)
        assert.deepInclude(run.tried?.[0], {
          attempt: 1,
          provider: "fakejobs",
          instanceType: "cpu-2",
          market: "on-demand"
        })
        assert.strictEqual(run.tried?.[0]?.problem.code, "RUNCTL_E_OUT_OF_CAPACITY")
        const events = yield* (yield* Journal).read(streams.run(run.id))
        assert.lengthOf(
          events.filter(({ type }) => type === "OfferFailed"),
          1
        )
      })
    )
  )
})
