import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { JournalError, NewerVersion, type Reason } from "../JournalError.ts"
import type { SqliteConnection } from "../Sqlite.ts"
import { confirmedVersion, schemaVersion } from "./journalSchema.ts"
import type { Trouble } from "./troubles.ts"

/** An open journal; `readOnly` says why it cannot be written. */
export interface Opened {
  readonly connection: SqliteConnection
  readonly readOnly: Reason | undefined
  readonly close: Effect.Effect<void>
}

/**
 * Opens in a scope of its own. What fails to be prepared is left to `Leftovers`.
 */
export const connected = Effect.fnUntraced(function* <R, R2>(
  connecting: Effect.Effect<SqliteConnection, Trouble, R | Scope.Scope>,
  readOnly: Reason | undefined,
  prepare: (connection: SqliteConnection) => Effect.Effect<void, Trouble, R2>
) {
  const leftovers = yield* Leftovers
  const scope = yield* Scope.make()
  const close = Scope.close(scope, Exit.void)
  const connection = yield* connecting.pipe(
    Scope.provide(scope),
    Effect.tap(prepare),
    Effect.onError(() => Effect.sync(() => leftovers.push(close)))
  )
  const opened: Opened = { connection, readOnly, close }
  return opened
})

/**
 * What closes the connections that could not be used.
 *
 * **Details**  the last connection to be closed removes the write-ahead log, and with it what SQLite did not find in
 * it: a damaged journal is moved first, and closed then.
 */
export class Leftovers extends Context.Service<Leftovers, Array<Effect.Effect<void>>>()(
  "@runctl/runtime/internal/connecting/Leftovers"
) {}

/** Closes what was left over once the work is done. */
export const closingLeftovers = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Leftovers>> =>
  Effect.suspend(() => {
    const leftovers: Array<Effect.Effect<void>> = []
    return work.pipe(
      Effect.provideService(Leftovers, leftovers),
      Effect.ensuring(Effect.suspend(() => Effect.all(leftovers, { discard: true })))
    )
  })

/** How many of the newest events are looked at whenever a journal is opened. */
export const newestRows = 16

/** Throws for a file that is newer than this code, or holds no journal. */
export const refuseOthers = (connection: SqliteConnection, file: string): void => {
  const found = confirmedVersion(connection)
  if (found <= schemaVersion) return
  throw new JournalError({ reason: new NewerVersion({ file, what: "file version", found, known: schemaVersion }) })
}
