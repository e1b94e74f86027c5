import type { SqliteConnection, SqliteRow } from "../Sqlite.ts"
import { checksum } from "./checksum.ts"
import { DamagedContent } from "./DamagedContent.ts"

/** One remembered state. */
export interface ProjectionRow {
  readonly key: string
  readonly state: unknown
  readonly position: number
}

const sum = (name: string, key: string, state: string, position: number): string =>
  checksum(JSON.stringify([name, key, state, position]))

const fromRow = (name: string, row: SqliteRow): ProjectionRow => {
  const { checksum, key, position, state } = row
  const isIntact =
    typeof key === "string" &&
    typeof state === "string" &&
    typeof position === "number" &&
    checksum === sum(name, key, state, position)
  if (!isIntact) throw new DamagedContent(`the state of ${name} ${String(key)} is damaged`)
  return { key, state: JSON.parse(state), position }
}

/** Every state of a projection, by key. Throws `DamagedContent`. */
export const readProjections = (connection: SqliteConnection, name: string): ReadonlyArray<ProjectionRow> =>
  connection
    .all("SELECT key, state, position, checksum FROM projections WHERE name = ? ORDER BY key", [name])
    .map((row) => fromRow(name, row))

/** One state of a projection. Throws `DamagedContent`. */
export const readProjection = (connection: SqliteConnection, name: string, key: string): ProjectionRow | undefined => {
  const row = connection.get("SELECT key, state, position, checksum FROM projections WHERE name = ? AND key = ?", [
    name,
    key
  ])
  return row === undefined ? undefined : fromRow(name, row)
}

const upsertion = `
  INSERT INTO projections (name, key, state, position, checksum) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (name, key) DO UPDATE SET state = excluded.state, position = excluded.position, checksum = excluded.checksum
`

/** Remembers a state; `undefined` forgets it. */
export const writeProjection = (
  connection: SqliteConnection,
  name: string,
  { key, position, state }: ProjectionRow
): void => {
  if (state === undefined) {
    connection.run("DELETE FROM projections WHERE name = ? AND key = ?", [name, key])
    return
  }
  const text = JSON.stringify(state)
  connection.run(upsertion, [name, key, text, position, sum(name, key, text, position)])
}

/** Forgets every state of a projection. */
export const clearProjection = (connection: SqliteConnection, name: string): void => {
  connection.run("DELETE FROM projections WHERE name = ?", [name])
}
