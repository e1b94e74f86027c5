import { defaults } from "@runctl/core/Defaults"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { JournalError } from "../JournalError.ts"
import type { SqliteConnection } from "../Sqlite.ts"
import { readFrom } from "./eventRows.ts"
import type { StoredEvent } from "./journalModels.ts"
import type { Store } from "./journalStore.ts"

/** What lets subscribers of this process know at once. */
export interface Subscribing {
  /** To be called after every append of this process. */
  readonly announce: Effect.Effect<void>
  readonly subscribe: (after: number) => Stream.Stream<StoredEvent, JournalError>
}

const batch = 256

/** A file is seldom replaced: once a second is often enough to look whether it was. */
const looksPerPath = 20

/** Changes whenever another connection has written, and with the connection itself. */
const versionOf = (connection: SqliteConnection): number =>
  Number(connection.get("PRAGMA data_version")?.["data_version"])

/** Events of a store as they come, whoever writes them. */
export const make = (store: Store): Subscribing => {
  const waiting = new Set<() => void>()
  let announced = 0

  /** Until this process has written something since `seen`. */
  const untilAnnounced = (seen: number): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      if (announced !== seen) return resume(Effect.void)
      const wake = (): void => resume(Effect.void)
      waiting.add(wake)
      return Effect.sync(() => waiting.delete(wake))
    })

  /** Until the file has changed, or is another one. */
  const untilChanged = Effect.fnUntraced(function* (seen: SqliteConnection, version: number) {
    for (let looks = 1; ; looks++) {
      yield* Effect.sleep(defaults.journalPoll)
      const isQuiet = store.peek(
        (connection) =>
          connection === seen &&
          versionOf(connection) === version &&
          (looks % looksPerPath !== 0 || connection.isCurrent())
      )
      if (isQuiet !== true) return
    }
  })

  const look = (after: number) =>
    store.read((connection) => ({
      connection,
      // Before the events: what is written in between is then found by the next look.
      version: versionOf(connection),
      events: readFrom(connection, after + 1, batch)
    }))

  const next = Effect.fnUntraced(function* (after: number) {
    while (true) {
      const seen = announced
      const { connection, events, version } = yield* look(after)
      if (events.length > 0) return events
      yield* Effect.raceFirst(untilAnnounced(seen), untilChanged(connection, version))
    }
  })

  return {
    announce: Effect.sync(() => {
      announced++
      // Who is woken runs at once and waits again: only those who wait now are to be woken.
      const woken = [...waiting]
      waiting.clear()
      for (const wake of woken) wake()
    }),
    subscribe: (after) =>
      Stream.paginate(after, (position) =>
        Effect.map(next(position), (events) => [events, Option.some(events.at(-1)?.position ?? position)])
      )
  }
}
