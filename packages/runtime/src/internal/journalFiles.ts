import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import type { Projection } from "./journalModels.ts"
import { DiskFull, JournalError, ReadOnly, Unreadable } from "../JournalError.ts"
import { FileSystems } from "../FileSystems.ts"

/** Where a journal is and how it is opened. */
export interface JournalPlace {
  readonly file: string
  /** Where damaged files go. */
  readonly quarantine: string
  readonly busyTimeout: Duration.Duration
  readonly allowNetworkFileSystem: boolean
  readonly owner: string
  readonly projections: ReadonlyArray<Projection>
}

/** What belongs to one database, its own name first. */
export const partsOf = (file: string): ReadonlyArray<string> => [file, `${file}-wal`, `${file}-shm`]

/** A failed call to the file system, as an error of the journal. */
export const failing =
  (file: string) =>
  <A, R>(effect: Effect.Effect<A, PlatformError, R>): Effect.Effect<A, JournalError, R | FileSystems> =>
    Effect.catch(effect, (error) =>
      Effect.gen(function* () {
        const free = yield* (yield* FileSystems).freeBytes(file)
        if (error.reason._tag === "PermissionDenied" || /EROFS|read-only/i.test(String(error.reason.cause))) {
          return yield* new JournalError({ reason: new ReadOnly({ file }) })
        }
        if (free !== undefined && free === 0) return yield* new JournalError({ reason: new DiskFull({ file }) })
        return yield* new JournalError({
          reason: new Unreadable({ file, message: `${file} cannot be used: ${error.message}` })
        })
      })
    )

/** Bytes in a file; 0 when there is none. */
export const sizeOf = (file: string): Effect.Effect<number, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    fs.stat(file).pipe(
      Effect.map(({ size }) => Number(size)),
      Effect.orElseSucceed(() => 0)
    )
  )

/** All bytes of a file; none when it cannot be read. */
export const bytesOf = (file: string): Effect.Effect<Uint8Array, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orElseSucceed(fs.readFile(file), () => new Uint8Array()))

/** The first bytes of a file; none when it cannot be read. */
export const beginningOf = (file: string, length: number): Effect.Effect<Uint8Array, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.scoped(Effect.flatMap(fs.open(file, { flag: "r" }), (opened) => opened.readAlloc(length))).pipe(
      Effect.map((bytes) => Option.getOrElse(bytes, () => new Uint8Array())),
      Effect.orElseSucceed(() => new Uint8Array())
    )
  )

/** Makes renames in a folder survive a loss of power, where the system can. */
export const syncFolder = (folder: string): Effect.Effect<void, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder, { flag: "r" }), (opened) => opened.sync)))
  )

/** A folder named after the time, that did not exist before. */
export const makeQuarantine = Effect.fnUntraced(function* (place: JournalPlace) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(place.quarantine, { recursive: true, mode: 0o700 })
  const now = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis)).replaceAll(":", "-")
  for (let number = 1; ; number++) {
    const folder = path.join(place.quarantine, number === 1 ? now : `${now}-${number}`)
    const made = yield* fs.makeDirectory(folder, { mode: 0o700 }).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => error.reason._tag === "AlreadyExists",
        () => Effect.succeed(false)
      )
    )
    if (made) return folder
  }
})

/** Takes a file away from group and others; one that cannot be changed stays as it is, its folder being closed. */
export const closeToOthers = (file: string): Effect.Effect<void, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.ignore(
      Effect.flatMap(fs.stat(file), ({ mode }) => ((mode & 0o077) === 0 ? Effect.void : fs.chmod(file, 0o600)))
    )
  )
