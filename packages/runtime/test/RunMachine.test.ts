import { assert, describe, it } from "@effect/vitest"
import type { JobStatus } from "@runctl/core/Job"
import { NanoUsd, UsdPerHour } from "@runctl/core/Money"
import { ResourceKey } from "@runctl/core/Ownership"
import { ResourceId } from "@runctl/core/Resource"
import { isFinal, RunId } from "@runctl/core/Run"
import { type Event, event, type RunSpec } from "@runctl/runtime/Event"
import * as RunMachine from "@runctl/runtime/RunMachine"
import * as RunProjection from "@runctl/runtime/RunProjection"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import * as Schema from "effect/Schema"

const id = RunId.make("run-0123456789abcd")
const key = ResourceKey.make("k".repeat(20))
const begin = 1_800_000_000_000

const spec: RunSpec = {
  name: "digits",
  job: { project: "/project", script: "train.py", args: [], environment: {}, secretNames: [] },
  placement: { _tag: "Rent", provider: "local", query: {}, market: "on-demand" },
  deadlineAt: begin + 3_600_000,
  graceSeconds: 90,
  holdSeconds: 7200,
  budgets: [],
  keep: false,
  envFiles: []
}

const requested = (change: Partial<RunSpec> = {}): RunRecord =>
  fold(undefined, [event("RunRequested", { spec: { ...spec, ...change } })], begin)

const fold = (run: RunRecord | undefined, facts: ReadonlyArray<Event>, at: number): RunRecord => {
  const record = facts.reduce<RunRecord | undefined>((state, fact) => RunProjection.evolve(state, id, fact, at), run)
  if (record === undefined) throw new Error("no record")
  return record
}

const status = (state: JobStatus["state"], more: Partial<JobStatus> = {}): JobStatus => ({
  unit: `${id}-1`,
  state,
  exitCode: state === "Completed" ? 0 : null,
  startedAt: 1,
  endedAt: 2,
  logBytes: 0,
  logClosed: true,
  pid: null,
  deadline: null,
  reason: null,
  ...more
})

/** What a world may answer to a command: mostly what was hoped for, sometimes anything else. */
const World = Schema.Literals(["well", "well", "fails", "lost", "preempted", "gone", "cancel", "late"])
type World = typeof World.Type

const answer = (command: RunMachine.Command, world: World): RunMachine.Observation | undefined => {
  switch (command._tag) {
    case "Place":
      return world === "fails"
        ? { _tag: "Refused", problem: { code: "RUNCTL_E_TEST", message: "no machine" } }
        : {
            _tag: "Placed",
            resource: ResourceId.make("local/here/m1"),
            key,
            usdPerHour: UsdPerHour.make(1),
            rented: true
          }
    case "Prepare":
      if (world === "fails") return { _tag: "Refused", problem: { code: "RUNCTL_E_TEST", message: "no" } }
      return world === "gone" ? { _tag: "Gone", cause: "gone", message: "gone" } : { _tag: "Prepared" }
    case "Start":
      return world === "fails"
        ? { _tag: "Refused", problem: { code: "RUNCTL_E_TEST", message: "no" } }
        : { _tag: "Started", status: status("Running", { logClosed: false }) }
    case "Watch":
      if (world === "gone" || world === "preempted") return { _tag: "Gone", cause: world, message: world }
      if (world === "lost") return { _tag: "Over", status: status("Interrupted", { reason: "lost" }) }
      if (world === "fails") return { _tag: "Over", status: status("Failed", { exitCode: 3 }) }
      return world === "late" ? { _tag: "Overdue" } : { _tag: "Over", status: status("Completed") }
    case "Stop":
      return { _tag: "Over", status: status("Cancelled", { reason: "stop", exitCode: 143 }) }
    case "Collect":
      return world === "fails"
        ? { _tag: "NotCollected", problem: { code: "RUNCTL_E_TEST", message: "no" } }
        : { _tag: "Collected", files: 1, bytes: 1, folder: "/out", message: "" }
    case "Release":
      return { _tag: "Released", chargedNanoUsd: NanoUsd.make(5), machine: "terminated" }
    case "Nothing":
      return undefined
  }
}

interface Played {
  readonly run: RunRecord
  readonly history: ReadonlyArray<Event>
  readonly commands: ReadonlyArray<RunMachine.Command["_tag"]>
}

/** Plays a run against a world, a minute a step, until it is closed or the world has nothing more to say. */
const play = (worlds: ReadonlyArray<World>, change: Partial<RunSpec> = {}): Played => {
  let run = requested(change)
  let now = begin
  let seen: RunMachine.Observation | undefined
  const history: Array<Event> = []
  const commands: Array<RunMachine.Command["_tag"]> = []
  const script = [...worlds]
  for (let step = 0; step < 200 && run.phase !== "Closed"; step++) {
    now += 60_000
    const { facts, command } = RunMachine.decide(run, seen, now)
    seen = undefined
    run = fold(run, facts, now)
    history.push(...facts)
    if (facts.length > 0) continue
    const world = script.shift() ?? "well"
    if (world === "cancel" && !isFinal(run.state)) {
      const asked = event("RunCancelRequested", { by: "user" })
      run = fold(run, [asked], now)
      history.push(asked)
    }
    commands.push(command._tag)
    seen = answer(command, world)
  }
  return { run, history, commands }
}

const Worlds = Schema.Array(World)
const finals: ReadonlySet<string> = new Set(["RunCompleted", "RunFailed", "RunCancelled", "RunInterrupted"])

describe("a run", () => {
  it("goes from request to close in one line when all is well", () => {
    const { run, commands } = play([])
    assert.deepStrictEqual(commands, ["Place", "Prepare", "Start", "Watch", "Collect", "Release"])
    assert.strictEqual(run.state, "Completed")
    assert.strictEqual(run.chargedNanoUsd, 5)
  })

  it.prop("is closed in the end, whatever the world does", [Worlds], ([worlds]) => {
    assert.strictEqual(play(worlds).run.phase, "Closed")
  })

  it.prop("gets exactly one verdict, and one close after it", [Worlds], ([worlds]) => {
    const types = play(worlds).history.map(({ type }) => type)
    const verdicts = types.filter((type) => finals.has(type))
    assert.lengthOf(verdicts, 1)
    assert.strictEqual(types.at(-1), "RunClosed")
    assert.isBelow(
      types.findIndex((type) => finals.has(type)),
      types.length - 1
    )
  })

  it.prop("never has more attempts than its interruptions allow", [Worlds], ([worlds]) => {
    const { run } = play(worlds)
    assert.isAtMost(run.attempts.length, 4)
    const open = run.attempts.slice(0, -1).filter(({ interrupted }) => interrupted === undefined)
    assert.lengthOf(open, 0)
  })

  it.prop(
    "never gives its machine back between the start of a job and the fate of its outputs",
    [Worlds],
    ([worlds]) => {
      let started = false
      for (const { type } of play(worlds).history) {
        if (type === "RunStarted") started = true
        if (type === "AttemptInterrupted" || type === "OutputsVerified" || type === "OutputsFailed") started = false
        if (type === "RunInterrupted") started = false
        assert.isFalse(type === "RunClosed" && started)
      }
    }
  )

  it.prop("that was cancelled before its job started never starts one", [Worlds], ([worlds]) => {
    const { history } = play(worlds)
    const asked = history.findIndex(({ type }) => type === "RunCancelRequested")
    const wasRunning = history.slice(0, Math.max(0, asked)).some(({ type }) => type === "RunStarted")
    // The start that was under way when the cancel came is recorded, and ended next.
    const starts = history.slice(Math.max(0, asked)).filter(({ type }) => type === "RunStarted").length
    if (asked !== -1 && !wasRunning) assert.isAtMost(starts, 1)
    if (asked !== -1 && starts === 1) {
      assert.include(
        history.slice(asked).map(({ type }) => type),
        "JobEnded"
      )
    }
  })

  it("resumes on a new attempt after a preemption, and is then completed", () => {
    const { run } = play(["well", "well", "well", "preempted"])
    assert.strictEqual(run.state, "Completed")
    assert.deepStrictEqual(
      run.attempts.map(({ interrupted }) => interrupted),
      ["preempted", undefined]
    )
    assert.deepStrictEqual(
      run.attempts.map(({ unit }) => String(unit)),
      [`${id}-1`, `${id}-2`]
    )
  })

  it("that failed keeps the job's exit code and what it left", () => {
    const { run } = play(["well", "well", "well", "fails"])
    assert.strictEqual(run.state, "Failed")
    assert.strictEqual(run.exitCode, 3)
    assert.strictEqual(run.outputs.state, "verified")
  })

  it("is not started once its deadline has passed", () => {
    const { run, commands } = play([], { deadlineAt: begin })
    assert.strictEqual(run.state, "Interrupted")
    assert.strictEqual(run.problem?.code, "RUNCTL_E_DEADLINE")
    assert.notInclude(commands, "Start")
  })

  it("drops an answer that comes after it has moved on", () => {
    const run = fold(
      requested(),
      [event("AttemptStarted", { number: 1, epoch: 1, unit: RunMachine.unitOf(requested(), 1) })],
      begin
    )
    const { facts } = RunMachine.decide(run, { _tag: "Prepared" }, begin)
    assert.deepStrictEqual(facts, [])
  })

  it.prop("replayed from its facts alone is the same record", [Worlds], ([worlds]) => {
    const { history } = play(worlds)
    const once = fold(requested(), history, begin)
    const again = fold(requested(), history, begin)
    assert.deepStrictEqual(once, again)
    assert.strictEqual(once.phase, "Closed")
  })
})
