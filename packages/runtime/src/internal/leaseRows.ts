import type { ProcessIdentity } from "../Processes.ts"
import type { SqliteConnection } from "../Sqlite.ts"
import { checksum } from "./checksum.ts"
import { DamagedContent } from "./DamagedContent.ts"
import { metaOf } from "./journalSchema.ts"

/** A lease as it is remembered. `holder` is absent when it was given back. */
export interface LeaseRow {
  readonly name: string
  readonly token: number
  readonly holder: ProcessIdentity | undefined
  readonly ttlMillis: number
  readonly renewedAt: number
  readonly renewedMonotonic: number
}

/**
 * A moment on two clocks.
 *
 * **Units**  wall: milliseconds since 1970-01-01 UTC · monotonic: milliseconds since this computer was started
 */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

const columns = ["name", "token", "holder", "ttl", "renewed_at", "renewed_monotonic"] as const

const sum = (values: ReadonlyArray<unknown>): string => checksum(JSON.stringify(values))

/** What is remembered of a lease. Throws `DamagedContent`. */
export const leaseRow = (connection: SqliteConnection, name: string): LeaseRow | undefined => {
  const row = connection.get("SELECT * FROM leases WHERE name = ?", [name])
  if (row === undefined) return undefined
  if (row["checksum"] !== sum(columns.map((column) => row[column]))) {
    throw new DamagedContent(`the lease "${name}" is damaged`)
  }
  return {
    name,
    token: Number(row["token"]),
    holder: typeof row["holder"] === "string" ? JSON.parse(row["holder"]) : undefined,
    ttlMillis: Number(row["ttl"]),
    renewedAt: Number(row["renewed_at"]),
    renewedMonotonic: Number(row["renewed_monotonic"])
  }
}

const write = (connection: SqliteConnection, row: LeaseRow): void => {
  const { holder, name, renewedAt, renewedMonotonic, token, ttlMillis } = row
  const text = holder === undefined ? null : JSON.stringify(holder)
  const values = [name, token, text, ttlMillis, renewedAt, renewedMonotonic]
  connection.run("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?, ?)", [...values, sum(values)])
}

/**
 * Milliseconds a lease still has without renewal, seen from the process `self`.
 *
 * **Details**  since the same start of the computer its monotonic clock counts, which no jump of the wall clock moves
 * and which stands still while the computer sleeps. Across computers only the wall clock is left.
 */
export const remaining = (row: LeaseRow, self: ProcessIdentity, now: Moment): number => {
  const sameBoot = row.holder !== undefined && row.holder.bootId !== "" && row.holder.bootId === self.bootId
  const elapsed =
    sameBoot && now.monotonic >= row.renewedMonotonic ? now.monotonic - row.renewedMonotonic : now.wall - row.renewedAt
  return row.ttlMillis - elapsed
}

/** After a salvage no token given out before may come again: the count starts at the time of the salvage. */
export const leaseFloorKey = "leaseFloor"

/**
 * Takes a lease within a transaction of the caller's, if nobody has taken or renewed it since `seen`.
 *
 * **Details**  answers the new token, or `undefined` when somebody was quicker.
 */
export const takeLease = (
  connection: SqliteConnection,
  seen: LeaseRow | undefined,
  wanted: { readonly name: string; readonly holder: ProcessIdentity; readonly ttlMillis: number },
  now: Moment
): number | undefined => {
  const row = leaseRow(connection, wanted.name)
  const isUnchanged =
    row?.token === seen?.token &&
    row?.renewedAt === seen?.renewedAt &&
    row?.renewedMonotonic === seen?.renewedMonotonic &&
    (row?.holder === undefined) === (seen?.holder === undefined)
  if (!isUnchanged) return undefined
  const token = Math.max(row?.token ?? 0, Number(metaOf(connection, leaseFloorKey) ?? 0)) + 1
  write(connection, { ...wanted, token, renewedAt: now.wall, renewedMonotonic: now.monotonic })
  return token
}

/**
 * Starts the time of a lease anew, within a transaction of the caller's; answers whether it was still the caller's.
 */
export const renewLease = (connection: SqliteConnection, name: string, token: number, now: Moment): boolean => {
  const row = leaseRow(connection, name)
  if (row?.token !== token || row.holder === undefined) return false
  write(connection, { ...row, renewedAt: now.wall, renewedMonotonic: now.monotonic })
  return true
}

/** Gives a lease back, within a transaction of the caller's; nothing happens when it was lost before. */
export const releaseLease = (connection: SqliteConnection, name: string, token: number): void => {
  const row = leaseRow(connection, name)
  if (row?.token === token) write(connection, { ...row, holder: undefined })
}
