/**
 * What a job sees in its environment.
 *
 * @since 0.1.0
 */
import type { JobRequest } from "@runctl/core/Job"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { exported, isVariableName, quote } from "./internal/quote.ts"
import type * as Layout from "./Layout.ts"
import { normalFolder } from "./Outputs.ts"

/** A variable that names a place below the machine's home. @category formatting @since 0.1.0 */
export const place = (name: string, folder: string): string => `export ${name}="$RUNCTL_MACHINE_DIR"/${quote(folder)}\n`

/** Where a job's checkpoints lie, relative to the machine's home. @category accessors @since 0.1.0 */
export const checkpointFolder = (layout: Layout.UnitLayout, checkpointDir: string | undefined): string => {
  const folder = normalFolder(checkpointDir ?? "")
  return folder === "" ? layout.checkpoints : `${layout.project}/${folder}`
}

/**
 * The `sh` that exports a job's own variables and secrets, or which of them cannot be exported.
 *
 * @category formatting
 * @since 0.1.0
 */
export const ofJob = (request: JobRequest): Result.Result<string, string> => {
  const missing = request.job.secretNames.find((name) => !request.secrets.has(name))
  if (missing !== undefined) return Result.fail(`no value was given for the secret ${missing}`)
  const all = [
    ...Object.entries(request.job.environment),
    ...[...request.secrets].map(([name, value]) => [name, Redacted.value(value)] as const)
  ]
  const unnamed = all.find(([name]) => !isVariableName(name))
  if (unnamed !== undefined) {
    return Result.fail(`${JSON.stringify(unnamed[0])} cannot be a variable: letters, digits and _ only`)
  }
  const broken = all.find(([, value]) => value.includes("\0"))
  if (broken !== undefined) return Result.fail(`the value of ${broken[0]} holds a NUL character`)
  return Result.succeed(all.map(([name, value]) => exported(name, value)).join(""))
}

/** The `sh` that makes a job's places and tells it about them; it comes after the job's own variables. @category formatting @since 0.1.0 */
export const ofPlaces = (layout: Layout.UnitLayout, request: JobRequest): string =>
  exported("RUNCTL_RUN", layout.work.slice(layout.work.lastIndexOf("/") + 1)) +
  place("RUNCTL_OUTPUT_DIR", layout.outputs) +
  place("RUNCTL_CHECKPOINT_DIR", checkpointFolder(layout, request.job.checkpointDir)) +
  'mkdir -p "$RUNCTL_OUTPUT_DIR" "$RUNCTL_CHECKPOINT_DIR"\n'
