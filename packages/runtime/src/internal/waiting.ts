import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { JournalError, Locked } from "../JournalError.ts"
import { Processes } from "../Processes.ts"
import { isBusy, type Trouble } from "./troubles.ts"

/** How long SQLite itself may wait, which stops everything else in this process. */
export const blockingWait: Duration.Duration = Duration.millis(8)

const shortestPause = 2
const longestPause = 20

/**
 * Repeats work while somebody else has the lock, and lets the rest of this process go on in between.
 *
 * **Errors**  fails with `Locked`, and who has the lock where the system tells, after `limit`.
 */
export const waiting = <A, R>(
  work: Effect.Effect<A, Trouble, R>,
  file: string,
  limit: Duration.Duration
): Effect.Effect<A, Trouble, R | Processes> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const since = clock.monotonicTimeNanosUnsafe()
    const elapsed = (): number => Number(clock.monotonicTimeNanosUnsafe() - since) / 1e6
    const busy = Effect.suspend(() =>
      elapsed() < Duration.toMillis(limit)
        ? Effect.flatMap(Random.nextIntBetween(shortestPause, longestPause), (pause) => Effect.sleep(pause))
        : locked(file, elapsed())
    )
    while (true) {
      const done = yield* work.pipe(
        Effect.map((value) => ({ value })),
        Effect.catchIf(isBusy, () => Effect.as(busy, undefined))
      )
      if (done !== undefined) return done.value
    }
  })

const locked = Effect.fnUntraced(function* (file: string, waited: number) {
  const processes = yield* Processes
  const others = yield* processes.lockersOf([file, `${file}-wal`, `${file}-shm`])
  const { pid } = yield* processes.self
  return yield* new JournalError({
    reason: new Locked({ waitedMillis: Math.round(waited), by: others.filter((each) => each !== pid) })
  })
})
