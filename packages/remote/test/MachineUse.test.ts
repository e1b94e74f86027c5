import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { type JobStatus, UnitId } from "@runctl/core/Job"
import type { Using } from "@runctl/core/TrainingProvider"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Shells from "@runctl/remote/Shells"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ChildProcess from "node:child_process"
import * as FS from "node:fs"
import * as Fixture from "./Fixture.ts"
import * as Machine from "./Machine.ts"
import { read, until } from "./runner/Processes.ts"

const absent: JobStatus = {
  unit: "",
  state: "Absent",
  exitCode: null,
  startedAt: null,
  endedAt: null,
  logBytes: 0,
  logClosed: true,
  pid: null,
  deadline: null,
  reason: null
}

layer(NodeServices.layer, { excludeTestServices: true })("MachineUse", (it) => {
  it.effect("carries a job from its files to its outputs", () =>
    Effect.gen(function* () {
      const { home, project, out, use } = yield* Fixture.make
      Machine.write(project, {
        "train.sh":
          'echo "$1 $GREETING"; mkdir -p models node_modules; echo m > models/m.bin; echo changed >> data.txt; echo x > node_modules/x; echo c > "$RUNCTL_CHECKPOINT_DIR/s1"; printf "%s" same > same.txt; sleep 0.2',
        "data.txt": "data\n",
        "same.txt": "same"
      })
      const request = Machine.request(project, "train.sh", {
        job: { project, script: "train.sh", args: ["it's"], environment: { GREETING: "a 'b' $c" }, secretNames: [] }
      })
      const events = yield* Fixture.ran(use, request)
      assert.strictEqual(Fixture.logOf(events), "it's a 'b' $c\n")
      assert.deepInclude(Fixture.finalOf(events), { state: "Completed", exitCode: 0, logClosed: true })
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Checkpoint" ? [event.checkpoint.path] : [])),
        ["s1"]
      )
      const outputs = yield* use.outputs(Machine.id, request.unit)
      assert.deepStrictEqual(outputs.map((file) => file.path).toSorted(), ["data.txt", "models/m.bin"])
      assert.deepStrictEqual(yield* use.collect(Machine.id, request.unit, out), outputs)
      assert.deepStrictEqual(Machine.read(out), { "data.txt": "data\nchanged\n", "models/m.bin": "m\n" })
      yield* use.release(Machine.id, request.unit)
      assert.deepStrictEqual(FS.readdirSync(`${home}/.runctl/work`), [])
      assert.deepStrictEqual(FS.readdirSync(`${home}/.runctl/units`), [])
    })
  )

  it.effect("takes only what lies in the output folder when the script uses it", () =>
    Effect.gen(function* () {
      const { project, out, use } = yield* Fixture.make
      Machine.write(project, {
        "t.sh": 'echo scratch > scratch; mkdir -p "$RUNCTL_OUTPUT_DIR/a"; echo r > "$RUNCTL_OUTPUT_DIR/a/r"'
      })
      const request = Machine.request(project, "t.sh")
      yield* Fixture.ran(use, request)
      yield* use.collect(Machine.id, request.unit, out)
      assert.deepStrictEqual(Machine.read(out), { "a/r": "r\n" })
    })
  )

  it.effect("costs few commands, one shell and no wait where there is little to do", () =>
    Effect.gen(function* () {
      const { project, out, use, wire } = yield* Fixture.make
      Machine.write(project, { "noop.sh": "echo here" })
      // A file younger than the sync is compared by its digest, which costs a command more.
      FS.utimesSync(`${project}/noop.sh`, 1000, 1000)
      const request = Machine.request(project, "noop.sh")
      const began = performance.now()
      yield* Fixture.started(use, request)
      assert.strictEqual(wire.commands.length, 3)
      const events = yield* Fixture.followed(use, request)
      const beforeCollect = wire.commands.length
      yield* use.collect(Machine.id, request.unit, out)
      assert.strictEqual(Fixture.logOf(events), "here\n")
      // Looks at a job that is ending may be several; the log is asked for once.
      assert.strictEqual(wire.commands.filter((command) => command.includes(" logs ")).length, 1)
      assert.strictEqual(wire.commands.length - beforeCollect, 1)
      assert.strictEqual(wire.opened, 1)
      // Half a second on an idle computer; this only sees that nothing waits for a clock.
      assert.isBelow(performance.now() - began, 10_000)
    })
  )

  it.effect("tells the first words of a job as it says them", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.mjs": "console.log(Date.now()); setTimeout(() => {}, 60000)" })
      const request = Machine.request(project, "t.mjs")
      yield* Fixture.started(use, request)
      const [log] = yield* use.monitor(Machine.id, request.unit, { follow: true, fromByte: 0 }).pipe(
        Stream.filter((event) => event._tag === "Log"),
        Stream.map((event) => Date.now() - Number(Buffer.from(event.bytes).toString())),
        Stream.take(1),
        Stream.runCollect
      )
      assert.isBelow(log ?? Number.NaN, 3000)
      const status = yield* use.stop(Machine.id, request.unit, { graceSeconds: 1, reason: "stop" })
      assert.strictEqual(status.state, "Cancelled")
    })
  )

  it.effect("starts a unit once, touches nothing of it later, and refuses another while it runs", () =>
    Effect.gen(function* () {
      const { home, project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": "echo changed > data.txt; sleep 30", "data.txt": "data" })
      const request = Machine.request(project, "t.sh")
      const first = yield* Fixture.started(use, request)
      const data = `${home}/.runctl/work/${Machine.run}/project/data.txt`
      yield* Effect.promise(() => until("the job has written", () => read(data) === "changed\n"))
      assert.strictEqual((yield* Fixture.started(use, request)).pid, first.pid)
      assert.strictEqual(read(data), "changed\n")

      const next = { ...request, unit: UnitId.make(`${Machine.run}-2`) }
      const busy = yield* Effect.flip(Fixture.prepared(use, next))
      assert.deepInclude(busy.reason, { _tag: "MachineClaimed", unit: request.unit })
      const other = { ...request, unit: UnitId.make(`${Machine.run}-other`) }
      yield* Fixture.prepared(use, other)
      const claimed = yield* Effect.flip(use.train(Machine.id, other))
      assert.deepInclude(claimed.reason, { _tag: "MachineClaimed", unit: request.unit })

      assert.strictEqual((yield* use.extend(Machine.id, request.unit, 4_000_000_000)).deadline, 4_000_000_000)
      const stopped = yield* use.stop(Machine.id, request.unit, { graceSeconds: 1, reason: "preempted" })
      assert.deepInclude(stopped, { state: "Interrupted", reason: "preempted" })
      yield* Fixture.prepared(use, next)
      assert.strictEqual(read(data), "data")
    })
  )

  it.effect("starts what was prepared even when the project is gone here", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": 'printf "%s|" "$@"' })
      const args = ["a b", "", "it's", "-x", "new\n"]
      const request = Machine.request(project, "t.sh", {
        job: { project, script: "t.sh", args, environment: {}, secretNames: [] }
      })
      yield* Fixture.prepared(use, request)
      FS.rmSync(project, { recursive: true })
      yield* use.train(Machine.id, request)
      assert.strictEqual(Fixture.logOf(yield* Fixture.followed(use, request)), "a b||it's|-x|new\n|")
      FS.mkdirSync(project)
    })
  )

  it.effect("brings every output it can, and then says which one it could not", () =>
    Effect.gen(function* () {
      const { project, out, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": `echo good > good; echo bad > "$(printf 'b\\377d')"` })
      const request = Machine.request(project, "t.sh")
      yield* Fixture.ran(use, request)
      const error = yield* Effect.flip(use.collect(Machine.id, request.unit, out))
      assert.strictEqual(error.reason._tag, "MachineRefused")
      assert.include(error.message, "cannot read b")
      assert.deepStrictEqual(Machine.read(out), { good: "good\n" })
    })
  )

  it.effect("refuses to train what was not prepared", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": "exit 0" })
      const error = yield* Effect.flip(use.train(Machine.id, Machine.request(project, "t.sh")))
      assert.strictEqual(error.reason._tag, "MachineRefused")
      assert.include(error.message, "not prepared")
    })
  )

  it.effect("starts no job whose environment was cut off on its way, and the whole one afterwards", () =>
    Effect.gen(function* () {
      const { project, use, wire } = yield* Fixture.make
      Machine.write(project, { "t.sh": 'echo "$FIRST $TOKEN"' })
      const request = Machine.request(project, "t.sh", {
        job: { project, script: "t.sh", args: [], environment: { FIRST: "1" }, secretNames: ["TOKEN"] },
        secrets: new Map([["TOKEN", Redacted.make("whole")]])
      })
      yield* Fixture.prepared(use, request)
      for (const inputUntil of [0, 10, 17, 30, 45]) {
        wire.inputUntil = inputUntil
        const error = yield* Effect.flip(use.train(Machine.id, request))
        assert.include(error.message, "cut off", `after ${inputUntil}`)
        assert.strictEqual((yield* use.status(Machine.id, request.unit)).state, "Absent")
      }
      delete wire.inputUntil
      yield* use.train(Machine.id, request)
      const events = yield* Stream.runCollect(use.monitor(Machine.id, request.unit, { follow: true, fromByte: 0 }))
      const log = events.flatMap((event) => (event._tag === "Log" ? [Buffer.from(event.bytes).toString()] : []))
      assert.strictEqual(log.join(""), "1 whole\n")
    })
  )

  it.effect("knows nothing of a unit it never saw, and follows it to the end at once", () =>
    Effect.gen(function* () {
      const { use } = yield* Fixture.make
      const unit = UnitId.make("never")
      assert.strictEqual((yield* use.status(Machine.id, unit)).state, "Absent")
      const events = yield* Stream.runCollect(use.monitor(Machine.id, unit, { follow: true, fromByte: 0 }))
      assert.isTrue(events.every((event) => event._tag === "Status" && event.status.state === "Absent"))
      assert.isNotEmpty(events)
    })
  )

  it.effect("leaves to the provider what it brings itself", () =>
    Effect.gen(function* () {
      const { home, wire } = yield* Fixture.make
      const using: Partial<Using> = { status: (_id, unit) => Effect.succeed({ ...absent, unit, pid: 42 }) }
      const use = yield* MachineUse.make({ ...Machine.provider(home), using }).pipe(Effect.provide(Fixture.wired(wire)))
      assert.strictEqual((yield* use.status(Machine.id, UnitId.make("u"))).pid, 42)
      assert.strictEqual(wire.opened, 0)
    })
  )

  it.effect("does not outlive its interruption", () =>
    Effect.gen(function* () {
      const { project, use, home } = yield* Fixture.make
      Machine.write(project, { "t.py": "# /// script\n# dependencies = ['x']\n# ///\n" })
      FS.mkdirSync(`${home}/bin`)
      FS.writeFileSync(`${home}/bin/uv`, '#!/bin/sh\ntrap "" TERM\nsleep 61 &\nwait\n', { mode: 0o755 })
      const request = Machine.request(project, "t.py")
      const slow = yield* MachineUse.make(Machine.provider(home, { PATH: `${home}/bin:/usr/bin:/bin` })).pipe(
        Effect.provide(Shells.layerLocal)
      )
      const fiber = yield* Effect.forkChild(Fixture.prepared(slow, request))
      const sleepers = () => ChildProcess.spawnSync("pgrep", ["-fx", "sleep 61"], { encoding: "utf8" }).stdout
      yield* Effect.repeat(Effect.sync(sleepers), {
        until: (found) => found !== "",
        schedule: Schedule.spaced("20 millis"),
        times: 400
      })
      yield* Fiber.interrupt(fiber)
      const left = yield* Effect.repeat(Effect.sync(sleepers), {
        until: (found) => found === "",
        schedule: Schedule.spaced("20 millis"),
        times: 400
      })
      assert.strictEqual(left, "")
      assert.isFalse(
        FS.readdirSync(`${home}/.runctl/deps`).some((name) => FS.existsSync(`${home}/.runctl/deps/${name}/ready`))
      )
      yield* Effect.asVoid(use.status(Machine.id, request.unit))
    })
  )
})
