/**
 * What the journal holds already.
 */
import { Journal, type StoredEvent } from "@runctl/runtime/Journal"
import * as Effect from "effect/Effect"

/** How many events are read at once: a long journal does not fill the memory. */
const pageSize = 1000

/** The newest events that are wanted, at most `most`, and the position after which new ones come. */
export const past = Effect.fnUntraced(function* (wanted: (event: StoredEvent) => boolean, most: number) {
  const journal = yield* Journal
  const found: Array<StoredEvent> = []
  let position = 0
  while (true) {
    const page = yield* journal.readAll({ fromPosition: position, limit: pageSize })
    const last = page.at(-1)
    if (last === undefined) return { events: found, position }
    position = last.position
    for (const event of page) if (wanted(event)) found.push(event)
    if (found.length > most) found.splice(0, found.length - most)
  }
})
