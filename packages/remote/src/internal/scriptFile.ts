/**
 * The script of a job, looked at before anything is sent.
 *
 * @since 0.1.0
 */
import type { TrainingJob } from "@runctl/core/TrainingJob"
import type { JobError } from "@runctl/core/JobError"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Failure from "../Failure.ts"
import { decode } from "./utf8.ts"

/** What is known of a script. @category models @since 0.1.0 */
export interface ScriptFile {
  readonly path: string
  readonly text: string
  readonly isExecutable: boolean
}

/** A longer file is no script that says anything about itself. */
const limitBytes = 1024 * 1024

/**
 * Reads a job's script.
 *
 * **Errors**   `PathEscapes` when it lies outside the project; `LocalFileFailed` when it is missing, a folder or cannot be
 * read.
 *
 * @category accessors
 * @since 0.1.0
 */
export const readScript = (job: TrainingJob): Effect.Effect<ScriptFile, JobError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const absolute = path.resolve(job.project, job.script)
    const relative = path.relative(job.project, absolute)
    if (relative === "" || relative.split(path.sep)[0] === ".." || path.isAbsolute(relative)) {
      return yield* Failure.escapes(
        "prepare",
        job.script,
        `the script ${absolute} is not in the project ${job.project}: only the project is brought to the machine`
      )
    }
    const failing = Effect.mapError(Failure.fromPlatform("prepare", absolute))
    const info = yield* fs.stat(absolute).pipe(failing)
    if (info.type === "Directory")
      return yield* Failure.local("prepare", absolute, `${absolute} is a folder, not a script`)
    const content = Number(info.size) > limitBytes ? new Uint8Array(0) : yield* fs.readFile(absolute).pipe(failing)
    return {
      path: relative.split(path.sep).join("/"),
      text: decode(content),
      isExecutable: (info.mode & 0o111) !== 0
    }
  })
