/**
 * Data and checkpoints that are brought from this computer.
 *
 * @since 0.1.0
 */
import type { Preparation } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as CodeSync from "../CodeSync.ts"
import * as Failure from "../Failure.ts"
import type * as Layout from "../Layout.ts"
import * as ProjectFiles from "../ProjectFiles.ts"
import * as Survey from "../Survey.ts"

/** Tells what is being done. @category models @since 0.1.0 */
export type Emit = (event: Preparation) => Effect.Effect<void>
type Platform = FileSystem.FileSystem | Path.Path

/** A folder with its files, or the folder of a single file with it alone. */
const inputAt = Effect.fnUntraced(function* (
  local: string
): Effect.fn.Return<{ readonly folder: string; readonly files: ProjectFiles.ProjectFiles }, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const info = yield* fs.stat(local).pipe(Effect.mapError(Failure.fromPlatform("prepare", local)))
  if (info.type === "Directory") {
    return { folder: local, files: yield* ProjectFiles.list("prepare", local, { rules: "none" }) }
  }
  const real = yield* fs.realPath(local).pipe(Effect.mapError(Failure.fromPlatform("prepare", local)))
  const file = yield* ProjectFiles.one("prepare", real, path.basename(real))
  return { folder: path.dirname(real), files: { files: [file], folders: [], skipped: [] } }
})

const send = Effect.fnUntraced(function* (
  shell: Shell,
  step: "data" | "checkpoint",
  local: string,
  folder: string,
  emit: Emit
): Effect.fn.Return<void, JobError, Platform> {
  const input = yield* inputAt(local)
  const place = { project: folder, manifest: `${folder}.json` }
  const survey = yield* Survey.take(shell, "prepare", place, [])
  yield* CodeSync.sync(shell, {
    step,
    local: input.folder,
    files: input.files,
    folder,
    manifest: place.manifest,
    survey,
    machineHasZstd: survey.tools.has("zstd"),
    also: [],
    emit
  })
})

/** Brings local data into a folder on the machine, sending only what changed. @category combinators @since 0.1.0 */
export const localData = (shell: Shell, local: string, folder: string, emit: Emit) =>
  Effect.andThen(
    emit({ _tag: "Step", step: "data", message: `bringing ${local}` }),
    send(shell, "data", local, folder, emit)
  )

/** A checkpoint to be brought along, and what it will be called there. @category models @since 0.1.0 */
export interface Resume {
  readonly local: string
  readonly path: string
  readonly send: (shell: Shell, emit: Emit) => Effect.Effect<void, JobError, Platform>
}

/** Looks at the checkpoint to resume from, before anything is sent. @category constructors @since 0.1.0 */
export const localCheckpoint = Effect.fnUntraced(function* (
  local: string | undefined,
  layout: Layout.UnitLayout
): Effect.fn.Return<Resume | undefined, JobError, Platform> {
  if (local === undefined) return undefined
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const info = yield* fs.stat(local).pipe(Effect.mapError(Failure.fromPlatform("prepare", local)))
  const name = path.basename(local)
  // A folder keeps its name below ours: scripts read the step from it.
  const folder = info.type === "Directory" ? `${layout.resume}/${name}` : layout.resume
  return {
    local,
    path: `${layout.resume}/${name}`,
    send: (shell, emit) => send(shell, "checkpoint", local, folder, emit)
  }
})
