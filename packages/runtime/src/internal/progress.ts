import type { SqliteConnection } from "../Sqlite.ts"
import { metaOf, setMeta } from "./journalSchema.ts"

/** Of which version each projection is, and the newest position it tells of. */
export type Progress = Readonly<Record<string, { readonly version: number; readonly position: number }>>

const key = "projections"

/** How far the projections have come. Throws `DamagedContent`. */
export const progressOf = (connection: SqliteConnection): Progress => {
  const text = metaOf(connection, key)
  return text === undefined ? {} : JSON.parse(text)
}

/** Remembers how far the projections have come. */
export const writeProgress = (connection: SqliteConnection, progress: Progress): void =>
  setMeta(connection, key, JSON.stringify(progress))
