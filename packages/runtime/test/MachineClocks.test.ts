import { assert, describe, it } from "@effect/vitest"
import { JobError, MachineRefused } from "@runctl/core/JobError"
import type { Clocks } from "@runctl/core/MachineClocks"
import { isBillable } from "@runctl/core/Resource"
import type { Using } from "@runctl/core/TrainingProvider"
import { Endings } from "@runctl/runtime/Endings"
import { event } from "@runctl/runtime/Event"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { Providers } from "@runctl/runtime/Providers"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { Resources } from "@runctl/runtime/Resources"
import { drive } from "@runctl/runtime/RunDriver"
import * as FakeJobs from "@runctl/testkit/FakeJobs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { request } from "./fakeRents.ts"
import { begun, hour, id, stage, unreachable, until, whole } from "./fakeRun.ts"
import { inVirtualTime, rentOf, temporaryFolder, world } from "./fakeWorld.ts"

/** What was said to the clocks of machines, in order. */
type Said = ["arm", Clocks] | ["extend", number] | ["prepare"]

const listening =
  (said: Array<Said>) =>
  (using: Using): Partial<Using> => ({
    arm: (machine, clocks) => {
      said.push(["arm", clocks])
      return using.arm(machine, clocks)
    },
    extendClocks: (machine, deadline) => {
      said.push(["extend", deadline])
      return using.extendClocks(machine, deadline)
    },
    prepare: (machine, job) => {
      said.push(["prepare"])
      return using.prepare(machine, job)
    }
  })

/** Machines without a run, on a cloud whose using half may be changed. */
const kept = <A, E>(
  play: (cloud: FakeCloud) => Effect.Effect<A, E, Resources | Records | Endings | Providers>,
  change: (using: Using) => Partial<Using> = () => ({})
) =>
  Effect.gen(function* () {
    const { cloud, provider } = yield* FakeJobs.make({ bootsFor: "2 minutes" })
    const services = yield* world(yield* temporaryFolder, {
      ...provider,
      using: { ...provider.using, ...change(provider.using) }
    })
    return yield* inVirtualTime(play(cloud).pipe(Effect.provideContext(services)))
  }).pipe(Effect.provide(NodeServices.layer))

type FakeCloud = Effect.Success<ReturnType<typeof FakeJobs.make>>["cloud"]

const refusing = new JobError({ operation: "arm", reason: new MachineRefused({ message: "read-only file system" }) })

const wanted = { ...request(), rent: rentOf("fakejobs") }

describe("the clocks of a rented machine", () => {
  it.effect("are armed before anything is sent to it, with the run's deadline, grace and hold", () => {
    const said: Array<Said> = []
    return stage(["say", "1"], whole, { change: listening(said) }).pipe(
      Effect.andThen(
        Effect.sync(() => {
          const clocks = { deadlineEpochSeconds: 24 * 3600, graceSeconds: 90, holdSeconds: 7200 }
          assert.deepStrictEqual(said, [["arm", clocks], ["prepare"]])
        })
      )
    )
  })

  it.effect("forget the hold once the run is over and the machine is kept", () => {
    const said: Array<Said> = []
    return stage(
      ["say", "1"],
      (s) =>
        Effect.gen(function* () {
          yield* whole(s)
          assert.deepStrictEqual(
            said.flatMap(([verb, clocks]) => (verb === "arm" ? [clocks.holdSeconds] : [])),
            [7200, undefined]
          )
          assert.strictEqual(yield* s.living, 1)
        }),
      { change: listening(said), spec: { keep: true } }
    )
  })

  it.effect("move with a run that was extended, as soon as its machine is reached again", () => {
    const said: Array<Said> = []
    return stage(
      ["sleep", "1200"],
      (s) =>
        Effect.gen(function* () {
          const first = yield* begun(s)
          yield* until(s, "Started")
          yield* Fiber.interrupt(first)
          const records = yield* Records
          yield* records.append(streams.run(id), [event("RunExtended", { deadlineAt: 30 * hour })], { run: id })
          yield* drive(id)
          assert.deepStrictEqual(said.at(-1), ["extend", 30 * 3600])
        }),
      { change: listening(said) }
    )
  })

  it.effect("that cannot be armed end the run, not the machine that nobody would end", () =>
    stage(
      ["say", "1"],
      (s) =>
        Effect.gen(function* () {
          const run = yield* whole(s)
          assert.strictEqual(run.state, "Failed")
          assert.strictEqual(yield* s.living, 0)
        }),
      { change: () => ({ clockStatus: () => Effect.fail(refusing) }) }
    )
  )

  it.effect("that have ended it are told from a machine that vanished", () => {
    let isDark = false
    return stage(
      ["sleep", "100000"],
      (s) =>
        Effect.gen(function* () {
          const driver = yield* begun(s)
          yield* until(s, "Started")
          isDark = true
          yield* Effect.sleep(hour)
          // Not reached by anybody it removes itself; its cloud forgets it at once.
          const [machine] = yield* s.cloud.machines
          const { provider } = yield* (yield* Providers).get("fakejobs")
          if (machine !== undefined) yield* provider.terminate(machine.id)
          const run = yield* Fiber.join(driver)
          assert.deepInclude(run, { state: "Interrupted", phase: "Closed" })
          assert.strictEqual(run.problem?.code, "RUNCTL_E_DEADLINE")
          assert.lengthOf(run.attempts, 1)
          const [record] = yield* (yield* Records).resources
          assert.deepInclude(record, { phase: "Gone", endingBy: "deadline" })
        }),
      {
        spec: { deadlineAt: hour },
        fake: { forgottenAfter: 0 },
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
})

describe("a machine that was created for no run", () => {
  it.effect("is armed until its deadline once it is up, and without a hold", () => {
    const said: Array<Said> = []
    return kept(
      () =>
        Effect.gen(function* () {
          yield* (yield* Resources).create(wanted)
          assert.deepStrictEqual(said, [
            ["arm", { deadlineEpochSeconds: 3600, graceSeconds: 90, holdSeconds: undefined }]
          ])
        }),
      listening(said)
    )
  })

  it.effect("is there also when it cannot be armed", () =>
    kept(
      (cloud) =>
        Effect.gen(function* () {
          yield* (yield* Resources).create(wanted)
          assert.lengthOf(yield* cloud.machines, 1)
        }),
      () => ({ arm: () => Effect.fail(refusing) })
    )
  )

  it.effect("learns of a new deadline before it is written down", () => {
    let written: ReadonlyArray<number> = []
    const reader = { remembered: Effect.succeed<ReadonlyArray<ResourceRecord>>([]) }
    return kept(
      () =>
        Effect.gen(function* () {
          const resources = yield* Resources
          const records = yield* Records
          reader.remembered = Effect.orDie(records.resources)
          yield* resources.create(wanted)
          const { deadlineAt } = yield* resources.extend("mine", 2 * hour)
          assert.strictEqual(deadlineAt, 2 * hour)
          assert.deepStrictEqual(written, [hour])
        }),
      (using) => ({
        extendClocks: (machine, deadline) =>
          Effect.gen(function* () {
            written = (yield* reader.remembered).map(({ deadlineAt }) => deadlineAt)
            return yield* using.extendClocks(machine, deadline)
          })
      })
    )
  })

  it.effect("that does not answer keeps its old deadline, and the new one is written down all the same", () => {
    let isDark = false
    return kept(
      () =>
        Effect.gen(function* () {
          const resources = yield* Resources
          const { resource } = yield* resources.create(wanted)
          isDark = true
          assert.strictEqual((yield* resources.extend("mine", 2 * hour)).deadlineAt, 2 * hour)
          isDark = false
          if (resource === undefined) return yield* Effect.die("it has no id")
          const { using } = yield* (yield* Providers).get("fakejobs")
          assert.strictEqual((yield* using.clockStatus(resource.id))?.deadline, 3600)
        }),
      (using) => ({
        clockStatus: (machine) => Effect.suspend(() => (isDark ? Effect.never : using.clockStatus(machine)))
      })
    )
  })

  it.effect("that has ended itself is recorded so, whoever asks for its end afterwards", () =>
    kept((cloud) =>
      Effect.gen(function* () {
        const { mark, resource } = yield* (yield* Resources).create(wanted)
        if (resource === undefined) return yield* Effect.die("it has no id")
        yield* Effect.sleep(hour)
        const { provider } = yield* (yield* Providers).get("fakejobs")
        yield* provider.terminate(resource.id)
        yield* Effect.sleep(2 * hour)
        assert.deepInclude(yield* (yield* Endings).end(mark.key, "us"), { phase: "Gone", endingBy: "deadline" })
        assert.lengthOf((yield* cloud.machines).filter(isBillable), 0)
      })
    )
  )
})
