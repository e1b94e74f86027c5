/**
 * How fast the API may be asked: slow enough that it never has to refuse.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/**
 * At most so many requests within any such time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limit {
  readonly requests: number
  readonly millis: number
}

/**
 * What a request is for. Reads leave room for changes, so that nothing waits behind polling to be ended.
 *
 * @category models
 * @since 0.1.0
 */
export type Lane = "read" | "change" | "keys"

/**
 * Below what DigitalOcean allows (250 a minute, 5,000 an hour, 10 key requests a minute), by as much as requests may
 * crowd together on their way and other programs with the same token may ask meanwhile.
 *
 * @source https://docs.digitalocean.com/reference/api/ (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const limits = {
  read: [
    { requests: 200, millis: 62_000 },
    { requests: 4_400, millis: 3_610_000 }
  ],
  change: [
    { requests: 235, millis: 62_000 },
    { requests: 4_800, millis: 3_610_000 }
  ],
  keys: [{ requests: 9, millis: 62_000 }]
} as const satisfies Readonly<Record<Lane, ReadonlyArray<Limit>>>

/** Longer than a full minute is not waited for here: the caller is told instead. */
const patience = 65_000

/** So many requests of what the API says is left are kept for changes. */
const reserve = 20

const remembered = Math.max(...Object.values(limits).flatMap((all) => all.map(({ requests }) => requests)))

/** Where all that a limit allows is under way, an answer is looked for so often. **Units**  milliseconds */
const glance = 50

/**
 * How long one more request has to wait after those that were answered, so that every limit holds. One that is under
 * way counts as one of now: the API may get it as late as that.
 *
 * **Units**  times, oldest first, and the answer: milliseconds
 *
 * @category decisions
 * @since 0.1.0
 */
export const waitFor = (
  answered: ReadonlyArray<number>,
  allowed: ReadonlyArray<Limit>,
  now: number,
  underWay: number = 0
): number =>
  allowed.reduce((longest, { millis, requests }) => {
    const room = requests - underWay
    if (room <= 0) return Math.max(longest, Math.min(millis, glance))
    const earliest = answered.at(-room)
    if (answered.length < room || earliest === undefined) return longest
    // A clock that was set back makes nobody wait longer than the whole window.
    return Math.max(longest, Math.min(millis, earliest + millis - now))
  }, 0)

/**
 * What an answer's headers say: how many requests are left, and in how many milliseconds there are more.
 *
 * @category models
 * @since 0.1.0
 */
export interface Said {
  readonly remaining: number | undefined
  readonly resetMillis: number | undefined
  readonly pauseMillis: number | undefined
}

/**
 * Turns at the API.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pace {
  /** Waits for a turn, or says when there is one. */
  readonly turn: (lane: Lane) => Effect.Effect<void, ProviderError.RateLimited>
  /** Tells how the request of a turn ended: once for every turn, also when it was not answered. */
  readonly done: (lane: Lane, said: Said) => Effect.Effect<void>
}

/** Requests that were sent: when the answers came, and how many have none yet. */
interface Count {
  readonly answered: Array<number>
  underWay: number
}

const nothingAsked = (): Count => ({ answered: [], underWay: 0 })

/**
 * Nobody has asked yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): Pace => {
  const counts = { all: nothingAsked(), keys: nothingAsked() }
  const queues = { read: Semaphore.makeUnsafe(1), change: Semaphore.makeUnsafe(1), keys: Semaphore.makeUnsafe(1) }
  let left = Infinity
  let moreAt = 0
  let pausedUntil = 0

  const countsOf = (lane: Lane): ReadonlyArray<Count> => (lane === "keys" ? [counts.all, counts.keys] : [counts.all])

  const windowsOf = ({ answered, underWay }: Count, lane: Lane, now: number): number =>
    waitFor(answered, limits[lane], now, underWay)

  const waitNow = (lane: Lane, now: number): number => {
    const windows =
      lane === "keys"
        ? Math.max(windowsOf(counts.keys, lane, now), windowsOf(counts.all, "change", now))
        : windowsOf(counts.all, lane, now)
    const isSpent = left <= (lane === "read" ? reserve : 0)
    return Math.max(windows, pausedUntil - now, isSpent ? moreAt - now : 0)
  }

  const take = (lane: Lane): void => {
    for (const count of countsOf(lane)) count.underWay += 1
    left -= 1
  }

  const turn = Effect.fnUntraced(function* (lane: Lane) {
    while (true) {
      const now = yield* Clock.currentTimeMillis
      const wait = waitNow(lane, now)
      if (wait <= 0) return take(lane)
      if (wait > patience) {
        return yield* new ProviderError.RateLimited({
          message: "DigitalOcean allows no more requests with this token for now",
          retryAfter: Duration.millis(wait)
        })
      }
      yield* Effect.sleep(Duration.millis(wait))
    }
  })

  return {
    turn: (lane) => queues[lane].withPermit(turn(lane)),
    done: (lane, { pauseMillis, remaining, resetMillis }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        for (const count of countsOf(lane)) {
          count.underWay = Math.max(0, count.underWay - 1)
          if (count.answered.push(now) > remembered) count.answered.shift()
        }
        if (pauseMillis !== undefined) pausedUntil = Math.max(pausedUntil, now + pauseMillis)
        if (remaining === undefined) return
        left = remaining - counts.all.underWay
        moreAt = now + (resetMillis ?? 0)
      })
  }
}

const shared = new Map<string, Pace>()

/**
 * The pace that everybody in this process keeps towards an endpoint, however often its provider is made anew.
 *
 * @category constructors
 * @since 0.1.0
 */
export const towards = (endpoint: string): Pace => {
  const known = shared.get(endpoint) ?? make()
  shared.set(endpoint, known)
  return known
}
