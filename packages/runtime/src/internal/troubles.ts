import * as Effect from "effect/Effect"
import { DiskFull, JournalError, ReadOnly, type Reason, Unreadable } from "../JournalError.ts"
import { isSqliteError, resultCodes, type SqliteError } from "../SqliteError.ts"
import { type DamagedContent, isDamagedContent } from "./DamagedContent.ts"

/** Somebody has moved or replaced the file since it was opened: nothing was done. */
export class Replaced extends Error {
  readonly _tag = "Replaced" as const
}

/** What work on a connection ends with, when it does not succeed and is no bug. */
export type Trouble = SqliteError | DamagedContent | JournalError | Replaced

const isTagged = (thrown: unknown, tag: "JournalError" | "Replaced"): boolean =>
  thrown instanceof Error && "_tag" in thrown && thrown._tag === tag

const isJournalError = (thrown: unknown): thrown is JournalError => isTagged(thrown, "JournalError")

const isReplacedError = (thrown: unknown): thrown is Replaced => isTagged(thrown, "Replaced")

const isTrouble = (thrown: unknown): thrown is Trouble =>
  isSqliteError(thrown) || isDamagedContent(thrown) || isJournalError(thrown) || isReplacedError(thrown)

/** Synchronous work on a connection as an effect; what is no trouble of ours is a bug. */
export const working = <A>(body: () => A): Effect.Effect<A, Trouble> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(body())
    } catch (thrown) {
      return isTrouble(thrown) ? Effect.fail(thrown) : Effect.die(thrown)
    }
  })

const codes = (trouble: Trouble, wanted: ReadonlyArray<number>): boolean =>
  trouble._tag === "SqliteError" && wanted.includes(trouble.primaryCode)

/** Somebody else has the lock: it is worth waiting. */
export const isBusy = (trouble: Trouble): boolean => codes(trouble, [resultCodes.busy, resultCodes.locked])

const databaseMoved = 1032

/** The file is another one now; SQLite sometimes notices it first. */
export const isReplaced = (trouble: Trouble): boolean =>
  trouble._tag === "Replaced" || (trouble._tag === "SqliteError" && trouble.code === databaseMoved)

const shortRead = 522
const corruptFileSystem = 8458

/**
 * The content is not what was written.
 *
 * **Details**  our statements never change and fit the tables we made: where SQLite does not understand one, or finds
 * two rows of one name, the tables or an index are no longer ours.
 */
export const isDamage = (trouble: Trouble): boolean =>
  trouble._tag === "DamagedContent" ||
  codes(trouble, [
    resultCodes.corrupt,
    resultCodes.notADatabase,
    resultCodes.error,
    resultCodes.constraint,
    resultCodes.mismatch
  ]) ||
  (trouble._tag === "SqliteError" && [shortRead, corruptFileSystem].includes(trouble.code))

/** It cannot be written, and may be readable all the same. */
export const isUnwritable = (trouble: Trouble): boolean =>
  codes(trouble, [
    resultCodes.readOnly,
    resultCodes.cannotOpen,
    resultCodes.permission,
    resultCodes.full,
    resultCodes.io
  ]) && !isDamage(trouble)

/** Below this many free bytes an input or output error is taken for a full disk: SQLite does not always tell. */
const hardlyAny = 256 * 1024

/** The reason behind a trouble that waiting and salvage do not mend. */
export const reasonOf = (trouble: Trouble, file: string, freeBytes: number | undefined): Reason => {
  if (trouble._tag === "JournalError") return trouble.reason
  const isFull = freeBytes !== undefined && freeBytes < hardlyAny
  if (codes(trouble, [resultCodes.full]) || (isFull && codes(trouble, [resultCodes.io, resultCodes.cannotOpen]))) {
    return new DiskFull({ file })
  }
  if (codes(trouble, [resultCodes.readOnly, resultCodes.permission])) return new ReadOnly({ file })
  return new Unreadable({ file, message: `${file} cannot be used: ${trouble.message}` })
}

/** The same as an error. */
export const errorOf = (trouble: Trouble, file: string, freeBytes?: number): JournalError =>
  new JournalError({ reason: reasonOf(trouble, file, freeBytes) })
