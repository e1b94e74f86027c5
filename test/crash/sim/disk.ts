/**
 * A journal that outlives processes: one database in memory, open in all of them.
 */
import type { SqliteConnection } from "@runctl/runtime/Sqlite"
import { Sqlite } from "@runctl/runtime/Sqlite"
import * as NodeSqlite from "@runctl/platform-node/NodeSqlite"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

export interface Disk {
  readonly layer: Layer.Layer<Sqlite>
  /** As if a machine had never been written down. */
  readonly forget: (key: string) => void
  readonly close: () => void
}

/** Whoever reads the version of the data has to see what others wrote over the same connection. */
const countingWrites = (connection: SqliteConnection): SqliteConnection => {
  let version = 0
  return {
    ...connection,
    get: (sql, parameters) =>
      sql === "PRAGMA data_version" ? { data_version: version } : connection.get(sql, parameters),
    transaction: (body) => {
      version++
      return connection.transaction(body)
    },
    close: () => {}
  }
}

export const makeDisk = (): Disk => {
  const scope = Scope.makeUnsafe()
  const opened = Effect.runSync(
    Effect.flatMap(Sqlite, (sqlite) => sqlite.open(":memory:", { access: "create" })).pipe(
      Effect.provide(NodeSqlite.layer),
      Scope.provide(scope)
    )
  )
  const shared = countingWrites(opened)
  return {
    layer: Layer.succeed(Sqlite, { open: () => Effect.succeed(shared) }),
    forget: (key) => void opened.run("DELETE FROM projections WHERE name = 'resources' AND key = ?", [key]),
    close: () => Effect.runSync(Scope.close(scope, Exit.void))
  }
}
