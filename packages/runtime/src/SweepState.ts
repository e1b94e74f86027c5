/**
 * When the sweeper has run last, as the journal remembers it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"

/** Where the sweeper writes what it did. */
const stream = "sweeper"

/** How many of the newest events are looked at, before the whole stream is. */
const newest = 100

/**
 * When the newest sweep was completed, in milliseconds since 1970-01-01 UTC; nothing where none ever was.
 *
 * @category queries
 * @since 0.1.0
 */
export const lastSweep: Effect.Effect<number | undefined, JournalError, Journal> = Effect.gen(function* () {
  const journal = yield* Journal
  const last = yield* journal.last(stream)
  for (const from of [Math.max(0, last - newest), 0]) {
    const found = (yield* journal.read(stream, from)).findLast(({ type }) => type === "SweepCompleted")
    if (found !== undefined) return found.at
  }
  return undefined
})
