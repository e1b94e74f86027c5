/**
 * Many droplets that are looked at again and again, at the price of a list.
 *
 * @since 0.1.0
 */
import type { Cause } from "@runctl/core/CloudFailure"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Semaphore from "effect/Semaphore"
import type { Droplet } from "./Answers.ts"

/** So many may be asked for one by one: even when each is polled every 5 s, that is below the hour's limit. */
const few = 4

/** Whoever polls asks again within 5 s: what nobody has asked for in twice that time is not polled. **Units**  milliseconds */
const polled = 12_000

/**
 * Whether droplets are so many that a list is cheaper.
 *
 * **Units**  when each was asked for last, and now: milliseconds
 *
 * @category decisions
 * @since 0.1.0
 */
export const isCrowd = (asked: Iterable<number>, now: number): boolean => {
  let count = 0
  for (const at of asked) if (now - at < polled) count += 1
  return count > few
}

/**
 * How old a list of so many pages may be before it is read again: as young as the limits allow without end, with room
 * for everything else.
 *
 * **Units**  milliseconds
 *
 * @category decisions
 * @since 0.1.0
 */
export const ageFor = (pages: number): number => Math.max(2, pages) * 1500

/**
 * How long a droplet of so many waits between two questions about what makes it, which no list answers.
 *
 * **Units**  milliseconds
 *
 * @category decisions
 * @since 0.1.0
 */
export const spacingFor = (droplets: number): number => (droplets > few ? droplets * 2500 : 0)

/**
 * Every droplet there is, and the number of pages they came in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listed {
  readonly droplets: ReadonlyMap<number, Droplet>
  readonly pages: number
}

/** How a list was read, and when. **Units**  milliseconds */
interface Reading {
  readonly startedAt: number
  readonly endedAt: number
  readonly exit: Exit.Exit<Listed, Cause>
}

/** What somebody asks of a list: one that was begun after the droplet was changed. **Units**  milliseconds */
interface Need {
  readonly askedAt: number
  readonly changedAt: number
}

/**
 * What is done for somebody who asks: the last reading is the answer, or another is due in so many milliseconds.
 *
 * **Details**  a failure is the answer for all who waited for it, and for nobody else.
 *
 * @category decisions
 * @since 0.1.0
 */
export const step = (last: Reading | undefined, { askedAt, changedAt }: Need, now: number): Reading | number => {
  if (last === undefined) return 0
  if (Exit.isFailure(last.exit)) return askedAt <= last.endedAt ? last : 0
  const age = ageFor(last.exit.value.pages)
  // A clock that was set back makes nothing young.
  const left = now < last.startedAt ? 0 : last.startedAt + age - now
  // One that takes longer to read than it stays young is an answer for those who asked before.
  return last.startedAt > changedAt && (left > 0 || last.startedAt >= askedAt) ? last : Math.max(0, left)
}

/**
 * Those that are polled together.
 *
 * @category models
 * @since 0.1.0
 */
export interface Crowd {
  /** A droplet as the list shows it; `alone` when it is to be asked for by itself, `missing` when the list lacks it. */
  readonly find: (droplet: number) => Effect.Effect<Droplet | "alone" | "missing", Cause>
  /** No list that was begun before now counts for the droplet any more. */
  readonly changed: (droplet: number) => Effect.Effect<void>
  /** Whether a droplet has failed: asked as seldom as many need it. What has failed stays so. */
  readonly hasFailed: (droplet: number, ask: Effect.Effect<boolean>) => Effect.Effect<boolean>
}

/** Droplets that nobody polls any more are forgotten. */
const prune = (times: Map<number, number>, before: number): void => {
  for (const [droplet, at] of times) if (at <= before) times.delete(droplet)
}

/** After this nobody asks any more about what made a droplet. **Units**  milliseconds */
const long = 60 * 60_000

/**
 * Nobody has asked yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (list: Effect.Effect<Listed, Cause>): Crowd => {
  const asked = new Map<number, number>()
  const changed = new Map<number, number>()
  const [failed, notFailed] = [new Map<number, number>(), new Map<number, number>()]
  const oneAtATime = Semaphore.makeUnsafe(1)
  let last: Reading | undefined

  const read = Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const exit = yield* Effect.exit(list)
    // Whoever is interrupted has read nothing for the others.
    if (Exit.hasInterrupts(exit)) return yield* exit
    last = { startedAt, endedAt: yield* Clock.currentTimeMillis, exit }
  })

  const listed = Effect.fnUntraced(function* (need: Need): Effect.fn.Return<Listed, Cause> {
    while (true) {
      const next = step(last, need, yield* Clock.currentTimeMillis)
      if (typeof next !== "number") return yield* next.exit
      yield* next > 0 ? Effect.sleep(Duration.millis(next)) : read
    }
  })

  return {
    find: Effect.fnUntraced(function* (droplet) {
      const askedAt = yield* Clock.currentTimeMillis
      prune(asked, askedAt - polled)
      asked.set(droplet, askedAt)
      if (!isCrowd(asked.values(), askedAt)) return "alone"
      const need = { askedAt, changedAt: changed.get(droplet) ?? -Infinity }
      const { droplets } = yield* oneAtATime.withPermit(listed(need))
      return droplets.get(droplet) ?? "missing"
    }),
    changed: (droplet) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        prune(changed, now - long)
        changed.set(droplet, now)
      }),
    hasFailed: Effect.fnUntraced(function* (droplet, ask) {
      const now = yield* Clock.currentTimeMillis
      for (const times of [failed, notFailed]) prune(times, now - long)
      if (failed.has(droplet)) return true
      const before = notFailed.get(droplet)
      if (before !== undefined && now - before < spacingFor(asked.size)) return false
      // Noted before it is asked, so that two who look at once do not both ask.
      notFailed.set(droplet, now)
      if (!(yield* ask)) return false
      failed.set(droplet, now)
      return true
    })
  }
}
