/**
 * Looks at what is remembered: the journal, and the supervisor that writes it.
 */
import { Journal } from "@runctl/runtime/Journal"
import * as Recovery from "@runctl/runtime/Recovery"
import { Records } from "@runctl/runtime/Records"
import { SupervisorClient, type SupervisorStatus } from "@runctl/runtime/SupervisorClient"
import * as Effect from "effect/Effect"
import { failureOf } from "../errors/Failure.ts"
import type { CheckView } from "../output/checks.ts"
import { count } from "../render/units.ts"
import { waitingText } from "../render/waiting.ts"

const supervisorCheck = ({ pid, state }: SupervisorStatus, needs: Recovery.Attention["needs"]): CheckView => {
  const name = "supervisor"
  if (state === "running") return { name, status: "ok", message: `running, process ${pid ?? "?"}`, advice: null }
  if (state === "frozen") {
    const advice = `Continue it with \`kill -CONT ${pid ?? "PID"}\`; if that does not help, end it with \`kill ${pid ?? "PID"}\`: the next command starts another.`
    return { name, status: "warn", message: `process ${pid ?? "?"} is there and does not answer`, advice }
  }
  return needs.runs + needs.machines === 0
    ? { name, status: "ok", message: "not running: nothing is to be done", advice: null }
    : {
        name,
        status: "warn",
        message: waitingText(needs),
        advice: "Any command that asks providers starts one too, `runctl list` for example."
      }
}

/** Reads all that is remembered, so that what cannot be read shows. */
export const checkMemory = Effect.gen(function* () {
  const journal = yield* Journal
  const records = yield* Records
  const { needsRebuild, readOnly } = yield* journal.health
  const runs = yield* records.runs
  const machines = yield* records.resources
  const about = `${count(runs.length, "run")}, ${count(machines.length, "machine")}`
  const { needs } = yield* Recovery.look()
  const { status } = yield* SupervisorClient
  const health: CheckView =
    readOnly !== undefined
      ? { name: "journal", status: "fail", message: readOnly.reason.message, advice: readOnly.advice }
      : needsRebuild === undefined
        ? { name: "journal", status: "ok", message: about, advice: null }
        : {
            name: "journal",
            status: "warn",
            message: `it was damaged; ${count(needsRebuild.salvaged, "event")} were kept, what was damaged is in ${needsRebuild.quarantined}`,
            advice: "`runctl list` asks the providers what you own; compare it with what you expect."
          }
  return [health, supervisorCheck(yield* status, needs)]
})

/** A journal that cannot be opened or read at all. */
export const unreadable = (error: unknown): CheckView => {
  const { advice, message } = failureOf(error)
  return { name: "journal", status: "fail", message, advice }
}
