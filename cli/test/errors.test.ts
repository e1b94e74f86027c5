import { assert, it } from "@effect/vitest"
import * as JobErrors from "@runctl/core/JobError"
import { type JobError, MachineUnreachable } from "@runctl/core/JobError"
import { ProviderError, QuotaExceeded } from "@runctl/core/ProviderError"
import { JournalError, Locked } from "@runctl/runtime/JournalError"
import { codes } from "@runctl/runtime/ProviderCalls"
import { problemOf } from "@runctl/runtime/Problems"
import { UnknownRun } from "@runctl/runtime/RuntimeError"
import { expect } from "vitest"
import { type Code, exitOf, exits, explanations } from "../src/errors/codes.ts"
import { fail, failureOf, ofProblem } from "../src/errors/Failure.ts"
import { toText } from "../src/errors/report.ts"
import { codeOf, jobCodes, journalCodes, plainCodes, providerCodes, shellCodes } from "../src/errors/tags.ts"
import { plain } from "../src/render/style.ts"
import { errorsPage } from "./errorsPage.ts"

const all = Object.keys(explanations)

it("docs/errors.md explains every code, as the table does", async () => {
  await expect(errorsPage()).toMatchFileSnapshot("../../docs/errors.md")
})

it("every code says what it means and what to try, as sentences", () => {
  for (const [code, { advice, means }] of Object.entries(explanations)) {
    assert.match(code, /^RUNCTL_E_[A-Z_]+$/)
    assert.match(means, /^(runctl|[`A-Z]).*[.]$/s, code)
    assert.match(advice, /^[`A-Z].*[.]$/s, code)
  }
})

it("the runtime gives a provider's failures the codes that are explained", () => {
  assert.deepStrictEqual<Record<string, string>>({ ...codes }, { ...providerCodes })
})

it("the runtime names only codes that are explained", () => {
  const unreachable = new JobErrors.JobError({
    operation: "train",
    reason: new MachineUnreachable({ message: "gone" })
  })
  const problems = [problemOf(unreachable), problemOf(new UnknownRun({ id: "x", known: [] }))]
  for (const { code } of problems) assert.include(all, code)
})

it("every error has a code by its tags alone, whichever copy of a class made it", () => {
  for (const [tag, table] of [
    ["ProviderError", providerCodes],
    ["JobError", jobCodes],
    ["ShellError", shellCodes],
    ["JournalError", journalCodes]
  ] as const) {
    for (const [reason, code] of Object.entries(table)) {
      assert.strictEqual(codeOf({ _tag: tag, reason: { _tag: reason } }), code)
    }
  }
  for (const [tag, code] of Object.entries(plainCodes)) assert.strictEqual(codeOf({ _tag: tag }), code)
})

it("what is not ours has no code", () => {
  for (const other of [undefined, null, 3, "x", {}, { _tag: "Other" }, { _tag: "JobError" }, { _tag: "toString" }]) {
    assert.isUndefined(codeOf(other))
  }
})

it("exit codes are those that scripts rely on", () => {
  assert.deepStrictEqual(
    { ...exits },
    {
      done: 0,
      bug: 1,
      usage: 2,
      configuration: 3,
      credentials: 4,
      capacity: 5,
      provider: 6,
      job: 7,
      interrupted: 130
    }
  )
  const expected: ReadonlyArray<readonly [Code, number]> = [
    ["RUNCTL_E_BUG", 1],
    ["RUNCTL_E_UNKNOWN_RUN", 2],
    ["RUNCTL_E_CONFIG", 3],
    ["RUNCTL_E_JOURNAL_NEWER", 3],
    ["RUNCTL_E_UNAUTHORIZED", 4],
    ["RUNCTL_E_BUDGET", 5],
    ["RUNCTL_E_QUOTA_EXCEEDED", 5],
    ["RUNCTL_E_UNAVAILABLE", 6],
    ["RUNCTL_E_JOB_FAILED", 7],
    ["RUNCTL_E_CANCELLED", 130]
  ]
  for (const [code, exit] of expected) assert.strictEqual(exitOf(code), exit, code)
})

it("a failure says what happened, why, what to try, and its code", () => {
  const error = new ProviderError({
    provider: "cloud",
    operation: "createResource",
    reason: new QuotaExceeded({ message: "8 GPUs at most" })
  })
  const failure = failureOf(error)
  assert.strictEqual(failure.exit, 5)
  assert.strictEqual(
    toText(failure, plain),
    [
      "Error: cloud: createResource failed: 8 GPUs at most",
      "  Why: Your account may not rent that much.",
      "  Try: Ask the provider to raise the quota, or use another region or provider.",
      " Code: RUNCTL_E_QUOTA_EXCEEDED"
    ].join("\n")
  )
})

it("the journal's own advice is said once", () => {
  const failure = failureOf(new JournalError({ reason: new Locked({ waitedMillis: 5000, by: [12] }) }))
  assert.strictEqual(failure.code, "RUNCTL_E_JOURNAL_LOCKED")
  assert.notInclude(failure.message, "kill -CONT")
  assert.include(failure.advice, "kill -CONT 12")
})

it("the output of a failed preparation is shown", () => {
  const error: JobError = new JobErrors.JobError({
    operation: "prepare",
    reason: new JobErrors.PreparationFailed({ step: "dependencies", message: "pip failed", output: "no such package" })
  })
  assert.include(failureOf(error).message, "no such package")
})

it("a problem of a code that is unknown here still fails the job", () => {
  assert.strictEqual(ofProblem({ code: "RUNCTL_E_OF_TOMORROW", message: "new" }).exit, exits.job)
})

it("a file that is missing is no bug", () => {
  const error = Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT", syscall: "open" })
  assert.strictEqual(failureOf(error).code, "RUNCTL_E_LOCAL_FILE")
})

it("anything else is a bug, and says how to report it", () => {
  const failure = failureOf(new TypeError("x is not a function"))
  assert.strictEqual(failure.exit, 1)
  assert.strictEqual(failure.code, "RUNCTL_E_BUG")
  assert.strictEqual(failureOf(fail("RUNCTL_E_USAGE", "no")).exit, 2)
})
