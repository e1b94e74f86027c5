import type { Fence, NewEvent, Projection, StoredEvent } from "./journalModels.ts"
import { Conflict, Fenced, JournalError, NeedsRebuild } from "../JournalError.ts"
import type { SqliteConnection } from "../Sqlite.ts"
import { type EventRow, insertEvent, lastSeq } from "./eventRows.ts"
import { healthOf } from "./journalHealth.ts"
import { leaseRow } from "./leaseRows.ts"
import { behind, catchUp, project } from "./projecting.ts"

/** One append, with all that it needs from outside: time and names. */
export interface Append {
  readonly file: string
  readonly stream: string
  readonly expectedSeq: number | "any"
  readonly events: ReadonlyArray<NewEvent>
  /** As many as there are events. */
  readonly ids: ReadonlyArray<string>
  readonly at: number
  readonly owner: string
  readonly fence: Fence | undefined
  readonly rentTypes: ReadonlySet<string>
  readonly projections: ReadonlyArray<Projection>
}

/** Appends within a transaction of the caller's. Throws `JournalError` for a refusal: then nothing must be kept. */
export const append = (connection: SqliteConnection, request: Append): ReadonlyArray<StoredEvent> => {
  refuseFenced(connection, request.fence)
  refuseRent(connection, request)
  const before = lastSeq(connection, request.stream.toWellFormed())
  if (request.expectedSeq !== "any" && request.expectedSeq !== before) {
    const { expectedSeq, stream } = request
    throw new JournalError({ reason: new Conflict({ stream, expected: expectedSeq, actual: before }) })
  }
  const late = behind(connection, request.file, request.projections)
  if (late.length > 0) catchUp(connection, late)
  const stored = request.events.map((event, index) => {
    const row = toRow(request, event, request.ids[index] ?? "", before + index + 1)
    // Whoever folds the event later reads it from the file: so does the first fold.
    return { ...row, position: insertEvent(connection, row), payload: JSON.parse(row.payload) }
  })
  project(connection, request.projections, stored)
  return stored
}

/** SQLite keeps no lone surrogates: what is written must be what will be read. */
const toRow = (request: Append, event: NewEvent, id: string, seq: number): EventRow => ({
  id,
  stream: request.stream.toWellFormed(),
  seq,
  type: event.type.toWellFormed(),
  v: event.v ?? 1,
  at: request.at,
  owner: request.owner,
  ...(event.run === undefined ? {} : { run: event.run.toWellFormed() }),
  ...(event.attempt === undefined ? {} : { attempt: event.attempt }),
  ...(event.pool === undefined ? {} : { pool: event.pool.toWellFormed() }),
  ...(event.node === undefined ? {} : { node: event.node.toWellFormed() }),
  ...(event.correlationId === undefined ? {} : { correlationId: event.correlationId.toWellFormed() }),
  ...(event.causedBy === undefined ? {} : { causedBy: event.causedBy.toWellFormed() }),
  payload: JSON.stringify(event.payload ?? null)
})

const refuseFenced = (connection: SqliteConnection, fence: Fence | undefined): void => {
  if (fence === undefined) return
  const row = leaseRow(connection, fence.lease)
  if (row?.token === fence.token && row.holder !== undefined) return
  throw new JournalError({ reason: new Fenced({ ...fence, current: row?.token ?? 0 }) })
}

const refuseRent = (connection: SqliteConnection, { events, rentTypes }: Append): void => {
  if (!events.some(({ type }) => rentTypes.has(type))) return
  const salvage = healthOf(connection).needsRebuild
  if (salvage === undefined) return
  throw new JournalError({ reason: new NeedsRebuild({ quarantined: salvage.quarantined }) })
}
