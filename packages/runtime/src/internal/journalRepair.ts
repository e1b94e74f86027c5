import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import { Damaged, JournalError, Unreadable } from "../JournalError.ts"
import { Sqlite, type SqliteConnection } from "../Sqlite.ts"
import { insertEvent, lastSeq, reinsertEvent } from "./eventRows.ts"
import { exclusively, place as putInPlace, type Platform } from "./journalCreation.ts"
import { eventId } from "./eventId.ts"
import { bytesOf, failing, type JournalPlace, makeQuarantine, partsOf, sizeOf } from "./journalFiles.ts"
import { setHealth } from "./journalHealth.ts"
import { setMeta } from "./journalSchema.ts"
import { leaseFloorKey } from "./leaseRows.ts"
import { salvage, type Salvaged, salvagedType } from "./salvage.ts"
import { errorOf, type Trouble, working } from "./troubles.ts"
import { waiting } from "./waiting.ts"

/**
 * How far a repair has come, in a file beside the journal, so that whoever comes after a crash can finish it.
 * `Moving`: what lies under the journal's names is the damaged file. `Salvaging`: it is the new one, or nothing.
 */
interface Repair {
  readonly stage: "Moving" | "Salvaging"
  readonly folder: string
}

/** Positions left unused after a salvage: who had read a lost event must not take another for it. */
const skippedPositions = 1_000_000

const marker = (place: JournalPlace): string => `${place.file}-repairing`

const readMarker = Effect.fnUntraced(function* (place: JournalPlace) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(marker(place)).pipe(Effect.orElseSucceed(() => undefined))
  const [stage, folder] = text?.split("\n") ?? []
  if (folder === undefined || (stage !== "Moving" && stage !== "Salvaging")) return undefined
  const repair: Repair = { stage, folder }
  return repair
})

const writeMarker = Effect.fnUntraced(function* (place: JournalPlace, { folder, stage }: Repair) {
  const fs = yield* FileSystem.FileSystem
  const draft = `${marker(place)}-new`
  yield* fs.writeFileString(draft, `${stage}\n${folder}\n`, { mode: 0o600 })
  yield* fs.rename(draft, marker(place))
})

const exists = (file: string) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.exists(file))

const move = Effect.fnUntraced(function* (place: JournalPlace, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const part of partsOf(place.file)) {
    if (yield* exists(part)) yield* fs.rename(part, path.join(folder, path.basename(part)))
  }
})

/** Who had the damaged file open when it was moved may still be writing: what they were told is written must be read. */
const afterWriters = <A, E, R>(place: JournalPlace, moved: string, work: Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sqlite = yield* Sqlite
      yield* Effect.ignore(
        Effect.gen(function* () {
          const connection = yield* sqlite.open(moved, { access: "write" })
          yield* waiting(
            working(() => connection.exec("BEGIN IMMEDIATE")),
            moved,
            place.busyTimeout
          )
        })
      )
      return yield* work
    })
  )

const fill = (
  place: JournalPlace,
  folder: string,
  found: Salvaged,
  event: { readonly id: string; readonly at: number }
) => {
  const { lost, newest, rows } = found
  const note = { quarantined: folder, salvaged: rows.length, ...(newest === 0 ? {} : { lost }) }
  return (connection: SqliteConnection): void => {
    for (const row of rows) reinsertEvent(connection, row)
    const payload = JSON.stringify({ ...note, skipped: skippedPositions })
    const seq = lastSeq(connection, "journal") + 1
    insertEvent(
      connection,
      { ...event, stream: "journal", seq, type: salvagedType, v: 1, owner: place.owner, payload },
      newest + skippedPositions + 1
    )
    setHealth(connection, { ...note, at: event.at })
    setMeta(connection, leaseFloorKey, String(event.at))
  }
}

const finish = Effect.fnUntraced(function* (place: JournalPlace, { folder, stage }: Repair) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const isPlaced = stage === "Salvaging" && (yield* exists(place.file).pipe(failing(place.file)))
  if (!isPlaced) {
    yield* move(place, folder).pipe(failing(place.file))
    yield* writeMarker(place, { stage: "Salvaging", folder }).pipe(failing(place.file))
    const moved = path.join(folder, path.basename(place.file))
    const [database, wal] = yield* afterWriters(place, moved, Effect.all([bytesOf(moved), bytesOf(`${moved}-wal`)]))
    const at = yield* Clock.currentTimeMillis
    const id = eventId(at, yield* Random.Random)
    yield* putInPlace(place, fill(place, folder, salvage(database, wal), { id, at }))
    yield* Effect.logWarning(`the journal was damaged: what could be read was kept, the rest is in ${folder}`)
  }
  yield* fs.remove(marker(place), { force: true }).pipe(failing(place.file))
})

const begin = Effect.fnUntraced(function* (place: JournalPlace) {
  const folder = yield* makeQuarantine(place)
  const repair: Repair = { stage: "Moving", folder }
  yield* writeMarker(place, repair)
  return repair
})

/** Finishes what a repair or a lost file left behind; answers whether there is a file now. */
const finishLeft = Effect.fnUntraced(function* (place: JournalPlace) {
  const left = yield* readMarker(place)
  if (left !== undefined) yield* finish(place, left)
  if (yield* exists(place.file).pipe(failing(place.file))) return true
  // A log without its database: the database was removed, and the log holds what was written last.
  if ((yield* sizeOf(`${place.file}-wal`)) === 0) return false
  yield* finish(place, yield* begin(place).pipe(failing(place.file)))
  return true
})

/** Makes the file when there is none: empty, or out of what a repair or a lost file left behind. */
export const ensure = (place: JournalPlace): Effect.Effect<void, Trouble, Platform> =>
  exclusively(
    place,
    Effect.flatMap(finishLeft(place), (isThere) => (isThere ? Effect.void : putInPlace(place, () => undefined)))
  )

/**
 * Waits for a repair that has taken the file away.
 *
 * **Details**  who had a journal open that is gone knows more than an empty one would: he must stop, not begin anew.
 */
export const ensureStill = (place: JournalPlace): Effect.Effect<void, Trouble, Platform> =>
  Effect.gen(function* () {
    const { file } = place
    const isThere =
      (yield* exists(`${file}-lock`).pipe(failing(file))) && (yield* exclusively(place, finishLeft(place)))
    const message = `${file} was removed while it was in use`
    if (!isThere) return yield* new JournalError({ reason: new Unreadable({ file, message }) })
  })

/**
 * Puts a damaged journal into quarantine and a new one with all that is intact in its place.
 *
 * **Details**  `isDamaged` is asked once nobody else can repair any more: another process may have been quicker.
 * **Errors**   `Damaged` when the file cannot be put aside.
 */
export const repair = <R>(
  place: JournalPlace,
  why: string,
  isDamaged: Effect.Effect<boolean, never, R>
): Effect.Effect<void, JournalError, Platform | R> =>
  exclusively(
    place,
    Effect.gen(function* () {
      const left = yield* readMarker(place)
      if (left !== undefined) yield* finish(place, left)
      if (!(yield* isDamaged)) return
      yield* finish(place, yield* begin(place).pipe(failing(place.file)))
    })
  ).pipe(
    Effect.mapError((trouble) => {
      const error = errorOf(trouble, place.file)
      const { _tag } = error.reason
      if (_tag === "DiskFull" || _tag === "Locked") return error
      const { file } = place
      return new JournalError({
        reason: new Damaged({ file, message: `${file} is damaged (${why}) and could not be put aside` })
      })
    })
  )
