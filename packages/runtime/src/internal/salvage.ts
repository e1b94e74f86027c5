import type { SqliteRow } from "../Sqlite.ts"
import { eventColumns, isIntact } from "./eventRows.ts"
import { type FoundRow, rowsIn } from "./sqlitePages.ts"

/** What could be read of a damaged journal. */
export interface Salvaged {
  /** Intact rows, by position. */
  readonly rows: ReadonlyArray<SqliteRow>
  /** How many events are missing, as far as can be told. */
  readonly lost: number
  /** The highest position that is known to have been used. */
  readonly newest: number
}

/** The type of the event that tells of a salvage, and the positions it left unused for safety. */
export const salvagedType = "JournalSalvaged"

/** How far the counter of positions can be believed beyond the events that were found: its row has no checksum. */
const believable = 100_000

const toEventRow = ({ columns, rowid }: FoundRow): SqliteRow | undefined => {
  if (columns.length !== eventColumns.length) return undefined
  const [, ...rest] = eventColumns
  const row = { position: rowid, ...Object.fromEntries(rest.map((name, index) => [name, columns[index + 1] ?? null])) }
  return isIntact(row) ? row : undefined
}

/** SQLite's own row that counts the positions given out. */
const counterIn = ({ columns: [table, count, ...rest] }: FoundRow): number =>
  table === "events" && typeof count === "number" && rest.length === 0 ? count : 0

const skippedBy = (row: SqliteRow): number => {
  if (row["type"] !== salvagedType) return 0
  const payload: unknown = JSON.parse(String(row["payload"]))
  const skipped = typeof payload === "object" && payload !== null && "skipped" in payload ? payload.skipped : 0
  return typeof skipped === "number" ? skipped : 0
}

/** Collects what is intact in the bytes of a journal and of its write-ahead log. Never throws. */
export const salvage = (database: Uint8Array, wal: Uint8Array): Salvaged => {
  const byPosition = new Map<number, SqliteRow>()
  const taken = new Set<string>()
  let counter = 0
  for (const found of rowsIn(database, wal)) {
    counter = Math.max(counter, counterIn(found))
    const row = toEventRow(found)
    if (row === undefined || byPosition.has(found.rowid)) continue
    const names = [JSON.stringify(["id", row["id"]]), JSON.stringify(["seq", row["stream"], row["seq"]])]
    if (names.some((name) => taken.has(name))) continue
    for (const name of names) taken.add(name)
    byPosition.set(found.rowid, row)
  }
  const rows = [...byPosition.entries()].toSorted(([left], [right]) => left - right).map(([, row]) => row)
  const last = Number(rows.at(-1)?.["position"] ?? 0)
  const newest = counter > last + believable ? last : Math.max(counter, last)
  const skipped = rows.reduce((sum, row) => sum + skippedBy(row), 0)
  return { rows, newest, lost: Math.max(0, newest - skipped - rows.length) }
}
