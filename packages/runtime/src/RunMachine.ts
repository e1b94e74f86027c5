/**
 * How a run goes from request to end: facts in, next step out. No input or output, no clock of its own.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { type JobStatus, UnitId } from "@runctl/core/Job"
import type { NanoUsd, UsdPerHour } from "@runctl/core/Money"
import type { ResourceKey } from "@runctl/core/Ownership"
import type { ResourceId } from "@runctl/core/Resource"
import * as DateTime from "effect/DateTime"
import { type Event, event, type Problem, type Quote } from "./Event.ts"
import { currentAttempt, type RunRecord } from "./RunRecord.ts"

/**
 * The one thing a run needs done next. Each may be repeated, or cut off and begun again, without harm.
 *
 * @category models
 * @since 0.1.0
 */
export type Command =
  | { readonly _tag: "Place" }
  | { readonly _tag: "Prepare" }
  | { readonly _tag: "Start" }
  | { readonly _tag: "Watch" }
  | { readonly _tag: "Stop"; readonly reason: "stop" | "deadline" }
  | { readonly _tag: "Collect"; readonly until: number }
  | { readonly _tag: "Release" }
  | { readonly _tag: "Nothing" }

/**
 * What doing a command showed.
 *
 * @category models
 * @since 0.1.0
 */
export type Observation =
  | {
      readonly _tag: "Placed"
      readonly resource: ResourceId
      readonly key: ResourceKey
      readonly usdPerHour: UsdPerHour
      readonly quote?: Quote
      readonly rented: boolean
      /** Until when the machine is kept, where that is sooner than the run's deadline. */
      readonly deadlineAt?: number
    }
  | { readonly _tag: "Prepared" }
  | { readonly _tag: "Started"; readonly status: JobStatus }
  | { readonly _tag: "Over"; readonly status: JobStatus; readonly evidence?: string }
  | { readonly _tag: "Gone"; readonly cause: "preempted" | "gone"; readonly message: string }
  | { readonly _tag: "Overdue" }
  | { readonly _tag: "Refused"; readonly problem: Problem }
  | {
      readonly _tag: "Collected"
      readonly files: number
      readonly bytes: number
      readonly folder: string
      readonly message: string
    }
  | { readonly _tag: "NotCollected"; readonly problem: Problem }
  | {
      readonly _tag: "Released"
      readonly chargedNanoUsd: NanoUsd
      readonly machine: "terminated" | "kept" | "none"
    }

/** Facts to write down, and what to do once they are. @category models @since 0.1.0 */
export interface Decision {
  readonly facts: ReadonlyArray<Event>
  readonly command: Command
}

/** The unit of an attempt: the same after a crash, another for the next one. @category decisions @since 0.1.0 */
export const unitOf = (run: RunRecord, number: number): UnitId => UnitId.make(`${run.id}-${number}`)

const startAttempt = (run: RunRecord): Event => {
  const number = run.attempts.length + 1
  return event("AttemptStarted", { number, epoch: number, unit: unitOf(run, number) })
}

/** Interruptions so far; they do not count as failures. */
const interruptions = (run: RunRecord): number =>
  run.attempts.filter(({ interrupted }) => interrupted !== undefined).length

/**
 * The next step of a run that nothing new is known about.
 *
 * @category decisions
 * @since 0.1.0
 */
export const next = (run: RunRecord): Command => {
  switch (run.phase) {
    case "Requested":
      return { _tag: "Place" }
    case "Placed":
      return { _tag: "Prepare" }
    case "Prepared":
      return { _tag: "Start" }
    case "Started":
      return run.cancelRequested ? { _tag: "Stop", reason: "stop" } : { _tag: "Watch" }
    case "Ended":
      return { _tag: "Collect", until: holdUntil(run) }
    case "Settled":
      return { _tag: "Release" }
    case "Closed":
      return { _tag: "Nothing" }
  }
}

/** Until when results wait for collection. */
const holdUntil = (run: RunRecord): number => (run.endedAt ?? run.requestedAt) + run.spec.holdSeconds * 1000

const resumeAdvice = (run: RunRecord): string =>
  `Resume it with \`runctl train ${run.spec.job.script} --resume ${run.spec.name}\`.`

const deadlineProblem = (run: RunRecord): Problem => ({
  code: "RUNCTL_E_DEADLINE",
  message: `the run reached its deadline, ${DateTime.formatIso(DateTime.makeUnsafe(run.deadlineAt))}`,
  advice: `${resumeAdvice(run)} Give it more time with --max-hours, or \`runctl extend\` it while it runs.`
})

const interruptedProblem = (run: RunRecord, message: string): Problem => ({
  code: "RUNCTL_E_INTERRUPTED",
  message,
  advice: resumeAdvice(run)
})

/** The end of a run that somebody has asked for; where that was a budget, it says so. */
const cancelled = (run: RunRecord): Event =>
  event("RunCancelled", run.exceeded === undefined ? {} : { problem: exceededProblem(run, run.exceeded.message) })

const exceededProblem = (run: RunRecord, message: string): Problem => ({
  code: "RUNCTL_E_BUDGET_EXCEEDED",
  message,
  advice: `Raise the budget. ${resumeAdvice(run)}`
})

/** Whether a job has ended by nobody's will: taken back, vanished, or unknown to its machine. @category predicates @since 0.1.0 */
export const isLost = (status: JobStatus): boolean => status.state === "Interrupted" || status.state === "Absent"

const lossMessage = (status: JobStatus | undefined): string =>
  status?.reason === "preempted"
    ? "the provider took the machine back"
    : "the job vanished without an exit code; the cause is unknown"

/** Facts that follow from the record alone: cancelled or out of time before the start, or an attempt to begin. */
const pending = (run: RunRecord, now: number): ReadonlyArray<Event> => {
  const beforeStart = run.phase === "Requested" || run.phase === "Placed" || run.phase === "Prepared"
  if (!beforeStart) return []
  if (run.cancelRequested) return [cancelled(run)]
  if (now >= run.deadlineAt) return [event("RunInterrupted", { problem: deadlineProblem(run) })]
  const attempt = currentAttempt(run)
  return run.phase === "Requested" && (attempt === undefined || attempt.interrupted !== undefined)
    ? [startAttempt(run)]
    : []
}

/** What a finished job means for its run, once its outputs are dealt with. */
const verdict = (run: RunRecord): Event => {
  const status = currentAttempt(run)?.status
  if (status === undefined || isLost(status)) {
    return event("RunInterrupted", { problem: interruptedProblem(run, lossMessage(status)) })
  }
  if (status.reason === "deadline") return event("RunInterrupted", { problem: deadlineProblem(run) })
  if (status.state === "Cancelled") return cancelled(run)
  if (status.state === "Completed") return event("RunCompleted", {})
  const code = status.exitCode ?? 1
  return event("RunFailed", {
    exitCode: code,
    problem: {
      code: "RUNCTL_E_JOB_FAILED",
      message: `the script ended with exit code ${code}${code > 128 ? ` (signal ${code - 128})` : ""}`,
      advice: `See \`runctl runs logs ${run.spec.name}\`.`
    }
  })
}

const mayTryAgain = (run: RunRecord, now: number): boolean =>
  !run.cancelRequested && now < run.deadlineAt && interruptions(run) < defaults.attemptsAfterInterruption

const over = (
  run: RunRecord,
  { evidence, status }: Extract<Observation, { readonly _tag: "Over" }>,
  now: number
): ReadonlyArray<Event> => {
  const ended = event("JobEnded", { status })
  if (!isLost(status) || !mayTryAgain(run, now)) return [ended]
  const cause = status.reason === "preempted" ? "preempted" : "lost"
  const message = evidence === undefined ? lossMessage(status) : `${lossMessage(status)}: ${evidence}`
  return [ended, event("AttemptInterrupted", { cause, message })]
}

const gone = (
  run: RunRecord,
  seen: { readonly cause: "preempted" | "gone"; readonly message: string },
  now: number
): ReadonlyArray<Event> => {
  // A machine that is gone after its deadline ended itself.
  const isDue = seen.cause === "gone" && now >= run.deadlineAt
  const problem = isDue ? deadlineProblem(run) : interruptedProblem(run, seen.message)
  if (run.phase === "Ended") return [event("OutputsFailed", { problem, holdUntil: now }), verdict(run)]
  const fact = event("AttemptInterrupted", { cause: seen.cause, message: seen.message })
  if (mayTryAgain(run, now)) return [fact]
  return [fact, run.cancelRequested ? cancelled(run) : event("RunInterrupted", { problem })]
}

const observed = (run: RunRecord, seen: Observation, now: number): ReadonlyArray<Event> => {
  switch (seen._tag) {
    case "Placed": {
      const { _tag, deadlineAt, ...placed } = seen
      const sooner =
        deadlineAt === undefined || deadlineAt >= run.deadlineAt ? [] : [event("RunExtended", { deadlineAt })]
      return [event("RunPlaced", placed), ...sooner]
    }
    case "Prepared":
      return [event("RunPrepared", {})]
    case "Started":
      return [event("RunStarted", { status: seen.status })]
    case "Over":
      return over(run, seen, now)
    case "Gone":
      return gone(run, seen, now)
    case "Overdue":
      return [event("RunInterrupted", { problem: deadlineProblem(run) })]
    case "Refused":
      return [event("RunFailed", { problem: seen.problem })]
    case "Collected": {
      const { _tag, ...collected } = seen
      return [event("OutputsVerified", collected), verdict(run)]
    }
    case "NotCollected":
      return [event("OutputsFailed", { problem: seen.problem, holdUntil: holdUntil(run) }), verdict(run)]
    case "Released":
      return [event("RunClosed", { chargedNanoUsd: seen.chargedNanoUsd, machine: seen.machine })]
  }
}

/** Which command each observation answers: an answer that comes too late, after the run has moved on, is dropped. */
const answers: Readonly<Record<Observation["_tag"], ReadonlyArray<RunRecord["phase"]>>> = {
  Placed: ["Requested"],
  Prepared: ["Placed"],
  Started: ["Prepared"],
  Over: ["Started"],
  Gone: ["Placed", "Prepared", "Started", "Ended"],
  Overdue: ["Started"],
  Refused: ["Requested", "Placed", "Prepared"],
  Collected: ["Ended"],
  NotCollected: ["Ended"],
  Released: ["Settled"]
}

/**
 * What to write down and what to do next, given the record, what was just seen, and the time.
 *
 * **Details**  when there are facts, write them, fold them and decide again before acting: `command` is what the record
 * asks for as it stands.
 * **Units**    now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const decide = (run: RunRecord, seen: Observation | undefined, now: number): Decision => {
  const counts = seen !== undefined && answers[seen._tag].includes(run.phase)
  // What has really happened comes first: a machine that was placed is recorded even when the run is cancelled.
  const facts = counts ? observed(run, seen, now) : pending(run, now)
  return { facts, command: next(run) }
}
