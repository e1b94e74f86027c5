import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { Reason } from "../JournalError.ts"
import { Sqlite, type SqliteConnection } from "../Sqlite.ts"
import { connected, newestRows, refuseOthers } from "./connecting.ts"
import { verifyNewest } from "./eventRows.ts"
import { failing, type JournalPlace, sizeOf } from "./journalFiles.ts"
import { behind, catchUp } from "./projecting.ts"
import { isUnwritable, working } from "./troubles.ts"
import { blockingWait, waiting } from "./waiting.ts"

/** Tables in memory cover those of the file, which stays as it is. */
const coverTables = `
  PRAGMA temp_store = MEMORY;
  CREATE TEMP TABLE meta (key TEXT PRIMARY KEY, value TEXT, checksum TEXT);
  INSERT INTO temp.meta SELECT * FROM main.meta;
  CREATE TEMP TABLE projections (
    name TEXT, key TEXT, state TEXT, position INTEGER, checksum TEXT, PRIMARY KEY (name, key)
  );
  INSERT INTO temp.projections SELECT * FROM main.projections;
`

const bringUpToDate = (connection: SqliteConnection, { file, projections }: JournalPlace): void => {
  const late = behind(connection, file, projections)
  if (late.length === 0) return
  connection.exec(coverTables)
  catchUp(connection, late)
}

const prepare = (place: JournalPlace) => (connection: SqliteConnection) =>
  waiting(
    working(() => {
      refuseOthers(connection, place.file)
      verifyNewest(connection, newestRows)
      bringUpToDate(connection, place)
    }),
    place.file,
    place.busyTimeout
  )

/** A copy in a folder where SQLite may put its own files. */
const copied = Effect.fnUntraced(function* ({ file }: JournalPlace) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const copy = path.join(yield* fs.makeTempDirectoryScoped({ prefix: "runctl-journal-" }), "journal.db")
  yield* fs.copyFile(file, copy)
  yield* fs.copyFile(`${file}-wal`, `${copy}-wal`)
  return copy
})

/**
 * Opens a journal that cannot be written, `why` being the reason.
 *
 * **Details**  where not even SQLite's own files can be made beside it, a closed journal is read as it lies there, and
 * one with a write-ahead log as a copy.
 */
export const openToRead = Effect.fnUntraced(function* (place: JournalPlace, why: Reason) {
  const sqlite = yield* Sqlite
  const { file } = place
  const plainly = connected(sqlite.open(file, { access: "read", busyTimeout: blockingWait }), why, prepare(place))
  return yield* Effect.catchIf(plainly, isUnwritable, () =>
    Effect.flatMap(sizeOf(`${file}-wal`), (logged) =>
      connected(
        logged === 0
          ? sqlite.open(file, { access: "immutable" })
          : Effect.flatMap(failing(file)(copied(place)), (copy) => sqlite.open(copy, { access: "write" })),
        why,
        prepare(place)
      )
    )
  )
})
