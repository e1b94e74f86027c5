/**
 * Brings a finished job's outputs home and verifies them, for as long as they are held.
 *
 * @since 0.1.0
 */
import type { OutputFile } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Schedule from "effect/Schedule"
import type { Problem } from "./Event.ts"
import { problemOf, type StepError } from "./Problems.ts"
import { orGone } from "./RunEvidence.ts"
import { RunFiles } from "./RunFiles.ts"
import type { Observation } from "./RunMachine.ts"
import type { RunRecord } from "./RunRecord.ts"
import { machineOf } from "./RunSteps.ts"

const backoff = Schedule.min([Schedule.exponential("1 second", 2), Schedule.spaced("30 seconds")])

const isLocal = (error: StepError): error is JobError =>
  error._tag === "JobError" && error.reason._tag === "LocalFileFailed"

const collected = (files: ReadonlyArray<OutputFile>, folder: string, message: string): Observation => ({
  _tag: "Collected",
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  folder,
  message
})

const overdue = (last: Problem | undefined): Problem => ({
  code: "RUNCTL_E_OUTPUTS",
  message: `the outputs could not be brought home before their hold ended${last === undefined ? "" : `: ${last.message}`}`
})

/**
 * Brings outputs to the folder the user named; where that cannot be written, to the run's own folder, and says so.
 *
 * **Units**  until: milliseconds since 1970-01-01 UTC
 *
 * @category steps
 * @since 0.1.0
 */
export const collect = Effect.fn("RunCollect.collect")(function* (run: RunRecord, until: number) {
  const files = yield* RunFiles
  const path = yield* Path.Path
  const { using, id, attempt } = yield* machineOf(run)
  const own = path.join(files.folder(run.id), "outputs")
  const wanted = run.spec.job.outputDest ?? own

  const into = (folder: string, message: string) =>
    Effect.map(using.collect(id, attempt.unit, folder), (brought) => collected(brought, folder, message))

  let problem: Problem | undefined
  const left = Math.max(1000, until - (yield* Clock.currentTimeMillis))
  return yield* into(wanted, "").pipe(
    Effect.catchIf(isLocal, (error) => into(own, `${wanted} cannot be written (${error.message}); kept here instead`)),
    orGone(run),
    Effect.tapError((error) =>
      Effect.sync(() => {
        problem = problemOf(error)
      })
    ),
    // Whatever is wrong may be mended while the machine still holds the results.
    Effect.retry(backoff),
    Effect.timeoutOption(Duration.millis(left)),
    Effect.map((done): Observation =>
      done._tag === "Some" ? done.value : { _tag: "NotCollected", problem: overdue(problem) }
    )
  )
})
