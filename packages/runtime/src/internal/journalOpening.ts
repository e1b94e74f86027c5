import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { FileSystems } from "../FileSystems.ts"
import { JournalError, NetworkFileSystem, ReadOnly } from "../JournalError.ts"
import { Processes } from "../Processes.ts"
import { Sqlite, type SqliteConnection } from "../Sqlite.ts"
import { closingLeftovers, connected, newestRows, type Opened, refuseOthers } from "./connecting.ts"
import { DamagedContent } from "./DamagedContent.ts"
import { verifyNewest } from "./eventRows.ts"
import type { Platform } from "./journalCreation.ts"
import { beginningOf, bytesOf, closeToOthers, type JournalPlace, sizeOf } from "./journalFiles.ts"
import { openToRead } from "./journalReading.ts"
import { repair } from "./journalRepair.ts"
import { metaOf, migrate, schemaVersion, setMeta, versionOf } from "./journalSchema.ts"
import { behind, catchUp } from "./projecting.ts"
import { errorOf, isDamage, isUnwritable, reasonOf, type Trouble, working } from "./troubles.ts"
import { blockingWait, waiting } from "./waiting.ts"
import { committedCount, isBegun } from "./walFile.ts"

/** A file up to this size is looked through at every opening: that takes about a millisecond per MiB. */
const looksThroughBytes = 1024 * 1024

const lookThrough = (connection: SqliteConnection): void => {
  const answer = connection.get("PRAGMA quick_check(1)")?.["quick_check"]
  if (answer !== "ok") throw new DamagedContent(String(answer))
}

const bringUpToDate = (connection: SqliteConnection, { file, projections }: JournalPlace): void => {
  if (behind(connection, file, projections).length === 0) return
  connection.transaction(() => catchUp(connection, behind(connection, file, projections)))
}

const checkedBootKey = "checkedBoot"
const logBeginningBytes = 40
const logIsDamaged = "its write-ahead log is damaged"

/** How many commits of a log SQLite does not know of, once everybody who was writing to it has finished. */
const unknownCommits = (connection: SqliteConnection, wal: Uint8Array): number => {
  connection.exec("BEGIN IMMEDIATE; ROLLBACK")
  return committedCount(wal) - Number(connection.get("PRAGMA wal_checkpoint(NOOP)")?.["log"] ?? 0)
}

const isSame = (left: Uint8Array, right: Uint8Array): boolean => left.every((byte, index) => byte === right[index])

/**
 * The first opening after a start of the computer looks at everything: only then can power have been lost.
 *
 * **Details**  SQLite takes a log for ended where it is damaged, and says nothing of the commits after that. Later such
 * a commit is nothing but the last write of somebody who was killed. The log carries no locks: reading it, unlike
 * reading the database, drops none of ours.
 */
const checkOncePerBoot = Effect.fnUntraced(function* (connection: SqliteConnection, place: JournalPlace) {
  const { busyTimeout, file } = place
  const { bootId } = yield* (yield* Processes).self
  if ((yield* working(() => metaOf(connection, checkedBootKey))) === bootId) return
  const wal = yield* bytesOf(`${file}-wal`)
  const unknown = yield* waiting(
    working(() => unknownCommits(connection, wal)),
    file,
    busyTimeout
  )
  // A log that was begun anew meanwhile has another beginning.
  const beginning = yield* beginningOf(`${file}-wal`, logBeginningBytes)
  if (unknown > 0 && isSame(beginning, wal)) return yield* Effect.fail(new DamagedContent(logIsDamaged))
  yield* waiting(
    working(() => {
      lookThrough(connection)
      connection.transaction(() => setMeta(connection, checkedBootKey, bootId))
    }),
    file,
    busyTimeout
  )
})

/** Looked at twice: somebody may be beginning the log anew at this very moment. */
const hasBegunLog = (file: string) => {
  const look = Effect.map(beginningOf(`${file}-wal`, logBeginningBytes), isBegun)
  return Effect.flatMap(look, (isBegun) => (isBegun ? Effect.succeed(true) : look))
}

const prepare = Effect.fnUntraced(function* (connection: SqliteConnection, place: JournalPlace) {
  const { busyTimeout, file } = place
  yield* closeToOthers(file)
  const bytes = yield* sizeOf(file)
  const isBegunLog = yield* hasBegunLog(file)
  yield* waiting(
    working(() => {
      if (!isBegunLog) throw new DamagedContent(logIsDamaged)
      connection.exec("PRAGMA synchronous = FULL")
      refuseOthers(connection, file)
      if (versionOf(connection) < schemaVersion) migrate(connection)
    }),
    file,
    busyTimeout
  )
  yield* checkOncePerBoot(connection, place)
  yield* waiting(
    working(() => {
      if (bytes <= looksThroughBytes) lookThrough(connection)
      verifyNewest(connection, newestRows)
      bringUpToDate(connection, place)
    }),
    file,
    busyTimeout
  )
})

const toWrite = (place: JournalPlace) =>
  Effect.flatMap(Sqlite, (sqlite) =>
    connected(sqlite.open(place.file, { access: "write", busyTimeout: blockingWait }), undefined, (connection) =>
      prepare(connection, place)
    )
  )

const refuseNetwork = Effect.fnUntraced(function* ({ allowNetworkFileSystem, file }: JournalPlace) {
  if (allowNetworkFileSystem) return
  const { isNetwork, type } = yield* (yield* FileSystems).kindOf(file)
  if (isNetwork) return yield* new JournalError({ reason: new NetworkFileSystem({ file, type }) })
})

const toReadOnly = Effect.fnUntraced(function* (place: JournalPlace, trouble: Trouble) {
  const { file } = place
  const reason = reasonOf(trouble, file, yield* (yield* FileSystems).freeBytes(file))
  // When it turns out to be readable, writing is all that is missing.
  return yield* openToRead(place, reason._tag === "DiskFull" ? reason : new ReadOnly({ file }))
})

const attempt = (place: JournalPlace, make: Effect.Effect<void, Trouble, Platform>) =>
  Effect.catchIf(toWrite(place), isUnwritable, () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      if (!(yield* Effect.orElseSucceed(fs.exists(place.file), () => false))) yield* make
      // Once more in any case: it may have been away just then, for somebody to replace it.
      return yield* Effect.catchIf(toWrite(place), isUnwritable, (trouble) => toReadOnly(place, trouble))
    })
  )

/** Opens a journal: lets it be made when there is none, salvages it when it is damaged, reads it when it cannot be written. */
export const open = (
  place: JournalPlace,
  make: Effect.Effect<void, Trouble, Platform>
): Effect.Effect<Opened, JournalError, Platform> =>
  Effect.gen(function* () {
    yield* refuseNetwork(place)
    return yield* attempt(place, make).pipe(
      Effect.catchIf(isDamage, (trouble) =>
        Effect.andThen(repair(place, trouble.message, isDamagedNow(place)), attempt(place, make))
      )
    )
  }).pipe(
    closingLeftovers,
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
