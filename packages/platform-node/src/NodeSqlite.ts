/**
 * `Sqlite` over `node:sqlite`.
 *
 * @since 0.1.0
 */
import { Sqlite } from "@runctl/runtime/Sqlite"
import { isSqliteError } from "@runctl/runtime/SqliteError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { connect } from "./NodeSqliteFile.ts"

/**
 * Databases of the SQLite inside Node.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Sqlite> = Layer.succeed(
  Sqlite,
  Sqlite.of({
    open: (file, { access, busyTimeout = Duration.zero }) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          try {
            return Effect.succeed(connect(file, { access, busyTimeoutMillis: Duration.toMillis(busyTimeout) }))
          } catch (thrown) {
            return isSqliteError(thrown) ? Effect.fail(thrown) : Effect.die(thrown)
          }
        }),
        (connection) => Effect.ignore(Effect.sync(() => connection.close()))
      )
  })
)
