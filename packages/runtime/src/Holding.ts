/**
 * Who is at work on a machine: whoever asks for it or ends it holds a lease, so that others leave it alone while they live
 * and take over once they are gone or frozen.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { ResourceKey } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Journal, type Lease } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import { CurrentFence } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"

/** The lease of whoever rents the machine with a key. @category accessors @since 0.1.0 */
export const renting = (key: ResourceKey): string => `rent/${key}`

/** The lease of whoever ends the machine with a key. @category accessors @since 0.1.0 */
export const ending = (key: ResourceKey): string => `end/${key}`

/** The lease of whoever meets the machine with a key. @category accessors @since 0.1.0 */
export const meeting = (key: ResourceKey): string => `meet/${key}`

const leaseOf: Readonly<Record<ResourceRecord["phase"], ((key: ResourceKey) => string) | undefined>> = {
  Intended: renting,
  Held: meeting,
  Ending: ending,
  Gone: undefined,
  Failed: undefined
}

/** How often it is looked whether the one who is at it has finished. */
const lookEvery = Schedule.spaced("1 second")

/**
 * Works under a lease, and waits for it while somebody lives who has it. What is written meanwhile is refused once the
 * lease is another's.
 *
 * **Details**  only the waiting is cut off by an interruption; the work decides for itself.
 *
 * @category combinators
 * @since 0.1.0
 */
export const alone = <A, E, R>(
  name: string,
  work: (lease: Lease) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | JournalError, R | Journal> =>
  Effect.scoped(
    Effect.gen(function* () {
      const journal = yield* Journal
      const lease = yield* journal
        .hold(name, defaults.supervisorLease)
        .pipe(Effect.retry({ schedule: lookEvery, while: (error: JournalError) => error.reason._tag === "Held" }))
      return yield* work(lease).pipe(Effect.provideService(CurrentFence, { lease: name, token: lease.token }))
    })
  )

/**
 * Whether somebody is renting, meeting or ending a machine now. A process that is gone, or has been frozen for the time of a
 * lease, is not.
 *
 * @category queries
 * @since 0.1.0
 */
export const isAtWork = Effect.fn("Holding.isAtWork")(function* ({ mark, phase }: ResourceRecord) {
  const name = leaseOf[phase]?.(mark.key)
  if (name === undefined) return false
  const holder = yield* (yield* Journal).holder(name)
  return holder !== undefined && holder.alive && !holder.expired
})
