/**
 * Work that only one process at a time may do.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Journal, type Lease } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"

/**
 * Works under a lease that is renewed in the background, and is interrupted once the lease is another's.
 *
 * **Errors**  `Held` when somebody has it, `Fenced` once it is lost. What a process does between losing a lease and
 * noticing it is stopped only by a fence: append with `{ fence: { lease: name, token } }`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const whileHeld = <A, E, R>(
  name: string,
  ttl: Duration.Duration,
  work: (lease: Lease) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | JournalError, R | Journal> =>
  Effect.scoped(
    Effect.gen(function* () {
      const held = yield* (yield* Journal).hold(name, ttl)
      return yield* Effect.raceFirst(work(held), held.lost)
    })
  )
