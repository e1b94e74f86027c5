import { assert, describe, it } from "@effect/vitest"
import * as NodeSqlite from "@runctl/platform-node/NodeSqlite"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import { Sqlite } from "@runctl/runtime/Sqlite"
import { isSqliteError, resultCodes } from "@runctl/runtime/SqliteError"
import * as Effect from "effect/Effect"
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-test-sqlite-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const codeOf = (work: () => unknown): number | undefined => {
  try {
    work()
  } catch (thrown) {
    return isSqliteError(thrown) ? thrown.primaryCode : undefined
  }
  return 0
}

describe("a database", () => {
  it.effect("is made only when that was asked for, and closed with its scope", () =>
    Effect.gen(function* () {
      const sqlite = yield* Sqlite
      const file = join(yield* temporaryFolder, "a ?#%.db")
      for (const access of ["write", "read", "immutable"] as const) {
        const refused = yield* Effect.flip(Effect.scoped(sqlite.open(file, { access })))
        assert.strictEqual(refused.primaryCode, resultCodes.cannotOpen)
      }
      const closed = yield* Effect.scoped(
        Effect.tap(sqlite.open(file, { access: "create" }), (connection) =>
          Effect.sync(() => connection.exec("CREATE TABLE t (a)"))
        )
      )
      assert.isTrue(existsSync(file))
      assert.throws(() => closed.exec("SELECT 1"))
    }).pipe(Effect.provide(NodeSqlite.layer))
  )

  it.effect("keeps everything of a transaction or nothing, and has one at a time", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "a.db")
      const connection = connect(file, { access: "create" })
      connection.exec("CREATE TABLE t (a INTEGER PRIMARY KEY)")
      assert.strictEqual(
        connection.transaction(() => connection.run("INSERT INTO t VALUES (1), (2)")),
        2
      )
      assert.throws(
        () =>
          connection.transaction(() => {
            connection.run("INSERT INTO t VALUES (3)")
            throw new Error("changed my mind")
          }),
        "changed my mind"
      )
      assert.strictEqual(
        codeOf(() => connection.transaction(() => connection.run("INSERT INTO t VALUES (4), (1)"))),
        resultCodes.constraint
      )
      assert.throws(() => connection.transaction(() => connection.transaction(() => 1)), "do not nest")
      assert.deepStrictEqual(
        connection.all("SELECT a FROM t ORDER BY a").map(({ a }) => a),
        [1, 2]
      )
      assert.isUndefined(connection.get("SELECT a FROM t WHERE a = ?", [9]))
      connection.close()
      connection.close()
    })
  )

  it.effect("says what stands in the way by SQLite's own code", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "a.db")
      const first = connect(file, { access: "create" })
      first.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
      const second = connect(file, { access: "write" })
      const reader = connect(file, { access: "read" })
      first.transaction(() => {
        assert.strictEqual(
          codeOf(() => second.transaction(() => 1)),
          resultCodes.busy
        )
      })
      assert.strictEqual(
        codeOf(() => reader.run("INSERT INTO t VALUES (1)")),
        resultCodes.readOnly
      )
      first.run("INSERT INTO t VALUES (9223372036854775807)")
      assert.strictEqual(
        codeOf(() => first.all("SELECT a FROM t")),
        resultCodes.corrupt
      )
      for (const each of [first, second, reader]) each.close()
      writeFileSync(join(folder, "text"), "no database at all, ".repeat(100))
      const text = connect(join(folder, "text"), { access: "write" })
      assert.strictEqual(
        codeOf(() => text.all("SELECT * FROM t")),
        resultCodes.notADatabase
      )
      text.close()
    })
  )

  it.effect("knows when its file was moved or replaced", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "a.db")
      const connection = connect(file, { access: "create" })
      connection.exec("CREATE TABLE t (a)")
      assert.isTrue(connection.isCurrent())
      renameSync(file, join(folder, "moved.db"))
      assert.isFalse(connection.isCurrent())
      connect(file, { access: "create" }).close()
      assert.isFalse(connection.isCurrent())
      renameSync(join(folder, "moved.db"), file)
      assert.isTrue(connection.isCurrent())
      connection.close()
      assert.isTrue(connect(":memory:", { access: "create" }).isCurrent())
    })
  )
})
