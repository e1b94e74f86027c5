import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as ChildProcess from "node:child_process"
import * as FS from "node:fs"
import * as Fixture from "./Fixture.ts"
import * as Machine from "./Machine.ts"

layer(NodeServices.layer, { excludeTestServices: true })("what travels between here and a machine", (it) => {
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

  it.effect("keeps checkpoints in the folder the job has for them, and out of its outputs", () =>
    Effect.gen(function* () {
      const { home, project, out, use } = yield* Fixture.make
      Machine.write(project, {
        "t.sh": 'mkdir -p my/ck; echo c > "my/ck/$1"; echo o > my/out; [ "$RUNCTL_CHECKPOINT_DIR" -ef my/ck ]'
      })
      const request = Machine.request(project, "t.sh", {
        job: { project, script: "t.sh", args: ["s 1"], environment: {}, secretNames: [], checkpointDir: "./my/ck/" }
      })
      const events = yield* Fixture.ran(use, request)
      assert.strictEqual(Fixture.finalOf(events).exitCode, 0)
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Checkpoint" ? [event.checkpoint.path] : [])),
        ["s 1"]
      )
      assert.deepStrictEqual(
        (yield* use.outputs(Machine.id, request.unit)).map((file) => file.path),
        ["my/out"]
      )
      assert.strictEqual((yield* use.fetchCheckpoint(Machine.id, request.unit, "s 1", `${out}/s`)).bytes, 2)
      assert.deepStrictEqual(JSON.parse(FS.readFileSync(`${home}/.runctl/units/${request.unit}/job.json`, "utf8")), {
        script: "t.sh",
        args: ["s 1"],
        environment: [],
        secretNames: [],
        checkpointDir: "./my/ck/"
      })
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
      assert.deepStrictEqual(sent.files.map((file) => file.path).toSorted(), ["a b", "sub/.gitignore"])
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
})
