import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { FileSystems } from "../FileSystems.ts"
import type { Processes } from "../Processes.ts"
import { Sqlite, type SqliteConnection } from "../Sqlite.ts"
import { failing, type JournalPlace, partsOf, syncFolder } from "./journalFiles.ts"
import { migrate } from "./journalSchema.ts"
import { type Trouble, working } from "./troubles.ts"
import { waiting } from "./waiting.ts"

/** What work on the files of a journal needs. */
export type Platform = FileSystem.FileSystem | Path.Path | FileSystems | Sqlite | Processes

/** A salvage reads and writes the whole journal. */
const longestChange = Duration.minutes(1)

/**
 * Only one process at a time makes, moves or replaces the file itself.
 *
 * **Details**  the lock is SQLite's own, on a file beside the journal: the system gives it back when its process dies.
 */
export const exclusively = <A, E, R>(
  place: JournalPlace,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | Trouble, Platform | R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const sqlite = yield* Sqlite
      const file = `${place.file}-lock`
      yield* fs.makeDirectory(path.dirname(file), { recursive: true, mode: 0o700 }).pipe(failing(place.file))
      // SQLite itself makes it: closing a file of our own would drop the locks this process has on it.
      const connection = yield* sqlite.open(file, { access: "create" })
      yield* Effect.ignore(fs.chmod(file, 0o600))
      yield* waiting(
        working(() => connection.exec("BEGIN EXCLUSIVE")),
        file,
        longestChange
      )
      return yield* work
    })
  )

/**
 * Puts a complete new journal in place, or nothing: there is never half a file under the name.
 *
 * **Details**  `fill` runs inside the transaction that everything is written in. Call it `exclusively`.
 */
export const place = (
  { file }: JournalPlace,
  fill: (connection: SqliteConnection) => void
): Effect.Effect<void, Trouble, Platform> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const sqlite = yield* Sqlite
    const draft = `${file}-new`
    const remove = Effect.forEach(partsOf(draft), (part) => fs.remove(part, { force: true }), { discard: true })
    yield* remove.pipe(failing(file))
    yield* fs.writeFileString(draft, "", { mode: 0o600 }).pipe(failing(file))
    yield* Effect.scoped(
      Effect.gen(function* () {
        const connection = yield* sqlite.open(draft, { access: "write" })
        yield* working(() => {
          connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
          migrate(connection)
          connection.transaction(() => fill(connection))
          connection.exec("PRAGMA wal_checkpoint(TRUNCATE)")
        })
      })
    ).pipe(Effect.tapError(() => Effect.ignore(remove)))
    yield* fs.rename(draft, file).pipe(failing(file))
    yield* syncFolder(path.dirname(file))
  })
