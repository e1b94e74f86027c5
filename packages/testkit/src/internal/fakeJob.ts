/**
 * The life of a job on a fake machine without a shell, as functions of time.
 *
 * @since 0.1.0
 */
import type { JobRequest, JobStatus } from "@runctl/core/Job"
import type { Program, Step } from "./lawJob.ts"

/** A started job; times are milliseconds since 1970. */
export interface FakeJob {
  readonly request: JobRequest
  readonly program: Program
  readonly startedAt: number
  readonly deadline: number | undefined
  readonly stop: { readonly at: number; readonly reason: "stop" | "preempted" | "deadline" } | undefined
  /** When its machine ended, if it did. */
  readonly machineEndedAt: number | undefined
}

interface End {
  readonly at: number
  readonly reason: NonNullable<JobStatus["reason"]> | null
}

/** When and why it ends: by itself, or cut off by whichever comes first. */
const endOf = ({ deadline, machineEndedAt, program, startedAt, stop }: FakeJob): End => {
  const ends: ReadonlyArray<End> = [
    { at: startedAt + program.runsFor, reason: null },
    ...(stop === undefined ? [] : [stop]),
    ...(deadline === undefined ? [] : [{ at: deadline, reason: "deadline" as const }]),
    ...(machineEndedAt === undefined ? [] : [{ at: machineEndedAt, reason: "lost" as const }])
  ]
  return ends.reduce((first, each) => (each.at < first.at ? each : first))
}

/** The steps that are done at a time. */
export const doneAt = (job: FakeJob, now: number): ReadonlyArray<Step> => {
  const until = Math.min(now, endOf(job).at) - job.startedAt
  return job.program.steps.filter(({ after }) => after <= until)
}

/** The log as it is at a time. */
export const logAt = (job: FakeJob, now: number): Uint8Array =>
  Uint8Array.from(doneAt(job, now).flatMap(({ print }) => (print === undefined ? [] : [...print])))

/** The next time at which something changes, after now. */
export const nextChange = (job: FakeJob, now: number): number => {
  const changes = [...job.program.steps.map(({ after }) => job.startedAt + after), endOf(job).at]
  return Math.min(...changes.filter((at) => at > now))
}

const seconds = (millis: number): number => Math.floor(millis / 1000)

const stateOf = (reason: End["reason"], exitCode: number): JobStatus["state"] => {
  if (reason === null) return exitCode === 0 ? "Completed" : "Failed"
  return reason === "stop" || reason === "deadline" ? "Cancelled" : "Interrupted"
}

/** What the provider says of the job at a time. */
export const statusAt = (job: FakeJob, now: number): JobStatus => {
  const { at, reason } = endOf(job)
  const over = now >= at
  return {
    unit: job.request.unit,
    state: over ? stateOf(reason, job.program.exitCode) : "Running",
    exitCode: over && reason === null ? job.program.exitCode : null,
    startedAt: seconds(job.startedAt),
    endedAt: over ? seconds(at) : null,
    logBytes: logAt(job, now).length,
    logClosed: over,
    pid: null,
    deadline: job.deadline === undefined ? null : seconds(job.deadline),
    reason: over ? reason : null
  }
}

/** What is said of a unit that nobody started. */
export const absent = (unit: string): JobStatus => ({
  unit,
  state: "Absent",
  exitCode: null,
  startedAt: null,
  endedAt: null,
  logBytes: 0,
  logClosed: true,
  pid: null,
  deadline: null,
  reason: null
})
