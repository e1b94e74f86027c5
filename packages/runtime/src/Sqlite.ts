/**
 * A SQLite database in a file, as little of it as the journal needs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SqliteError } from "./SqliteError.ts"

/** What a column holds or a parameter may be. @category models @since 0.1.0 */
export type SqliteValue = null | number | bigint | string | Uint8Array

/** One row of an answer, by column name. @category models @since 0.1.0 */
export type SqliteRow = Readonly<Record<string, SqliteValue>>

/**
 * One open database. Every call is synchronous and throws `SqliteError`; statements are prepared once.
 *
 * @category models
 * @since 0.1.0
 */
export interface SqliteConnection {
  /** Runs statements that answer nothing. */
  readonly exec: (sql: string) => void
  readonly all: (sql: string, parameters?: ReadonlyArray<SqliteValue>) => ReadonlyArray<SqliteRow>
  readonly get: (sql: string, parameters?: ReadonlyArray<SqliteValue>) => SqliteRow | undefined
  /** Runs one changing statement; answers how many rows it changed. */
  readonly run: (sql: string, parameters?: ReadonlyArray<SqliteValue>) => number
  /** Everything or nothing, with the write lock from its beginning. Transactions do not nest. */
  readonly transaction: <A>(body: () => A) => A
  /** Whether the path still leads to the file that was opened: false once somebody has moved or replaced it. */
  readonly isCurrent: () => boolean
  readonly close: () => void
}

/**
 * How to open a database.
 *
 * **Details**  `create` makes a missing file, `write` and `read` refuse it. `immutable` promises that nobody writes: it
 * needs no lock and no file beside the database, and does not look into a write-ahead log.
 * `busyTimeout` is how long a call may block this whole process while another one has the lock; 0 when absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface SqliteOptions {
  readonly access: "create" | "write" | "read" | "immutable"
  readonly busyTimeout?: Duration.Duration
}

/**
 * Opens databases, one connection at a time.
 *
 * @category services
 * @since 0.1.0
 */
export class Sqlite extends Context.Service<
  Sqlite,
  {
    /** A connection that is closed with its scope. `:memory:` is a database of its own, gone with the connection. */
    readonly open: (file: string, options: SqliteOptions) => Effect.Effect<SqliteConnection, SqliteError, Scope.Scope>
  }
>()("@runctl/runtime/Sqlite") {}
