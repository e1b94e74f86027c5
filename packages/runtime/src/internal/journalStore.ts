import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { JournalError } from "../JournalError.ts"
import type { Processes } from "../Processes.ts"
import type { SqliteConnection } from "../Sqlite.ts"
import type { Opened } from "./connecting.ts"
import { errorOf, isDamage, isReplaced, Replaced, type Trouble, working } from "./troubles.ts"
import { waiting } from "./waiting.ts"

/** One journal, kept open through damage, replacement and locks. */
export interface Store {
  /** Reads; each statement sees one moment. */
  readonly read: <A>(body: (connection: SqliteConnection) => A) => Effect.Effect<A, JournalError>
  /** Looks at the open file at once, without waiting or mending; `undefined` when that does not work just now. */
  readonly peek: <A>(body: (connection: SqliteConnection) => A) => A | undefined
  /** Writes everything or nothing. */
  readonly write: <A>(body: (connection: SqliteConnection) => A) => Effect.Effect<A, JournalError>
  /** Why it cannot be written; `undefined` when it can. */
  readonly readOnly: Effect.Effect<Opened["readOnly"]>
}

/** How the file is opened, and mended when it turns out to be damaged. */
export interface Source {
  readonly file: string
  readonly busyTimeout: Duration.Duration
  readonly freeBytes: Effect.Effect<number | undefined>
  readonly open: Effect.Effect<Opened, JournalError>
  /** The same for what was open before: a file that is gone is not made anew. */
  readonly reopen: Effect.Effect<Opened, JournalError>
  readonly repair: (why: string, isDamaged: Effect.Effect<boolean>) => Effect.Effect<void, JournalError>
}

/** How often one piece of work is begun again on another file. */
const mostFiles = 3

/** Opens a source and keeps it open until the scope ends. */
export const make = Effect.fnUntraced(function* (
  source: Source
): Effect.fn.Return<Store, JournalError, Scope.Scope | Processes> {
  const { busyTimeout, file } = source
  const services = yield* Effect.context<Processes>()
  const mending = yield* Semaphore.make(1)
  let current: Opened = yield* source.open
  yield* Effect.addFinalizer(() => Effect.suspend(() => current.close))

  /** Whoever comes second finds the work done. */
  const replace = (seen: Opened, before: Effect.Effect<void, JournalError>) =>
    Effect.suspend(() =>
      current === seen
        ? Effect.gen(function* () {
            yield* before
            const fresh = yield* source.reopen
            current = fresh
            yield* seen.close
          })
        : Effect.void
    ).pipe((replacing) => mending.withPermit(replacing), Effect.uninterruptible)

  const mend = (seen: Opened, trouble: Trouble) =>
    replace(
      seen,
      source.repair(
        trouble.message,
        Effect.sync(() => seen.connection.isCurrent())
      )
    )

  const once = <A>(work: (opened: Opened) => A, left: number): Effect.Effect<A, Trouble> =>
    Effect.suspend(() => {
      const seen = current
      const worked = working(() => {
        if (!seen.connection.isCurrent()) throw new Replaced()
        return work(seen)
      })
      return left === 0
        ? worked
        : worked.pipe(
            Effect.catchIf(isReplaced, () => Effect.andThen(replace(seen, Effect.void), once(work, left - 1))),
            Effect.catchIf(isDamage, (trouble) => Effect.andThen(mend(seen, trouble), once(work, left - 1)))
          )
    })

  const run = <A>(work: (opened: Opened) => A): Effect.Effect<A, JournalError> =>
    waiting(once(work, mostFiles), file, busyTimeout).pipe(
      Effect.catch((trouble) => Effect.flatMap(source.freeBytes, (free) => Effect.fail(errorOf(trouble, file, free)))),
      Effect.provideContext(services)
    )

  /** What could not be written when it was opened may be writable by now. */
  const tryToWrite = Effect.suspend(() =>
    current.readOnly === undefined ? Effect.void : replace(current, Effect.void)
  )

  return {
    readOnly: Effect.sync(() => current.readOnly),
    peek: (body) => {
      try {
        return body(current.connection)
      } catch {
        return undefined
      }
    },
    read: (body) => run(({ connection }) => body(connection)),
    write: (body) =>
      Effect.andThen(
        tryToWrite,
        run(({ connection, readOnly }) => {
          if (readOnly !== undefined) throw new JournalError({ reason: readOnly })
          return connection.transaction(() => {
            // With the lock in hand: whoever replaces the file waits for it before reading what we have written.
            if (!connection.isCurrent()) throw new Replaced()
            return body(connection)
          })
        })
      )
  }
})
