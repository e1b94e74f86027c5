import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import type { JobEvent, JobRequest, Preparation } from "@runctl/core/Job"
import type { Using } from "@runctl/core/TrainingProvider"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Shells from "@runctl/remote/Shells"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as FS from "node:fs"
import * as Process from "node:process"
import * as Machine from "./Machine.ts"

const make = Effect.gen(function* () {
  const [home, project, out] = [yield* Machine.temporary, yield* Machine.temporary, yield* Machine.temporary]
  const use = yield* MachineUse.make(Machine.provider(home), { node: Process.execPath })
  return { home, project, out, use }
})

const collectEvents = (use: Using, request: JobRequest, fromByte = 0) =>
  Stream.runCollect(use.monitor(Machine.id, request.unit, { follow: true, fromByte }))

const run = (use: Using, request: JobRequest) =>
  Effect.gen(function* () {
    const prepared: ReadonlyArray<Preparation> = yield* Stream.runCollect(use.prepare(Machine.id, request))
    const started = yield* use.train(Machine.id, request)
    const events: ReadonlyArray<JobEvent> = yield* collectEvents(use, request)
    const last = events.at(-1)
    return { prepared, started, events, status: last?._tag === "Status" ? last.status : undefined }
  })

const logOf = (events: ReadonlyArray<JobEvent>): string =>
  Buffer.concat(events.flatMap((event) => (event._tag === "Log" ? [event.bytes] : []))).toString("utf8")

const live = Layer.provideMerge(Shells.layer, NodeServices.layer)

layer(live, { excludeTestServices: true })("MachineUse", (it) => {
  it.effect("carries a job from its files to its outputs", () =>
    Effect.gen(function* () {
      const { home, project, out, use } = yield* make
      Machine.write(project, {
        "train.sh":
          'echo "$1 $GREETING $SECRET"; mkdir -p models; echo m > models/m.bin; echo changed >> data.txt; echo c > "$RUNCTL_CHECKPOINT_DIR/s1"; sleep 0.2',
        "data.txt": "data\n",
        "same.txt": "same"
      })
      const request = Machine.request(project, "train.sh", {
        job: {
          project,
          script: "train.sh",
          args: ["it's"],
          environment: { GREETING: "a 'b' $c" },
          secretNames: ["SECRET"]
        },
        secrets: new Map([["SECRET", Redacted.make("s3cr3t\n'x'")]])
      })
      const { started, events, status } = yield* run(use, request)
      assert.strictEqual(started.state, "Running")
      assert.strictEqual(logOf(events), "it's a 'b' $c s3cr3t\n'x'\n")
      assert.deepInclude(status, { state: "Completed", exitCode: 0, logClosed: true })
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Checkpoint" ? [event.checkpoint.path] : [])),
        ["s1"]
      )
      const outputs = yield* use.outputs(Machine.id, request.unit)
      assert.deepStrictEqual(outputs.map((file) => file.path).toSorted(), ["data.txt", "models/m.bin"])
      assert.deepStrictEqual(yield* use.collect(Machine.id, request.unit, out), outputs)
      assert.deepStrictEqual(Machine.read(out), { "data.txt": "data\nchanged\n", "models/m.bin": "m\n" })
      const checkpoint = yield* use.fetchCheckpoint(Machine.id, request.unit, "s1", `${out}/cp/s1`)
      assert.strictEqual(FS.readFileSync(`${out}/cp/s1`, "utf8"), "c\n")
      assert.strictEqual(checkpoint.bytes, 2)
      yield* use.release(Machine.id, request.unit)
      assert.deepStrictEqual(FS.readdirSync(`${home}/.runctl/work`), [])
      assert.deepStrictEqual(FS.readdirSync(`${home}/.runctl/units`), [])
    })
  )

  it.effect("costs little where there is little to do", () =>
    Effect.gen(function* () {
      const { project, out, use } = yield* make
      Machine.write(project, { "noop.sh": "echo here" })
      const request = Machine.request(project, "noop.sh")
      const began = performance.now()
      yield* Stream.runDrain(use.prepare(Machine.id, request))
      yield* use.train(Machine.id, request)
      const started = performance.now()
      const events = yield* collectEvents(use, request)
      yield* use.collect(Machine.id, request.unit, out)
      assert.strictEqual(logOf(events), "here\n")
      // Half a second on an idle computer; this only sees that nothing waits for a clock.
      assert.isBelow(performance.now() - began, 3000)
      assert.isBelow(performance.now() - started, 2000)
    })
  )
})
