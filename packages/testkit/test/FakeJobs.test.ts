import { assert, it } from "@effect/vitest"
import { type JobRequest, UnitId } from "@runctl/core/Job"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import * as FakeJobs from "@runctl/testkit/FakeJobs"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { memoryFiles } from "./memoryFiles.ts"

const mark: Mark = {
  owner: OwnerId.make("ourselve"),
  key: ResourceKey.make("k".repeat(20)),
  deadlineEpochSeconds: 1_900_000_000
}

const request: JobRequest = {
  unit: UnitId.make("unit-1"),
  job: { project: "/project", script: "train.py", args: [], environment: {}, secretNames: [] },
  secrets: new Map(),
  deadline: undefined,
  grace: Duration.seconds(90),
  claim: "all",
  resumeFrom: undefined,
  preemptionProbe: undefined
}

/** A day of training: a line now, a checkpoint at noon, an exit code at midnight. */
const day: FakeJobs.FakeProgram = {
  steps: [
    { after: 0, print: new TextEncoder().encode("epoch 1\n") },
    { after: 43_200_000, checkpoint: { path: "noon.ckpt", content: Uint8Array.of(1, 2, 3) } }
  ],
  runsFor: 86_400_000,
  exitCode: 0
}

const trained = Effect.gen(function* () {
  const { cloud, provider } = yield* FakeJobs.make({ program: () => day })
  const [offer] = yield* provider.offers({})
  if (offer === undefined) return assert.fail("nothing is offered")
  const { id } = yield* provider.createResource({
    mark,
    offer,
    market: "on-demand",
    label: undefined,
    diskGiB: undefined,
    image: undefined,
    bootstrap: { format: "none", content: "" },
    authorizedKey: undefined,
    priceLimit: undefined
  })
  yield* provider.using.train(id, request)
  return { cloud, provider, id }
})

const files = Layer.merge(memoryFiles(), Path.layer)

it.effect("a job of a day is followed to its end in no time", () =>
  Effect.gen(function* () {
    const { id, provider } = yield* trained
    const events = provider.using.monitor(id, request.unit, { follow: true, fromByte: 0 })
    const fiber = yield* Effect.forkChild(Stream.runCollect(events))
    yield* TestClock.adjust("12 hours")
    assert.strictEqual((yield* provider.using.status(id, request.unit)).state, "Running")
    yield* TestClock.adjust("12 hours")
    const told = (yield* Fiber.join(fiber)).filter(({ _tag }) => _tag !== "Status")
    assert.deepStrictEqual(
      told.map((event) => (event._tag === "Checkpoint" ? event.checkpoint.path : event._tag)),
      ["Log", "noon.ckpt"]
    )
    assert.strictEqual((yield* provider.using.status(id, request.unit)).state, "Completed")
  }).pipe(Effect.provide(files))
)

it.effect("a job whose machine is taken back is Interrupted at that moment, however late somebody asks", () =>
  Effect.gen(function* () {
    const { cloud, id, provider } = yield* trained
    yield* TestClock.adjust("1 hour")
    yield* cloud.preempt(id)
    yield* TestClock.adjust("30 minutes")
    const status = yield* provider.using.status(id, request.unit)
    assert.deepStrictEqual([status.state, status.reason, status.endedAt], ["Interrupted", "lost", 3600])
  }).pipe(Effect.provide(files))
)
