/**
 * How fast an API may be asked: slow enough that it never has to refuse.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as ProviderError from "./ProviderError.ts"

/**
 * At most so many requests within any such time. A shortest time between two requests is a limit of one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limit {
  readonly requests: number
  readonly millis: number
}

/**
 * What holds for requests of one kind.
 *
 * **Details**
 * - `all`: limits that count every request, of whichever lane. A lane for reads with lower ones than a lane for changes
 *   leaves room, so that nothing waits behind polling to be ended.
 * - `own`: limits that count this lane's requests alone, or those of a bucket where turns name one.
 * - `reserve`: so many requests of what the API says is left are kept for other lanes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lane {
  readonly all?: ReadonlyArray<Limit>
  readonly own?: ReadonlyArray<Limit>
  readonly reserve?: number
}

/**
 * How an API is asked. `patience` is the longest a turn is waited for; a caller who would wait longer is told instead.
 * `bucketPolicies` names what of a `RateLimit` header counts for a bucket alone.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan<L extends string> {
  readonly title: string
  readonly lanes: Readonly<Record<L, Lane>>
  readonly patience?: Duration.Duration
  readonly bucketPolicies?: ReadonlyArray<string>
}

/**
 * Whose turn it is: a lane, and where the API counts by address (or by something else) a bucket in it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Turn<L extends string> {
  readonly lane: L
  readonly bucket?: string | undefined
}

/**
 * What an answer says is left of one allowance, and in how many milliseconds there is more.
 *
 * @category models
 * @since 0.1.0
 */
export interface Allowance {
  readonly policy: string
  readonly remaining: number
  readonly resetMillis: number | undefined
}

/**
 * What an answer's headers say: what is left, and how long nobody is to ask at all.
 *
 * @category models
 * @since 0.1.0
 */
export interface Said {
  readonly allowances: ReadonlyArray<Allowance>
  readonly pauseMillis: number | undefined
}

/** Nothing was said. @category constants @since 0.1.0 */
export const noWord: Said = { allowances: [], pauseMillis: undefined }

/**
 * Turns at an API.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pace<L extends string> {
  /** Waits for a turn, or says when there is one. */
  readonly turn: (turn: Turn<L>) => Effect.Effect<void, ProviderError.RateLimited>
  /** Tells how the request of a turn ended: once for every turn, also when it was not answered. */
  readonly done: (turn: Turn<L>, said: Said) => Effect.Effect<void>
}

/** Longer than a full minute is not waited for, unless a plan says so. */
const minute = Duration.millis(65_000)

/** Where all that a limit allows is under way, an answer is looked for so often. **Units**  milliseconds */
const glance = 50

/** So many buckets are kept in mind; those that nobody has asked for longest go first. */
const mostBuckets = 2000

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

/** Requests that were sent: when the answers came, how many have none yet, and what the API says is left. */
interface Count {
  readonly answered: Array<number>
  readonly left: Map<string, { remaining: number; readonly moreAt: number }>
  readonly queue: Semaphore.Semaphore
  underWay: number
}

const nothingAsked = (): Count => ({
  answered: [],
  left: new Map(),
  queue: Semaphore.makeUnsafe(1),
  underWay: 0
})

const mostOf = (limits: ReadonlyArray<Limit>): number => Math.max(0, ...limits.map(({ requests }) => requests))

/** Ends what was counted in a turn. */
const end = (count: Count, now: number, remembered: number): void => {
  count.underWay = Math.max(0, count.underWay - 1)
  if (count.answered.push(now) > remembered) count.answered.shift()
}

/** For how long what is left is not enough. **Units**  milliseconds */
const spentFor = ({ left }: Count, reserve: number, now: number): number =>
  [...left.values()].reduce(
    (longest, { moreAt, remaining }) => (remaining <= reserve ? Math.max(longest, moreAt - now) : longest),
    0
  )

/**
 * Nobody has asked yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <L extends string>(plan: Plan<L>): Pace<L> => {
  const patience = Duration.toMillis(plan.patience ?? minute)
  const lanes: ReadonlyArray<Lane> = Object.values<Lane>(plan.lanes)
  const remembered = Math.max(1, ...lanes.map(({ all = [] }) => mostOf(all)))
  const everybody = nothingAsked()
  const buckets = new Map<string, Count>()
  const isOfBuckets = (policy: string): boolean => plan.bucketPolicies?.includes(policy) === true
  let pausedUntil = 0

  const bucketOf = ({ bucket = "", lane }: Turn<L>): Count => {
    const name = `${lane} ${bucket}`
    const known = buckets.get(name) ?? nothingAsked()
    // The one that was asked for last stands last.
    buckets.delete(name)
    buckets.set(name, known)
    for (const [other, { underWay }] of buckets) {
      if (buckets.size <= mostBuckets) break
      if (underWay === 0 && other !== name) buckets.delete(other)
    }
    return known
  }

  const waitNow = (turn: Turn<L>, now: number): number => {
    const { all = [], own = [], reserve = 0 } = plan.lanes[turn.lane]
    const bucket = bucketOf(turn)
    return Math.max(
      waitFor(bucket.answered, own, now, bucket.underWay),
      waitFor(everybody.answered, all, now, everybody.underWay),
      spentFor(everybody, reserve, now),
      spentFor(bucket, 0, now),
      pausedUntil - now
    )
  }

  const take = (turn: Turn<L>): void => {
    for (const count of [everybody, bucketOf(turn)]) {
      count.underWay += 1
      for (const left of count.left.values()) left.remaining -= 1
    }
  }

  const wait = Effect.fnUntraced(function* (turn: Turn<L>) {
    while (true) {
      const now = yield* Clock.currentTimeMillis
      const millis = waitNow(turn, now)
      if (millis <= 0) return take(turn)
      if (millis > patience) {
        return yield* new ProviderError.RateLimited({
          message: `${plan.title} allows no more requests with this token for now`,
          retryAfter: Duration.millis(millis)
        })
      }
      yield* Effect.sleep(Duration.millis(millis))
    }
  })

  return {
    turn: (turn) => Effect.suspend(() => bucketOf(turn).queue.withPermit(wait(turn))),
    done: (turn, { allowances, pauseMillis }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const bucket = bucketOf(turn)
        end(everybody, now, remembered)
        end(bucket, now, Math.max(1, mostOf(plan.lanes[turn.lane].own ?? [])))
        if (pauseMillis !== undefined) pausedUntil = Math.max(pausedUntil, now + pauseMillis)
        for (const { policy, remaining, resetMillis = 0 } of allowances) {
          const count = isOfBuckets(policy) ? bucket : everybody
          count.left.set(policy, { remaining: remaining - count.underWay, moreAt: now + resetMillis })
        }
      })
  }
}

/**
 * The paces that everybody in this process keeps towards endpoints, however often their provider is made anew.
 *
 * **Example** (One for the whole plugin, outside every function)
 *
 * ```ts
 * export const towards = Pace.shared({ title: "Example", lanes: { read: { all: [{ requests: 50, millis: 62_000 }] } } })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const shared = <L extends string>(plan: Plan<L>): ((endpoint: string) => Pace<L>) => {
  const known = new Map<string, Pace<L>>()
  return (endpoint) => {
    const pace = known.get(endpoint) ?? make(plan)
    known.set(endpoint, pace)
    return pace
  }
}
