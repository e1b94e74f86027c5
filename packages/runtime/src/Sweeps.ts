/**
 * When a provider was swept last.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Journal, type StoredEvent } from "./Journal.ts"
import { streams, toEvent } from "./Projections.ts"

/** As many of the newest sweeps as are looked through: those of a supervisor and of a timer, for hours. */
const newest = 200

/**
 * When the last of these sweeps was made that did ask a provider; of a command, as a timer makes them. A supervisor's own
 * do not count: it is a layer of safety by itself, and they end with it.
 *
 * **Units**  milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const lastOf = (sweeps: ReadonlyArray<StoredEvent>, provider: string): number | undefined =>
  sweeps.findLast((stored) => {
    const known = toEvent(stored)
    if (known?.type !== "SweepCompleted" || known.payload.by !== "command") return false
    const { failures, providers } = known.payload
    return providers.includes(provider) && failures.every((failure) => failure.provider !== provider)
  })?.at

/**
 * Whether a sweep at that time says that sweeps are made: one of them may fail, or a computer sleep through it.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isLately = (at: number | undefined, now: number): at is number =>
  at !== undefined && now - at <= Duration.toMillis(Duration.times(defaults.sweepEvery, 3))

/** When a provider was swept last; see `lastOf`. @category queries @since 0.1.0 */
export const last = Effect.fn("Sweeps.last")(function* (provider: string) {
  const journal = yield* Journal
  const seq = yield* journal.last(streams.sweeper)
  return lastOf(yield* journal.read(streams.sweeper, Math.max(0, seq - newest)), provider)
})
