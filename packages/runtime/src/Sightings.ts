/**
 * Writes down that a machine was seen which should not be there, by whoever happens to look.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { event } from "./Event.ts"
import type { JournalError } from "./JournalError.ts"
import { streams } from "./Projections.ts"
import { Records } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import * as Sweep from "./Sweep.ts"

/**
 * Writes a sighting down; answers whether what was seen may be ended now.
 *
 * **Details**  of several that see it at the same moment one writes: the moment counts once.
 *
 * @category commands
 * @since 0.1.0
 */
export const sighted = Effect.fn("Sightings.sighted")(function* ({ mark: { key } }: ResourceRecord, id: string) {
  const records = yield* Records
  const stream = streams.resource(key)
  const expectedSeq = yield* records.seq(stream)
  const record = yield* records.resource(key)
  const now = yield* Clock.currentTimeMillis
  if (record === undefined) return false
  if (Sweep.isNewSighting(record, id, now)) {
    yield* records
      .append(stream, [event("InstanceSighted", { resource: id })], { expectedSeq })
      .pipe(Effect.catchReason("JournalError", "Conflict", () => Effect.void))
  }
  return Sweep.mayEnd((yield* records.resource(key)) ?? record, id, now)
})

/**
 * Writes down every machine of ours among those that were listed which is late or one too many.
 *
 * **Errors**  none: whoever only looks is not kept from it by a journal that cannot be written.
 *
 * @category commands
 * @since 0.1.0
 */
export const notice = Effect.fn("Sightings.notice")(function* (findings: ReadonlyArray<Sweep.Finding>) {
  for (const finding of findings) {
    if (finding._tag !== "Late" && finding._tag !== "Surplus") continue
    yield* sighted(finding.record, finding.resource.id).pipe(
      Effect.catch(({ message }: JournalError) =>
        Effect.logWarning(`${finding.resource.id} should not be there, which could not be written down: ${message}`)
      )
    )
  }
})
