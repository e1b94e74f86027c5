import type { SqliteConnection } from "../Sqlite.ts"

/** The tables of each version of the file. A step that was ever released is never edited, only followed by another. */
const steps: ReadonlyArray<string> = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
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
    renewed_monotonic INTEGER NOT NULL
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

/** Brings a file to the present version, whole or not at all. Of several processes the first one does it. */
export const migrate = (connection: SqliteConnection): void => {
  connection.transaction(() => {
    for (const step of steps.slice(versionOf(connection))) connection.exec(step)
    connection.exec(`PRAGMA user_version = ${schemaVersion}`)
  })
}

/** A remembered setting of the file. */
export const metaOf = (connection: SqliteConnection, key: string): string | undefined => {
  const value = connection.get("SELECT value FROM meta WHERE key = ?", [key])?.["value"]
  return typeof value === "string" ? value : undefined
}

/** Remembers a setting of the file; `undefined` forgets it. */
export const setMeta = (connection: SqliteConnection, key: string, value: string | undefined): void => {
  if (value === undefined) connection.run("DELETE FROM meta WHERE key = ?", [key])
  else
    connection.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", [
      key,
      value
    ])
}
