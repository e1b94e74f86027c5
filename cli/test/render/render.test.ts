import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { event, type Event } from "@runctl/runtime/Event"
import { evolve as evolveResource } from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { evolve as evolveRun } from "@runctl/runtime/RunProjection"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import { RunView } from "../../src/output/runs.ts"
import { ResourceView } from "../../src/output/resources.ts"
import { OverviewOutput } from "../../src/output/status.ts"
import { exitOfRun, renderEnding } from "../../src/render/ending.ts"
import { renderList } from "../../src/render/resources.ts"
import { renderRun, renderRuns } from "../../src/render/runs.ts"
import { renderStatus } from "../../src/render/status.ts"
import { plain, wantsColor } from "../../src/render/style.ts"
import { clean, table } from "../../src/render/table.ts"
import { bytes, relative, seconds } from "../../src/render/units.ts"
import { isLive, viewRecord } from "../../src/views/resource.ts"
import { viewRun } from "../../src/views/run.ts"
import { viewStatus } from "../../src/views/status.ts"
import { aMachine, aRun, type End, runIdOf } from "../records.ts"

const start = Date.UTC(2026, 10, 21, 12)
const hour = 3_600_000

const runRecord = (index: number, end: End, ...more: ReadonlyArray<Event>): RunRecord => {
  let record: RunRecord | undefined
  for (const each of [...aRun(index, end), ...more]) record = evolveRun(record, runIdOf(index), each, start)
  return record ?? assert.fail("no run")
}

const machineRecord = (index: number, end: End): ResourceRecord => {
  let record: ResourceRecord | undefined
  for (const each of aMachine(index, end)) record = evolveResource(record, each, start)
  return record ?? assert.fail("no machine")
}

const isRunView = Schema.is(RunView)
const isResourceView = Schema.is(ResourceView)

it("what is shown of runs and machines is what the JSON schemas promise", () => {
  for (const end of ["open", "done", "failed"] as const) {
    assert.isTrue(isRunView(viewRun(runRecord(0, end), start + hour)), end)
    assert.isTrue(isResourceView(viewRecord(machineRecord(0, end), start + hour)), end)
  }
})

it("a run costs its price times its time until it is settled, then what was charged", () => {
  const open = viewRun(runRecord(0, "open"), start + 2 * hour)
  assert.strictEqual(open.estimatedUsd, 5)
  assert.isNull(open.chargedUsd)
  assert.strictEqual(viewRun(runRecord(1, "done"), start + 2 * hour).chargedUsd, 1.25)
})

it("a machine without a known price has no estimate, and one that failed to come needs no money", () => {
  assert.strictEqual(viewRecord(machineRecord(0, "open"), start + hour).estimatedUsd, 2.5)
  assert.isNull(viewRecord(machineRecord(1, "open"), start + hour).estimatedUsd)
  assert.isFalse(isLive(machineRecord(2, "failed")))
  assert.isFalse(isLive(machineRecord(2, "done")))
  assert.isTrue(isLive(machineRecord(2, "open")))
})

it("the exposure is what live machines cost now and until their deadlines", () => {
  const resources = [machineRecord(0, "open"), machineRecord(1, "open"), machineRecord(2, "done")]
  const facts = { home: "/h", supervisor: { state: "none", pid: undefined } as const, runs: [], resources }
  const status = viewStatus(facts, start)
  assert.isTrue(Schema.is(OverviewOutput)(status))
  assert.strictEqual(status.exposure.usdPerHour, 2.5)
  assert.strictEqual(status.exposure.unknownPrices, 1)
  assert.strictEqual(status.exposure.untilDeadlineUsd, (2.5 * (Date.UTC(2099, 0, 1) - start)) / hour)
  const text = renderStatus(status, plain, start)
  assert.include(text, "$2.50/h now")
  assert.include(text, "1 machine of unknown price")
})

it("nothing that comes from elsewhere reaches a terminal as it is", () => {
  const views = [viewRun(runRecord(0, "open"), start)]
  const texts = [
    renderRuns(views, plain, start),
    renderRun(viewRun(runRecord(0, "failed"), start), plain, start),
    renderList(
      {
        resources: [viewRecord(machineRecord(0, "open"), start)],
        others: 3,
        failures: [{ provider: "x", message: "a\u001B]0;b\u0007\nc" }]
      },
      plain,
      start
    )
  ]
  for (const text of texts) assert.notMatch(text, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/)
  assert.include(texts[2], "+3 of others")
  assert.include(texts[2], "x could not be asked: a c")
})

it("the last words say how it ended, where the outputs are, what it cost and what to try", () => {
  const done = viewRun(runRecord(1, "done"), start)
  assert.strictEqual(exitOfRun(done), 0)
  const text = renderEnding(done, plain, "/p")
  assert.match(text, /^✓ train-1 Completed/)
  assert.include(text, "./out")
  assert.include(text, "2 files, 4.0 KiB, verified")
  assert.include(text, "$1.25")
  const failed = viewRun(runRecord(2, "failed"), start)
  assert.strictEqual(exitOfRun(failed), 7)
  const words = renderEnding(failed, plain, "/elsewhere")
  assert.include(words, "/p/out")
  assert.match(words, /Error: The script ended with exit code 3\n/)
  assert.include(words, "RUNCTL_E_JOB_FAILED")
})

it("a cancelled run ends with 130, one whose machine was taken with 5, whatever they did before", () => {
  assert.strictEqual(exitOfRun(viewRun(runRecord(0, "open", event("RunCancelled", {})), start)), 130)
  const claimed = event("RunFailed", { problem: { code: "RUNCTL_E_MACHINE_CLAIMED", message: "taken" } })
  assert.strictEqual(exitOfRun(viewRun(runRecord(0, "open", claimed), start)), 5)
})

it("colors are for terminals, and NO_COLOR and FORCE_COLOR count more", () => {
  assert.isTrue(wantsColor(true, {}))
  assert.isFalse(wantsColor(false, {}))
  assert.isFalse(wantsColor(true, { NO_COLOR: "1" }))
  assert.isFalse(wantsColor(true, { NO_COLOR: "1", FORCE_COLOR: "1" }))
  assert.isTrue(wantsColor(true, { NO_COLOR: "" }))
  assert.isFalse(wantsColor(true, { TERM: "dumb" }))
  assert.isTrue(wantsColor(false, { FORCE_COLOR: "1" }))
})

it("amounts and times are short", () => {
  assert.deepStrictEqual([0, 1023, 1024, 1_500_000, 5 * 2 ** 40].map(bytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.4 MiB",
    "5.0 TiB"
  ])
  assert.deepStrictEqual([0, 59.6, 61, 3600, 90_000].map(seconds), ["0s", "1m", "1m 1s", "1h", "1d 1h"])
  assert.strictEqual(relative(start - 60_000, start), "1m ago")
  assert.strictEqual(relative(start + 60_000, start), "in 1m")
})

it("columns are aligned by what is seen, wide and combined characters too", () => {
  const lines = table(
    [{ title: "A" }, { title: "B", isNumber: true }],
    [
      ["日本", "1"],
      ["e\u0301", "22"]
    ],
    plain
  ).split("\n")
  assert.deepStrictEqual(lines, ["A      B", "日本   1", "e\u0301     22"])
})

it.prop(
  "clean text is one line without control characters, and clean text stays as it is",
  [Schema.String],
  ([text]) => {
    const cleaned = clean(text)
    assert.notMatch(cleaned, /[\u0000-\u001F\u007F-\u009F]/)
    assert.strictEqual(clean(cleaned), cleaned)
  }
)

it("a run that its budget has ended says so, with the exit code of a budget; one that was cancelled has its own", () => {
  const problem = { code: "RUNCTL_E_BUDGET_EXCEEDED", message: "the budget is used up", advice: "Raise it." }
  const cancelled = { ...viewRun(runRecord(0, "open"), start), state: "Cancelled" as const }
  assert.strictEqual(exitOfRun(cancelled), 130)
  assert.strictEqual(exitOfRun({ ...cancelled, problem }), 5)
  assert.match(renderEnding({ ...cancelled, problem }, plain, "/"), /budget is used up[^]*RUNCTL_E_BUDGET_EXCEEDED/)
})
