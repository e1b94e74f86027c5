/**
 * A job on a machine: one execution of a `TrainingJob`, as the machine itself knows it.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { TrainingJob } from "./TrainingJob.ts"

/**
 * The id of one execution on a machine, chosen by us: starting the same unit twice starts it once.
 *
 * @category models
 * @since 0.1.0
 */
export const UnitId = Schema.String.check(Schema.isPattern(/^[a-z0-9-]{1,64}$/)).pipe(Schema.brand("UnitId"))
export type UnitId = typeof UnitId.Type

/**
 * What a job is doing. `Ending`: its process is over, leftovers are being cleared. `Absent`: the machine knows no such
 * unit.
 *
 * @category models
 * @since 0.1.0
 */
export const JobState = Schema.Literals([
  "Absent",
  "Running",
  "Ending",
  "Completed",
  "Failed",
  "Cancelled",
  "Interrupted"
])
export type JobState = typeof JobState.Type

/**
 * What the machine says about a job. `reason` tells why it was ended; `lost` means no exit code was left behind.
 *
 * **Units**  times: whole seconds since 1970-01-01 UTC, by the machine's clock · logBytes: length of the log so far
 *
 * @category models
 * @since 0.1.0
 */
export const JobStatus = Schema.Struct({
  unit: Schema.String,
  state: JobState,
  exitCode: Schema.NullOr(Schema.Int),
  startedAt: Schema.NullOr(Schema.Int),
  endedAt: Schema.NullOr(Schema.Int),
  logBytes: Schema.Int,
  logClosed: Schema.Boolean,
  pid: Schema.NullOr(Schema.Int),
  deadline: Schema.NullOr(Schema.Int),
  reason: Schema.NullOr(Schema.Literals(["stop", "deadline", "preempted", "lost"]))
})
export type JobStatus = typeof JobStatus.Type

/** Whether nothing more will happen to the job or its log. @category predicates @since 0.1.0 */
export const isOver = (status: JobStatus): boolean =>
  status.state !== "Running" && status.state !== "Ending" && (status.state === "Absent" || status.logClosed)

/**
 * A measurement a script printed as a JSON line.
 *
 * @category models
 * @since 0.1.0
 */
export const Metric = Schema.Struct({
  metric: Schema.NonEmptyString,
  step: Schema.optionalKey(Schema.Finite),
  value: Schema.Finite
})
export type Metric = typeof Metric.Type

/**
 * A complete checkpoint. `path` is relative to the checkpoint directory, or absolute on the machine.
 *
 * @category models
 * @since 0.1.0
 */
export const Checkpoint = Schema.Struct({
  path: Schema.NonEmptyString,
  bytes: Schema.Int,
  atEpochSeconds: Schema.Int
})
export type Checkpoint = typeof Checkpoint.Type

const MaybeNumber = Schema.NullOr(Schema.Finite)

/**
 * How busy the machine is; `null` where it does not say.
 *
 * @category models
 * @since 0.1.0
 */
export const Sample = Schema.Struct({
  at: Schema.Int,
  cpuPercent: MaybeNumber,
  memoryUsedBytes: MaybeNumber,
  memoryTotalBytes: MaybeNumber,
  diskUsedBytes: MaybeNumber,
  diskTotalBytes: MaybeNumber,
  gpus: Schema.Array(
    Schema.Struct({
      index: Schema.Int,
      utilizationPercent: MaybeNumber,
      memoryUsedBytes: MaybeNumber,
      memoryTotalBytes: MaybeNumber,
      temperatureC: MaybeNumber,
      powerW: MaybeNumber
    })
  )
})
export type Sample = typeof Sample.Type

/**
 * What following a job yields. Log bytes are raw and carry their offset: nothing is lost or repeated as long as each
 * one begins where the last one ended; a `Gap` says how many bytes the machine has lost.
 *
 * @category models
 * @since 0.1.0
 */
export type JobEvent =
  | { readonly _tag: "Log"; readonly fromByte: number; readonly bytes: Uint8Array }
  | { readonly _tag: "Gap"; readonly fromByte: number; readonly lostBytes: number }
  | { readonly _tag: "Sample"; readonly sample: Sample }
  | { readonly _tag: "Checkpoint"; readonly checkpoint: Checkpoint }
  | { readonly _tag: "Status"; readonly status: JobStatus }

/**
 * A step of bringing a job to a machine: a line of progress, or bytes and files done of a whole.
 *
 * @category models
 * @since 0.1.0
 */
export type Preparation =
  | { readonly _tag: "Step"; readonly step: PreparationStep; readonly message: string }
  | { readonly _tag: "Output"; readonly step: PreparationStep; readonly text: string }
  | {
      readonly _tag: "Transfer"
      readonly step: PreparationStep
      readonly files: number
      readonly totalFiles: number
      readonly bytes: number
      readonly totalBytes: number
    }

/** What is being prepared. @category models @since 0.1.0 */
export const PreparationStep = Schema.Literals(["connection", "code", "dependencies", "data", "checkpoint"])
export type PreparationStep = typeof PreparationStep.Type

/**
 * Everything needed to start one unit.
 *
 * **Details**  `secrets` holds a value for every name in `job.secretNames`; `resumeFrom` is a local checkpoint that is
 * brought along; `claim` is which GPUs no other training run may use meanwhile; `withheld` are absolute local paths that
 * are never brought to the machine, even inside the project: files with secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface JobRequest {
  readonly unit: UnitId
  readonly job: TrainingJob
  readonly secrets: ReadonlyMap<string, Redacted.Redacted>
  readonly deadline: DateTime.Utc | undefined
  readonly grace: Duration.Duration
  readonly claim: "all" | "none" | ReadonlyArray<number>
  readonly resumeFrom: string | undefined
  readonly preemptionProbe: string | undefined
  readonly withheld?: ReadonlyArray<string>
}

/**
 * A file on the machine, relative to the folder it was found in.
 *
 * **Units**  mtimeSeconds: whole seconds since 1970-01-01 UTC, by the machine's clock
 *
 * @category models
 * @since 0.1.0
 */
export const OutputFile = Schema.Struct({
  path: Schema.NonEmptyString,
  bytes: Schema.Int,
  mode: Schema.Int,
  sha256: Schema.String,
  mtimeSeconds: Schema.optionalKey(Schema.Int)
})
export type OutputFile = typeof OutputFile.Type

/**
 * How files are copied.
 *
 * **Details**  `exclude` are patterns as in a `.gitignore`. `rules`: whether a project's `.gitignore` and
 * `.runctlignore` count, as for a job's code, or nothing does. `checksum` compares contents; otherwise a file with the
 * same size and time is the same. `isDryRun` copies nothing and tells what would be.
 *
 * **Units**  bytesPerSecond: the most that passes in one second
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyOptions {
  readonly exclude?: ReadonlyArray<string>
  readonly rules?: "project" | "none"
  readonly checksum?: boolean
  readonly bytesPerSecond?: number
  readonly isDryRun?: boolean
  readonly onProgress?: (progress: CopyProgress) => Effect.Effect<void>
}

/** How far a copy has come. @category models @since 0.1.0 */
export interface CopyProgress {
  readonly files: number
  readonly totalFiles: number
  readonly bytes: number
  readonly totalBytes: number
}

/**
 * What was copied, how many files were the same already, and what cannot be copied (sockets, devices, links that lead
 * away).
 *
 * @category models
 * @since 0.1.0
 */
export interface Copied {
  readonly files: ReadonlyArray<OutputFile>
  readonly unchanged: number
  readonly skipped: ReadonlyArray<string>
}
