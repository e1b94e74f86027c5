/**
 * What a run leaves on this computer: its log, samples, preparation and checkpoints, one folder per attempt.
 *
 * @since 0.1.0
 */
import { type Preparation, Sample } from "@runctl/core/Job"
import type { RunId } from "@runctl/core/Run"
import { completeLines } from "@runctl/remote/JsonLines"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Home } from "./Home.ts"
import { HomeFailed } from "./RuntimeError.ts"

/**
 * The folder of one attempt and what is in it.
 *
 * @category models
 * @since 0.1.0
 */
export interface AttemptFiles {
  readonly folder: string
  /** The raw bytes of the job's log: its length is the offset of the next byte. */
  readonly log: string
  /** Where the machine had lost bytes: JSON lines `{ fromByte, lostBytes }`; the log holds zeros there. */
  readonly gaps: string
  readonly samples: string
  readonly preparation: string
  readonly checkpoints: string
}

/**
 * A log that is being mirrored. Writes at an offset that is already there are dropped, so repeats are harmless.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogMirror {
  /** How many bytes are on disk. */
  readonly length: Effect.Effect<number>
  readonly write: (fromByte: number, bytes: Uint8Array) => Effect.Effect<void, HomeFailed>
  /** Leaves room for bytes that are lost for ever, and says so beside the log. */
  readonly skip: (fromByte: number, lostBytes: number) => Effect.Effect<void, HomeFailed>
}

/**
 * What runs leave on this computer.
 *
 * @category services
 * @since 0.1.0
 */
export class RunFiles extends Context.Service<
  RunFiles,
  {
    /** The folder of a run, where outputs are kept that could not be brought anywhere else. */
    readonly folder: (run: RunId) => string
    readonly attempt: (run: RunId, number: number) => AttemptFiles
    /** Opens an attempt's log for appending, for as long as the scope lives. */
    readonly mirror: (files: AttemptFiles) => Effect.Effect<LogMirror, HomeFailed, Scope.Scope>
    /** When the newest sample that was written was taken: seconds since 1970-01-01 UTC; 0 when there is none. */
    readonly sampledUntil: (files: AttemptFiles) => Effect.Effect<number, HomeFailed>
    readonly addSample: (files: AttemptFiles, sample: Sample) => Effect.Effect<void, HomeFailed>
    readonly addPreparation: (files: AttemptFiles, preparation: Preparation) => Effect.Effect<void, HomeFailed>
  }
>()("@runctl/runtime/RunFiles") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<RunFiles, never, Home | FileSystem.FileSystem | Path.Path> = Layer.effect(
    RunFiles,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const home = yield* Home

      const folder = (run: RunId): string => path.join(home.runs, run)

      const attempt = (run: RunId, number: number): AttemptFiles => {
        const at = path.join(folder(run), String(number))
        return {
          folder: at,
          log: path.join(at, "log"),
          gaps: path.join(at, "gaps.jsonl"),
          samples: path.join(at, "samples.jsonl"),
          preparation: path.join(at, "preparation.jsonl"),
          checkpoints: path.join(at, "checkpoints")
        }
      }

      const made = (files: AttemptFiles) =>
        fs.makeDirectory(files.folder, { recursive: true, mode: 0o700 }).pipe(failing(files.folder))

      const addLine = (files: AttemptFiles, file: string, value: unknown) =>
        Effect.andThen(
          made(files),
          fs.writeFileString(file, `${JSON.stringify(value)}\n`, { flag: "a", mode: 0o600 }).pipe(failing(file))
        )

      return RunFiles.of({
        folder,
        attempt,
        sampledUntil: (files) =>
          Effect.scoped(
            Effect.gen(function* () {
              const file = yield* fs.open(files.samples, { flag: "r" })
              const { size } = yield* file.stat
              const position = size > BigInt(tailBytes) ? size - BigInt(tailBytes) : BigInt(0)
              return newestAt(yield* file.readAlloc(tailBytes, { position }))
            })
          ).pipe(
            Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(0)),
            failing(files.samples)
          ),
        addSample: (files, sample) => addLine(files, files.samples, sample),
        addPreparation: (files, preparation) => addLine(files, files.preparation, preparation),
        mirror: Effect.fn("RunFiles.mirror")(function* (files) {
          yield* made(files)
          const file = yield* fs.open(files.log, { flag: "a", mode: 0o600 }).pipe(failing(files.log))
          let length = Number((yield* file.stat.pipe(failing(files.log))).size)

          /** After a failed write only the file itself knows how much of it arrived. */
          const measured = Effect.tap(file.stat.pipe(failing(files.log)), ({ size }) =>
            Effect.sync(() => {
              length = Number(size)
            })
          )

          return {
            length: Effect.sync(() => length),
            write: Effect.fnUntraced(function* (fromByte, bytes) {
              const fresh = bytes.subarray(Math.max(0, length - fromByte))
              if (fresh.length === 0) return
              yield* file.writeAll(fresh).pipe(
                failing(files.log),
                Effect.onError(() => Effect.ignore(measured))
              )
              length += fresh.length
            }),
            skip: Effect.fnUntraced(function* (fromByte, lostBytes) {
              const end = fromByte + lostBytes
              if (end <= length) return
              // What is here already is not lost.
              yield* addLine(files, files.gaps, { fromByte: length, lostBytes: end - length })
              yield* file.truncate(end).pipe(failing(files.log))
              length = end
            })
          }
        })
      })
    })
  )
}

/** More than the longest sample. */
const tailBytes = 64 * 1024

const newestAt = (bytes: Option.Option<Uint8Array>): number => {
  const samples = Option.isNone(bytes) ? [] : completeLines(bytes.value).values.filter(Schema.is(Sample))
  return samples.at(-1)?.at ?? 0
}

const failing =
  (path: string) =>
  <A, R>(effect: Effect.Effect<A, PlatformError, R>): Effect.Effect<A, HomeFailed, R> =>
    Effect.mapError(effect, (error) => new HomeFailed({ path, message: `${path}: ${error.message}` }))
