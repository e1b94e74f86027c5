import type { Projection, StoredEvent } from "./journalModels.ts"
import { JournalError, NewerVersion } from "../JournalError.ts"
import type { SqliteConnection } from "../Sqlite.ts"
import { lastPosition, readFrom } from "./eventRows.ts"
import { progressOf, writeProgress } from "./progress.ts"
import { clearProjection, readProjection, writeProjection } from "./projectionRows.ts"

const batch = 1000

const setProgress = (connection: SqliteConnection, projections: ReadonlyArray<Projection>, position: number): void => {
  if (projections.length === 0) return
  const own = Object.fromEntries(projections.map(({ name, version }) => [name, { version, position }]))
  writeProgress(connection, { ...progressOf(connection), ...own })
}

/** The states that some events lead to, from what `load` remembers. */
const fold = (
  projection: Projection,
  events: ReadonlyArray<StoredEvent>,
  load: (key: string) => unknown
): ReadonlyMap<string, { readonly state: unknown; readonly position: number }> => {
  const states = new Map<string, { readonly state: unknown; readonly position: number }>()
  for (const event of events) {
    const key = projection.keyOf(event)?.toWellFormed()
    if (key === undefined) continue
    const before = states.has(key) ? states.get(key)?.state : load(key)
    states.set(key, { state: projection.evolve(before, event), position: event.position })
  }
  return states
}

/** Takes new events into every projection, in the transaction that wrote them. */
export const project = (
  connection: SqliteConnection,
  projections: ReadonlyArray<Projection>,
  events: ReadonlyArray<StoredEvent>
): void => {
  const newest = events.at(-1)
  if (newest === undefined) return
  for (const projection of projections) advance(connection, projection, events)
  setProgress(connection, projections, newest.position)
}

const advance = (connection: SqliteConnection, projection: Projection, events: ReadonlyArray<StoredEvent>): void => {
  const load = (key: string): unknown => readProjection(connection, projection.name, key)?.state
  for (const [key, { position, state }] of fold(projection, events, load)) {
    writeProjection(connection, projection.name, { key, state, position })
  }
}

/** What has to be done before the projections tell of every event. */
interface Behind {
  readonly projection: Projection
  /** The first position it has not seen. */
  readonly from: number
  readonly isNewVersion: boolean
}

/**
 * Which projections do not tell of every event, because their version changed or because somebody without them wrote.
 *
 * **Errors**  throws `JournalError` (`NewerVersion`) when a newer runctl has built one of them.
 */
export const behind = (
  connection: SqliteConnection,
  file: string,
  projections: ReadonlyArray<Projection>
): ReadonlyArray<Behind> => {
  const progress = progressOf(connection)
  const newest = lastPosition(connection)
  return projections.flatMap((projection): ReadonlyArray<Behind> => {
    const { position, version } = progress[projection.name] ?? { position: 0, version: 0 }
    if (version > projection.version) {
      const what = `projection "${projection.name}", version`
      throw new JournalError({
        reason: new NewerVersion({ file, what, found: version, known: projection.version })
      })
    }
    if (version !== projection.version) return [{ projection, from: 1, isNewVersion: true }]
    return position < newest ? [{ projection, from: position + 1, isNewVersion: false }] : []
  })
}

/** Brings projections up to date from the events, in one transaction of the caller's. */
export const catchUp = (connection: SqliteConnection, late: ReadonlyArray<Behind>): void => {
  for (const { from, isNewVersion, projection } of late) {
    if (isNewVersion) clearProjection(connection, projection.name)
    let position = from
    for (;;) {
      const events = readFrom(connection, position, batch)
      const newest = events.at(-1)
      if (newest === undefined) break
      advance(connection, projection, events)
      position = newest.position + 1
    }
  }
  setProgress(
    connection,
    late.map(({ projection }) => projection),
    lastPosition(connection)
  )
}
