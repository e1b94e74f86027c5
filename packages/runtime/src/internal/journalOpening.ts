import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Scope from "effect/Scope"
import { FileSystems } from "../FileSystems.ts"
import { JournalError, NetworkFileSystem, NewerVersion, type Reason } from "../JournalError.ts"
import { Processes } from "../Processes.ts"
import { Sqlite, type SqliteConnection, type SqliteOptions } from "../Sqlite.ts"
import { DamagedContent } from "./DamagedContent.ts"
import { verifyNewest } from "./eventRows.ts"
import type { Platform } from "./journalCreation.ts"
import { type JournalPlace, sizeOf } from "./journalFiles.ts"
import { ensure, repair } from "./journalRepair.ts"
import { metaOf, migrate, schemaVersion, setMeta, versionOf } from "./journalSchema.ts"
import { behind, catchUp } from "./projecting.ts"
import { errorOf, isDamage, isUnwritable, reasonOf, type Trouble, working } from "./troubles.ts"
import { blockingWait, waiting } from "./waiting.ts"

/** An open journal; `readOnly` says why it cannot be written. */
export interface Opened {
  readonly connection: SqliteConnection
  readonly readOnly: Reason | undefined
  readonly close: Effect.Effect<void>
}

/** A file up to this size is looked through at every opening: that takes about a millisecond per MiB. */
const looksThroughBytes = 1024 * 1024
const newestRows = 16

const refuseNewer = (connection: SqliteConnection, file: string): void => {
  const found = versionOf(connection)
  if (found > schemaVersion) {
    throw new JournalError({
      reason: new NewerVersion({ file, what: "file version", found, known: schemaVersion })
    })
  }
  // A journal is put in place whole: an empty one has lost what it held.
  if (found === 0) throw new DamagedContent(`${file} holds no journal`)
}

const lookThrough = (connection: SqliteConnection): void => {
  const answer = connection.get("PRAGMA quick_check(1)")?.["quick_check"]
  if (answer !== "ok") throw new DamagedContent(String(answer))
}

const bringUpToDate = (connection: SqliteConnection, place: JournalPlace): void => {
  if (behind(connection, place.file, place.projections).length === 0) return
  connection.transaction(() => catchUp(connection, behind(connection, place.file, place.projections)))
}

/** What is in memory alone covers what is in the file, which stays as it is. */
const bringUpToDateInMemory = (connection: SqliteConnection, place: JournalPlace): void => {
  if (behind(connection, place.file, place.projections).length === 0) return
  connection.exec(`
    PRAGMA temp_store = MEMORY;
    CREATE TEMP TABLE meta (key TEXT PRIMARY KEY, value TEXT);
    INSERT INTO temp.meta SELECT * FROM main.meta;
    CREATE TEMP TABLE projections (
      name TEXT, key TEXT, state TEXT, position INTEGER, checksum TEXT, PRIMARY KEY (name, key)
    );
    INSERT INTO temp.projections SELECT * FROM main.projections;
  `)
  catchUp(connection, behind(connection, place.file, place.projections))
}

/** After a loss of power everything is looked through, once. */
const checkedBootKey = "checkedBoot"

const prepare = Effect.fnUntraced(function* (connection: SqliteConnection, place: JournalPlace) {
  const { file } = place
  const bytes = yield* sizeOf(file)
  const wasLeftOpen = (yield* sizeOf(`${file}-wal`)) > 0
  const bootId = wasLeftOpen && bytes > looksThroughBytes ? (yield* (yield* Processes).self).bootId : undefined
  yield* waiting(
    working(() => {
      connection.exec("PRAGMA synchronous = FULL")
      refuseNewer(connection, file)
      if (versionOf(connection) < schemaVersion) migrate(connection)
      const isUnchecked = bootId !== undefined && metaOf(connection, checkedBootKey) !== bootId
      if (bytes <= looksThroughBytes || isUnchecked) lookThrough(connection)
      if (isUnchecked) connection.transaction(() => setMeta(connection, checkedBootKey, bootId))
      verifyNewest(connection, newestRows)
      bringUpToDate(connection, place)
    }),
    file,
    place.busyTimeout
  )
})

const prepareToRead = (connection: SqliteConnection, place: JournalPlace) =>
  waiting(
    working(() => {
      refuseNewer(connection, place.file)
      verifyNewest(connection, newestRows)
      bringUpToDateInMemory(connection, place)
    }),
    place.file,
    place.busyTimeout
  )

/** Opens in a scope of its own, closed again when what follows fails. */
const connected = Effect.fnUntraced(function* <R>(
  place: JournalPlace,
  access: SqliteOptions["access"],
  readOnly: Reason | undefined,
  prepared: (connection: SqliteConnection) => Effect.Effect<void, Trouble, R>
) {
  const sqlite = yield* Sqlite
  const scope = yield* Scope.make()
  const close = Scope.close(scope, Exit.void)
  const connection = yield* sqlite.open(place.file, { access, busyTimeout: blockingWait }).pipe(
    Scope.provide(scope),
    Effect.tap(prepared),
    Effect.onError(() => close)
  )
  const opened: Opened = { connection, readOnly, close }
  return opened
})

const toWrite = (place: JournalPlace) =>
  connected(place, "write", undefined, (connection) => prepare(connection, place))

/** The last resort looks past the write-ahead log: only when there is nothing in it. */
const toRead = Effect.fnUntraced(function* (place: JournalPlace, why: Reason) {
  const prepared = (connection: SqliteConnection) => prepareToRead(connection, place)
  const plainly = connected(place, "read", why, prepared)
  const isClosed = (yield* sizeOf(`${place.file}-wal`)) === 0
  return yield* isClosed
    ? Effect.catchIf(plainly, isUnwritable, () => connected(place, "immutable", why, prepared))
    : plainly
})

const refuseNetwork = Effect.fnUntraced(function* ({ allowNetworkFileSystem, file }: JournalPlace) {
  if (allowNetworkFileSystem) return
  const { isNetwork, type } = yield* (yield* FileSystems).kindOf(file)
  if (isNetwork) return yield* new JournalError({ reason: new NetworkFileSystem({ file, type }) })
})

const attempt = Effect.fnUntraced(function* (place: JournalPlace) {
  const fs = yield* FileSystem.FileSystem
  return yield* toWrite(place).pipe(
    Effect.catchIf(isUnwritable, (trouble) =>
      Effect.gen(function* () {
        const isThere = yield* Effect.orElseSucceed(fs.exists(place.file), () => false)
        if (!isThere) {
          yield* ensure(place)
          return yield* toWrite(place)
        }
        const why = reasonOf(trouble, place.file, yield* (yield* FileSystems).freeBytes(place.file))
        return yield* toRead(place, why)
      })
    )
  )
})

/** Opens a journal: makes it when there is none, salvages it when it is damaged, reads it when it cannot be written. */
export const open = (place: JournalPlace): Effect.Effect<Opened, JournalError, Platform> =>
  Effect.gen(function* () {
    yield* refuseNetwork(place)
    return yield* attempt(place).pipe(
      Effect.catchIf(isDamage, (trouble) =>
        Effect.andThen(repair(place, trouble.message, isDamagedNow(place)), attempt(place))
      )
    )
  }).pipe(
    Effect.catch((trouble) =>
      Effect.flatMap(FileSystems, (fileSystems) =>
        Effect.flatMap(fileSystems.freeBytes(place.file), (free) => Effect.fail(errorOf(trouble, place.file, free)))
      )
    )
  )

/** Asked by who has the lock on the file itself, so nothing here may make or repair one. */
const isDamagedNow = (place: JournalPlace) =>
  toWrite(place).pipe(
    Effect.flatMap(({ close }) => Effect.as(close, false)),
    Effect.catch((trouble) => Effect.succeed(isDamage(trouble)))
  )
