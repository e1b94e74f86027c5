/**
 * What the journal remembers, read without Effect and without asking anybody: for commands that must answer at once.
 *
 * @since 0.1.0
 */
import { isDamagedContent } from "./internal/DamagedContent.ts"
import { lastPosition } from "./internal/eventRows.ts"
import { schemaVersion, versionOf } from "./internal/journalSchema.ts"
import { leaseRow, type LeaseRow, remaining } from "./internal/leaseRows.ts"
import { progressOf } from "./internal/progress.ts"
import { type ProjectionRow, readProjections } from "./internal/projectionRows.ts"
import { isSqliteError } from "./SqliteError.ts"
import type { SqliteConnection } from "./Sqlite.ts"

/** One remembered state: the JSON form of a record, its key, and the position of its last event. @category models @since 0.1.0 */
export type OfflineState = ProjectionRow

/**
 * The versions of the projections that this module's callers understand.
 *
 * @category constants
 * @since 0.1.0
 */
export const versions = { runs: 1, resources: 2 } as const

/** Whether a projection is of the version we understand, and tells of every event. */
const isCurrent = (connection: SqliteConnection, projection: keyof typeof versions): boolean => {
  if (versionOf(connection) !== schemaVersion) return false
  const progress = progressOf(connection)[projection]
  return progress?.version === versions[projection] && progress.position >= lastPosition(connection)
}

/**
 * Everything a projection remembers, by key, exactly as `Journal.projections` answers it.
 *
 * **Details**  `undefined` when only the journal itself can tell: the file is of another version, locked or damaged, or
 * somebody wrote events that the projection has not seen.
 *
 * @category accessors
 * @since 0.1.0
 */
export const states = (
  connection: SqliteConnection,
  projection: keyof typeof versions
): ReadonlyArray<OfflineState> | undefined => {
  try {
    return isCurrent(connection, projection) ? readProjections(connection, projection) : undefined
  } catch (thrown) {
    if (isDamagedContent(thrown) || isSqliteError(thrown)) return undefined
    throw thrown
  }
}

/** The JSON forms of all `RunRecord`s; `undefined` as for `states`. @category accessors @since 0.1.0 */
export const runs = (connection: SqliteConnection): ReadonlyArray<OfflineState> | undefined =>
  states(connection, "runs")

/** The JSON forms of all `ResourceRecord`s; `undefined` as for `states`. @category accessors @since 0.1.0 */
export const resources = (connection: SqliteConnection): ReadonlyArray<OfflineState> | undefined =>
  states(connection, "resources")

/** A lease as it lies in the journal. @category models @since 0.1.0 */
export type OfflineLease = LeaseRow

/**
 * A lease as it lies in the journal: whether its holder still lives is the caller's to find out. `undefined` when it was
 * never taken.
 *
 * @category accessors
 * @since 0.1.0
 */
export const leaseOf = (connection: SqliteConnection, name: string): OfflineLease | undefined =>
  leaseRow(connection, name)

/** Milliseconds a lease still has without renewal, as `Journal.holder` counts them. @category accessors @since 0.1.0 */
export const leaseLeft = remaining
