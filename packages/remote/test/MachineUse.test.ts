import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { type JobStatus, UnitId } from "@runctl/core/Job"
import type { Using } from "@runctl/core/TrainingProvider"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Shells from "@runctl/remote/Shells"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as ChildProcess from "node:child_process"
import * as FS from "node:fs"
import * as Fixture from "./Fixture.ts"
import * as Machine from "./Machine.ts"

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

  it.effect("starts a unit once, and refuses another while it runs", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": "echo started >> ../runs; sleep 30" })
      const request = Machine.request(project, "t.sh")
      const first = yield* Fixture.started(use, request)
      const again = yield* use.train(Machine.id, request)
      assert.strictEqual(again.pid, first.pid)
      const other = { ...request, unit: UnitId.make("run-0123456789-2") }
      yield* Fixture.prepared(use, other)
      const error = yield* Effect.flip(use.train(Machine.id, other))
      assert.deepInclude(error.reason, { _tag: "MachineClaimed", unit: request.unit })
      const moved = yield* use.extend(Machine.id, request.unit, 4_000_000_000)
      assert.strictEqual(moved.deadline, 4_000_000_000)
      yield* use.stop(Machine.id, request.unit, { graceSeconds: 1, reason: "stop" })
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

  it.effect("brings a secret to the job and to nothing else", () =>
    Effect.gen(function* () {
      const { home, project, use, wire } = yield* Fixture.make
      const canary = "canary-7f3a'\n$x"
      Machine.write(project, {
        "t.sh": '[ "$TOKEN" = "$(printf "canary-%s\\047\\n\\044x" 7f3a)" ] && echo good; sleep 2'
      })
      const request = Machine.request(project, "t.sh", {
        job: { project, script: "t.sh", args: [], environment: {}, secretNames: ["TOKEN"] },
        secrets: new Map([["TOKEN", Redacted.make(canary)]])
      })
      yield* Fixture.prepared(use, request)
      const starting = yield* Effect.forkChild(use.train(Machine.id, request))
      let arguments_ = ""
      while (starting.pollUnsafe() === undefined) {
        arguments_ += ChildProcess.execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
        yield* Effect.sleep("5 millis")
      }
      yield* Fiber.join(starting)
      arguments_ += ChildProcess.execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
      const events = yield* Fixture.followed(use, request)
      assert.strictEqual(Fixture.logOf(events), "good\n")
      assert.notInclude(wire.commands.join("\n"), "canary-7f3a")
      assert.notInclude(arguments_, "canary-7f3a")
      const grep = ChildProcess.spawnSync("grep", ["-rl", "canary-7f3a", `${home}/.runctl`], { encoding: "utf8" })
      assert.strictEqual(grep.stdout, "")
    })
  )

  it.effect("says which variable cannot be given to a job", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": "exit 0" })
      const base = { project, script: "t.sh", args: [], secretNames: [] }
      const bad = Machine.request(project, "t.sh", { job: { ...base, environment: { "A-B; touch x": "1" } } })
      const missing = Machine.request(project, "t.sh", { job: { ...base, environment: {}, secretNames: ["TOKEN"] } })
      yield* Fixture.prepared(use, bad)
      assert.include((yield* Effect.flip(use.train(Machine.id, bad))).message, "A-B")
      assert.include((yield* Effect.flip(use.train(Machine.id, missing))).message, "TOKEN")
    })
  )

  it.effect("tells a checkpoint the script names, however it names it, and brings it whole", () =>
    Effect.gen(function* () {
      const { project, out, use } = yield* Fixture.make
      Machine.write(project, {
        "t.sh": `mkdir -p "$RUNCTL_CHECKPOINT_DIR/step 2/sub" here
echo one > "$RUNCTL_CHECKPOINT_DIR/one.pt"; echo '{"checkpoint":"one.pt"}'
echo two > "$RUNCTL_CHECKPOINT_DIR/step 2/sub/w"; echo "{\\"checkpoint\\":\\"$RUNCTL_CHECKPOINT_DIR/step 2\\"}"
echo three > here/three.pt; echo '{"checkpoint":"here/three.pt"}'
echo '{"checkpoint":"missing.pt"}'
sleep 1; kill -9 $$`
      })
      const request = Machine.request(project, "t.sh")
      const events = yield* Fixture.ran(use, request)
      const paths = events.flatMap((event) => (event._tag === "Checkpoint" ? [event.checkpoint.path] : []))
      const three = paths.find((path) => path.endsWith("here/three.pt")) ?? ""
      assert.includeMembers(paths, ["one.pt", "step 2"])
      assert.isTrue(three.startsWith("/"))
      assert.isFalse(paths.some((path) => path.includes("missing")))
      const fetched = yield* use.fetchCheckpoint(Machine.id, request.unit, "one.pt", `${out}/c/one`)
      assert.strictEqual(fetched.bytes, 4)
      yield* use.fetchCheckpoint(Machine.id, request.unit, three, `${out}/c/three`)
      Machine.write(out, { "c/two/old": "goes" })
      yield* use.fetchCheckpoint(Machine.id, request.unit, "step 2", `${out}/c/two`)
      assert.deepStrictEqual(Machine.read(`${out}/c`), { one: "one\n", three: "three\n", "two/sub/w": "two\n" })
      const error = yield* Effect.flip(use.fetchCheckpoint(Machine.id, request.unit, "none", `${out}/c/one`))
      assert.include(error.message, "no such file")
      assert.strictEqual(FS.readFileSync(`${out}/c/one`, "utf8"), "one\n")
    })
  )

  it.effect("brings a checkpoint to resume from, and data, and tells the job where they are", () =>
    Effect.gen(function* () {
      const { project, out, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": 'cat "$RUNCTL_RESUME_FROM/w" "$RUNCTL_DATA_DIR/x/y"; ls -A "$RUNCTL_DATA_DIR"' })
      Machine.write(out, { "step-3/w": "weights\n", "data/x/y": "why\n", "data/.gitignore": "x\n" })
      const request = Machine.request(project, "t.sh", {
        job: { project, script: "t.sh", args: [], environment: {}, secretNames: [], dataSource: `${out}/data` },
        resumeFrom: `${out}/step-3`
      })
      const events = yield* Fixture.ran(use, request)
      assert.strictEqual(Fixture.logOf(events), "weights\nwhy\n.gitignore\nx\n")
    })
  )

  it.effect("uploads and downloads files and folders by name", () =>
    Effect.gen(function* () {
      const { home, out, use } = yield* Fixture.make
      Machine.write(out, { "f.txt": "f", "folder/a b": "1", "folder/sub/.gitignore": "*" })
      yield* use.upload(Machine.id, `${out}/f.txt`, "up/renamed.txt")
      yield* use.upload(Machine.id, `${out}/f.txt`, "up/into/")
      const sent = yield* use.upload(Machine.id, `${out}/folder`, "up/folder")
      assert.deepStrictEqual(sent.map((file) => file.path).toSorted(), ["a b", "sub/.gitignore"])
      assert.deepStrictEqual(Machine.read(`${home}/up`), {
        "renamed.txt": "f",
        "into/f.txt": "f",
        "folder/a b": "1",
        "folder/sub/.gitignore": "*"
      })
      yield* use.download(Machine.id, "up/folder", `${out}/back`)
      yield* use.download(Machine.id, "up/renamed.txt", `${out}/back/r`)
      yield* use.download(Machine.id, `${home}/up/renamed.txt`, `${out}/back/`)
      assert.deepStrictEqual(Machine.read(`${out}/back`), {
        "a b": "1",
        "sub/.gitignore": "*",
        r: "f",
        "renamed.txt": "f"
      })
      const error = yield* Effect.flip(use.download(Machine.id, "up/none", `${out}/back`))
      assert.include(error.message, "up/none: no such file or folder on the machine")
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
        Effect.provide(Shells.layer)
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
