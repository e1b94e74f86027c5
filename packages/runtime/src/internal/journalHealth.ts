import type { Salvage } from "./journalModels.ts"
import type { SqliteConnection } from "../Sqlite.ts"
import { metaOf, setMeta } from "./journalSchema.ts"

const key = "needsRebuild"

/** What was salvaged and has not been made up for yet. */
export const healthOf = (connection: SqliteConnection): { readonly needsRebuild: Salvage | undefined } => {
  const text = metaOf(connection, key)
  return text === undefined ? { needsRebuild: undefined } : { needsRebuild: JSON.parse(text) }
}

/** Remembers a salvage until what is owned has been looked up; `undefined` once it has. */
export const setHealth = (connection: SqliteConnection, salvage: Salvage | undefined): void =>
  setMeta(connection, key, salvage === undefined ? undefined : JSON.stringify(salvage))
