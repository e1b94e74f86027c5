/**
 * `SqliteConnection` over `node:sqlite`, without Effect: the quickest commands open the journal with nothing else.
 *
 * @since 0.1.0
 */
import type { SqliteConnection, SqliteOptions, SqliteValue } from "@runctl/runtime/Sqlite"
import { resultCodes, SqliteError } from "@runctl/runtime/SqliteError"
import { statSync } from "node:fs"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import { pathToFileURL } from "node:url"

const inMemory = ":memory:"

/** What was thrown, as a `SqliteError` when SQLite threw it. */
const translated = (thrown: unknown): unknown => {
  if (!(thrown instanceof Error)) return thrown
  if ("errcode" in thrown && typeof thrown.errcode === "number") return new SqliteError(thrown.errcode, thrown.message)
  // Nobody writes integers beyond 2^53 here: only damage makes them.
  const isTooLarge = "code" in thrown && thrown.code === "ERR_OUT_OF_RANGE"
  return isTooLarge ? new SqliteError(resultCodes.corrupt, thrown.message) : thrown
}

const attempt = <A>(body: () => A): A => {
  try {
    return body()
  } catch (thrown) {
    throw translated(thrown)
  }
}

const query = { create: "mode=rwc", write: "mode=rw", read: "mode=ro", immutable: "mode=ro&immutable=1" } as const

const address = (file: string, access: SqliteOptions["access"]): string | URL => {
  if (file === inMemory) return file
  const url = pathToFileURL(file)
  url.search = query[access]
  return url
}

const identityOf = (file: string): string | undefined => {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true })
  return found === undefined ? undefined : `${found.dev}:${found.ino}`
}

/**
 * Opens a database at once. Throws `SqliteError`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connect = (
  file: string,
  options: { readonly access: SqliteOptions["access"]; readonly busyTimeoutMillis?: number }
): SqliteConnection => {
  // Taken first: a file that replaced the opened one in between is then noticed as another.
  const before = identityOf(file)
  const database = attempt(
    () =>
      new DatabaseSync(address(file, options.access), {
        readOnly: options.access === "read" || options.access === "immutable",
        timeout: options.busyTimeoutMillis ?? 0
      })
  )
  const identity = before ?? identityOf(file)
  const statements = new Map<string, StatementSync>()

  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = database.prepare(sql)
    statements.set(sql, made)
    return made
  }

  const rollback = (): void => {
    // SQLite itself has rolled back after some errors, a full disk among them.
    if (database.isTransaction) database.exec("ROLLBACK")
  }

  const transaction = <A>(body: () => A): A => {
    if (database.isTransaction) throw new Error("transactions do not nest")
    attempt(() => prepared("BEGIN IMMEDIATE").run())
    try {
      const answer = body()
      attempt(() => prepared("COMMIT").run())
      return answer
    } catch (thrown) {
      attempt(rollback)
      throw thrown
    }
  }

  const none: ReadonlyArray<SqliteValue> = []

  return {
    exec: (sql) => attempt(() => database.exec(sql)),
    all: (sql, parameters = none) => attempt(() => prepared(sql).all(...parameters)),
    get: (sql, parameters = none) => attempt(() => prepared(sql).get(...parameters)),
    run: (sql, parameters = none) => attempt(() => Number(prepared(sql).run(...parameters).changes)),
    transaction,
    isCurrent: () => file === inMemory || (identity !== undefined && identityOf(file) === identity),
    close: () => {
      statements.clear()
      if (database.isOpen) attempt(() => database.close())
    }
  }
}
