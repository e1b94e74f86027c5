import type { StoredEvent } from "./journalModels.ts"
import type { SqliteConnection, SqliteRow, SqliteValue } from "../Sqlite.ts"
import { checksum } from "./checksum.ts"
import { DamagedContent } from "./DamagedContent.ts"

/** The columns of an event, in the order of the table. */
export const eventColumns = [
  "position",
  "id",
  "stream",
  "seq",
  "type",
  "v",
  "at",
  "owner",
  "run",
  "attempt",
  "pool",
  "node",
  "correlation_id",
  "caused_by",
  "payload",
  "checksum"
] as const

const selected = `SELECT ${eventColumns.join(", ")} FROM events`

/** An event as it is written, its payload still text. */
export interface EventRow extends Omit<StoredEvent, "position" | "payload"> {
  readonly payload: string
}

/** Everything but the position, which the database gives. */
const values = (row: EventRow): ReadonlyArray<string | number | null> => [
  row.id,
  row.stream,
  row.seq,
  row.type,
  row.v,
  row.at,
  row.owner,
  row.run ?? null,
  row.attempt ?? null,
  row.pool ?? null,
  row.node ?? null,
  row.correlationId ?? null,
  row.causedBy ?? null,
  row.payload
]

const places = eventColumns.map(() => "?").join(", ")
const insertion = `INSERT INTO events (${eventColumns.join(", ")}) VALUES (${places}) RETURNING position`

/** Writes an event, at the next position unless told one; answers the position. */
export const insertEvent = (connection: SqliteConnection, row: EventRow, position?: number): number => {
  const written = values(row)
  const inserted = connection.get(insertion, [position ?? null, ...written, checksum(JSON.stringify(written))])
  return Number(inserted?.["position"])
}

/** Writes a row back as it was. */
export const reinsertEvent = (connection: SqliteConnection, row: SqliteRow): void => {
  connection.get(
    insertion,
    eventColumns.map((column) => row[column] ?? null)
  )
}

/** Whether a row is what was once written. */
export const isIntact = (row: SqliteRow): boolean =>
  Number.isSafeInteger(row["position"]) && row["checksum"] === checksum(JSON.stringify(written(row)))

const written = (row: SqliteRow): ReadonlyArray<SqliteValue> =>
  eventColumns.slice(1, -1).map((column) => plain(row[column]))

/** Only damage makes bytes or big integers of a column; neither has a place in the sum. */
const plain = (value: SqliteValue | undefined): SqliteValue =>
  value === undefined || typeof value === "bigint" || typeof value === "object" ? null : value

const text = (value: SqliteValue | undefined): string => String(value ?? "")

/** The event of a row. Throws `DamagedContent` for a row that is not what was once written. */
const fromRow = (row: SqliteRow): StoredEvent => {
  if (!isIntact(row)) throw new DamagedContent(`the event at position ${String(row["position"])} is damaged`)
  const { attempt, caused_by, correlation_id, node, pool, run } = row
  return {
    position: Number(row["position"]),
    id: text(row["id"]),
    stream: text(row["stream"]),
    seq: Number(row["seq"]),
    type: text(row["type"]),
    v: Number(row["v"]),
    at: Number(row["at"]),
    owner: text(row["owner"]),
    ...(typeof run === "string" ? { run } : {}),
    ...(typeof attempt === "number" ? { attempt } : {}),
    ...(typeof pool === "string" ? { pool } : {}),
    ...(typeof node === "string" ? { node } : {}),
    ...(typeof correlation_id === "string" ? { correlationId: correlation_id } : {}),
    ...(typeof caused_by === "string" ? { causedBy: caused_by } : {}),
    payload: JSON.parse(text(row["payload"]))
  }
}

/** The position of the newest event; 0 when there is none. */
export const lastPosition = (connection: SqliteConnection): number =>
  Number(connection.get("SELECT max(position) AS position FROM events")?.["position"] ?? 0)

/** The sequence number a stream stands at; 0 when nothing was written to it. */
export const lastSeq = (connection: SqliteConnection, stream: string): number =>
  Number(connection.get("SELECT max(seq) AS seq FROM events WHERE stream = ?", [stream])?.["seq"] ?? 0)

/** A stream's events in order. */
export const readStream = (connection: SqliteConnection, stream: string, fromSeq: number): ReadonlyArray<StoredEvent> =>
  connection.all(`${selected} WHERE stream = ? AND seq >= ? ORDER BY seq`, [stream, fromSeq]).map(fromRow)

/** Rows of all streams in order, not looked into. */
const rowsFrom = (connection: SqliteConnection, position: number, limit: number): ReadonlyArray<SqliteRow> =>
  connection.all(`${selected} WHERE position >= ? ORDER BY position LIMIT ?`, [position, limit])

/** All events in order. */
export const readFrom = (connection: SqliteConnection, position: number, limit: number): ReadonlyArray<StoredEvent> =>
  rowsFrom(connection, position, limit).map(fromRow)

/** The newest rows, as many as a page holds, are as they were written. Throws `DamagedContent` otherwise. */
export const verifyNewest = (connection: SqliteConnection, count: number): void => {
  connection.all(`${selected} ORDER BY position DESC LIMIT ?`, [count]).forEach(fromRow)
}
