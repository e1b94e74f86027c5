import type { SqliteConnection } from "../Sqlite.ts"
import { checksum } from "./checksum.ts"
import { DamagedContent } from "./DamagedContent.ts"

/**
 * The tables of each version of the file. A step that was ever released is never edited, only followed by another, and
 * no step ever changes `meta`: that is where every version looks up the file's version.
 */
const steps: ReadonlyArray<string> = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    v INTEGER NOT NULL,
    at INTEGER NOT NULL,
    owner TEXT NOT NULL,
    run TEXT,
    attempt INTEGER,
    pool TEXT,
    node TEXT,
    correlation_id TEXT,
    caused_by TEXT,
    payload TEXT NOT NULL,
    checksum TEXT NOT NULL,
    UNIQUE (stream, seq)
  ) STRICT;
  CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
  CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    token INTEGER NOT NULL,
    holder TEXT,
    ttl INTEGER NOT NULL,
    renewed_at INTEGER NOT NULL,
    renewed_monotonic INTEGER NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE projections (
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    position INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (name, key)
  ) STRICT;
  `
]

/** The version of the file that this code writes. */
export const schemaVersion = steps.length

/** The version of an open file; 0 for one without tables. */
export const versionOf = (connection: SqliteConnection): number =>
  Number(connection.get("PRAGMA user_version")?.["user_version"] ?? 0)

const versionKey = "version"

/** Brings a file to the present version, whole or not at all. Of several processes the first one does it. */
export const migrate = (connection: SqliteConnection): void => {
  connection.transaction(() => {
    for (const step of steps.slice(versionOf(connection))) connection.exec(step)
    connection.exec(`PRAGMA user_version = ${schemaVersion}`)
    setMeta(connection, versionKey, String(schemaVersion))
  })
}

/** The version of an open journal, told twice. Throws `DamagedContent` when the two differ or there is no journal. */
export const confirmedVersion = (connection: SqliteConnection): number => {
  const version = versionOf(connection)
  // A journal is put in place whole: an empty file has lost what it held.
  if (version === 0) throw new DamagedContent("there is no journal inside")
  if (metaOf(connection, versionKey) !== String(version)) throw new DamagedContent("its version cannot be read")
  return version
}

const sum = (key: string, value: string): string => checksum(JSON.stringify([key, value]))

/** A remembered setting of the file. Throws `DamagedContent`. */
export const metaOf = (connection: SqliteConnection, key: string): string | undefined => {
  const row = connection.get("SELECT value, checksum FROM meta WHERE key = ?", [key])
  if (row === undefined) return undefined
  const { checksum, value } = row
  if (typeof value !== "string" || checksum !== sum(key, value)) throw new DamagedContent(`"${key}" is damaged`)
  return value
}

/** Remembers a setting of the file; `undefined` forgets it. */
export const setMeta = (connection: SqliteConnection, key: string, value: string | undefined): void => {
  if (value === undefined) connection.run("DELETE FROM meta WHERE key = ?", [key])
  else connection.run("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", [key, value, sum(key, value)])
}
