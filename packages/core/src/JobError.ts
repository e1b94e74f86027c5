/**
 * Why something about a job failed, when it was not the cloud.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { PreparationStep } from "./Job.ts"

/** The machine cannot be reached now. Says nothing about whether it is alive. @category errors @since 0.1.0 */
export class MachineUnreachable extends Schema.TaggedError<MachineUnreachable>("@runctl/core/MachineUnreachable")(
  "MachineUnreachable",
  { message: Schema.String }
) {}

/**
 * Code, dependencies or data could not be brought to the machine; `output` is the end of what was printed.
 *
 * @category errors
 * @since 0.1.0
 */
export class PreparationFailed extends Schema.TaggedError<PreparationFailed>("@runctl/core/PreparationFailed")(
  "PreparationFailed",
  { step: PreparationStep, message: Schema.String, output: Schema.String }
) {}

/** Another training run has the machine, or the GPUs that were asked for. @category errors @since 0.1.0 */
export class MachineClaimed extends Schema.TaggedError<MachineClaimed>("@runctl/core/MachineClaimed")(
  "MachineClaimed",
  { unit: Schema.String }
) {
  override get message(): string {
    return `another training run (${this.unit}) has this machine`
  }
}

/** The machine answered something the job runner never says, or refused a command. @category errors @since 0.1.0 */
export class MachineRefused extends Schema.TaggedError<MachineRefused>("@runctl/core/MachineRefused")(
  "MachineRefused",
  { message: Schema.String }
) {}

/** A local file or folder cannot be read or written. @category errors @since 0.1.0 */
export class LocalFileFailed extends Schema.TaggedError<LocalFileFailed>("@runctl/core/LocalFileFailed")(
  "LocalFileFailed",
  { path: Schema.String, message: Schema.String }
) {}

/** What arrived is not what was sent. @category errors @since 0.1.0 */
export class DigestMismatch extends Schema.TaggedError<DigestMismatch>("@runctl/core/DigestMismatch")(
  "DigestMismatch",
  { path: Schema.String, message: Schema.String }
) {}

/** A path that would leave the folder it belongs to: a hostile or broken name. @category errors @since 0.1.0 */
export class PathEscapes extends Schema.TaggedError<PathEscapes>("@runctl/core/PathEscapes")("PathEscapes", {
  path: Schema.String,
  message: Schema.String
}) {}

/**
 * The only error of the using half of a provider, beside `ProviderError`.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobError extends Schema.TaggedError<JobError>("@runctl/core/JobError")("JobError", {
  operation: Schema.Literals([
    "arm",
    "prepare",
    "train",
    "monitor",
    "status",
    "stop",
    "extend",
    "outputs",
    "upload",
    "download",
    "release"
  ]),
  reason: Schema.Union([
    MachineUnreachable,
    PreparationFailed,
    MachineClaimed,
    MachineRefused,
    LocalFileFailed,
    DigestMismatch,
    PathEscapes
  ])
}) {
  override get message(): string {
    return this.reason.message
  }
}

/**
 * Whether the same call may succeed when repeated unchanged: only when the machine was not reached.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isRetryable = (error: JobError): boolean => error.reason._tag === "MachineUnreachable"
