/**
 * Many instances that are looked at again and again, at the price of a list.
 *
 * @since 0.1.0
 */
import type { Cause } from "@runctl/core/CloudFailure"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Instance } from "./Answers.ts"

/** So many may be asked for one by one. */
const few = 4

/** Whoever polls asks again within 5 s: what nobody has asked for in twice that time is not polled. **Units**  milliseconds */
const polled = 12_000

/** A list is read again after this: the limit is 120 in a minute. **Units**  milliseconds */
const fresh = 2000

/**
 * Those that are polled together.
 *
 * @category models
 * @since 0.1.0
 */
export interface Watch {
  /** An instance as a list shows it; nothing when it is to be asked for by itself. */
  readonly find: (id: string) => Effect.Effect<Instance | undefined, Cause>
  /** No list that was begun before now counts for the instance any more. */
  readonly changed: (id: string) => Effect.Effect<void>
}

/** Forgets what is older. */
const prune = (times: Map<string, number>, before: number): void => {
  for (const [id, at] of times) if (at <= before) times.delete(id)
}

/**
 * Nobody has asked yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (list: Effect.Effect<ReadonlyArray<Instance>, Cause>): Watch => {
  const asked = new Map<string, number>()
  const changes = new Map<string, number>()
  const oneAtATime = Semaphore.makeUnsafe(1)
  let last: { readonly begunAt: number; readonly instances: ReadonlyMap<string, Instance> } | undefined

  const listed = Effect.fnUntraced(function* (id: string): Effect.fn.Return<ReadonlyMap<string, Instance>, Cause> {
    const now = yield* Clock.currentTimeMillis
    const isGood =
      last !== undefined && Math.abs(now - last.begunAt) < fresh && last.begunAt > (changes.get(id) ?? -Infinity)
    if (isGood && last !== undefined) return last.instances
    const instances = new Map((yield* list).map((instance) => [instance.id, instance]))
    last = { begunAt: now, instances }
    return instances
  })

  return {
    find: Effect.fnUntraced(function* (id) {
      const now = yield* Clock.currentTimeMillis
      prune(asked, now - polled)
      asked.set(id, now)
      if (asked.size <= few) return undefined
      return (yield* oneAtATime.withPermit(listed(id))).get(id)
    }),
    changed: (id) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        prune(changes, now - polled)
        changes.set(id, now)
      })
  }
}
