/**
 * Folds a run's events into its record.
 *
 * @since 0.1.0
 */
import type { RunState } from "@runctl/core/Run"
import type { Event, RunSpec } from "./Event.ts"
import type { AttemptRecord, RunRecord } from "./RunRecord.ts"

/** A run that waits for a cloud for a day tries it often. */
const mostTried = 100

const first = (id: RunRecord["id"], spec: RunSpec, at: number): RunRecord => ({
  id,
  spec,
  state: "Pending",
  phase: "Requested",
  requestedAt: at,
  deadlineAt: spec.deadlineAt,
  attempts: [],
  checkpoints: [],
  cancelRequested: false,
  outputs: { state: "pending" }
})

const current = (run: RunRecord, change: Partial<AttemptRecord>): Pick<RunRecord, "attempts"> => ({
  attempts: run.attempts.map((attempt, index) =>
    index === run.attempts.length - 1 ? { ...attempt, ...change } : attempt
  )
})

const settled = (run: RunRecord, state: RunState, at: number): RunRecord => ({
  ...run,
  state,
  phase: "Settled",
  endedAt: run.endedAt ?? at
})

const grown = (run: RunRecord, event: Event, at: number): RunRecord => {
  switch (event.type) {
    case "AttemptStarted": {
      const attempt: AttemptRecord = { ...event.payload, rented: false, startedAt: at }
      return { ...run, phase: "Requested", attempts: [...run.attempts, attempt] }
    }
    case "ProviderFailed": {
      const others = (run.failures ?? []).filter(({ provider }) => provider !== event.payload.provider)
      return { ...run, failures: [...others, event.payload] }
    }
    case "OfferFailed": {
      const tried = { ...event.payload, attempt: run.attempts.length, at }
      return { ...run, tried: [...(run.tried ?? []), tried].slice(-mostTried) }
    }
    case "RunPlaced":
      return { ...run, ...current(run, event.payload), phase: "Placed" }
    case "RunPrepared":
      return { ...run, phase: "Prepared" }
    case "RunStarted":
      return {
        ...run,
        ...current(run, { status: event.payload.status }),
        phase: "Started",
        state: "Running",
        startedAt: run.startedAt ?? at
      }
    case "CheckpointSaved": {
      const { checkpoint, ...saved } = event.payload
      // A script may write the same file again and again: here too it is one file, the newest.
      const others = run.checkpoints.filter(({ local }) => local !== saved.local)
      return { ...run, checkpoints: [...others, { ...checkpoint, ...saved }] }
    }
    case "RunCancelRequested":
      return { ...run, cancelRequested: true }
    case "BudgetWarned": {
      const { capNanoUsd, percent, scope } = event.payload
      return { ...run, warned: { ...run.warned, [scope]: { percent, capNanoUsd } } }
    }
    case "BudgetExceeded": {
      const { message, scope } = event.payload
      return { ...run, exceeded: run.exceeded ?? { scope, message, at } }
    }
    case "RunExtended":
      return { ...run, deadlineAt: event.payload.deadlineAt }
    case "JobEnded":
      return { ...run, ...current(run, { status: event.payload.status }), phase: "Ended", endedAt: at }
    case "AttemptInterrupted": {
      const { endedAt: _, ...rest } = run
      const { cause, message } = event.payload
      return { ...rest, ...current(run, { interrupted: cause, why: message }), phase: "Requested" }
    }
    case "OutputsVerified":
      return { ...run, outputs: { state: "verified", ...event.payload } }
    case "OutputsFailed":
      return {
        ...run,
        outputs: { state: "failed", message: event.payload.problem.message, holdUntil: event.payload.holdUntil }
      }
    case "RunCompleted":
      return { ...settled(run, "Completed", at), exitCode: 0 }
    case "RunFailed":
      return { ...settled(run, "Failed", at), ...event.payload }
    case "RunCancelled":
      return { ...settled(run, "Cancelled", at), ...event.payload }
    case "RunInterrupted":
      return { ...settled(run, "Interrupted", at), problem: event.payload.problem }
    case "RunClosed":
      return { ...run, phase: "Closed", closedAt: at, chargedNanoUsd: event.payload.chargedNanoUsd }
    default:
      return run
  }
}

/**
 * A run's record after one more event. An event before `RunRequested`, or of a type unknown to this version, changes
 * nothing.
 *
 * **Units**  at: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const evolve = (
  run: RunRecord | undefined,
  id: RunRecord["id"],
  event: Event,
  at: number
): RunRecord | undefined => {
  if (event.type === "RunRequested") return run ?? first(id, event.payload.spec, at)
  return run === undefined ? undefined : grown(run, event, at)
}
