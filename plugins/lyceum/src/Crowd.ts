/**
 * Many machines that are looked at again and again, at the price of a list: it has all of them in one answer.
 *
 * @since 0.1.0
 */
import type { Cause } from "@runctl/core/CloudFailure"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Vm } from "./Answers.ts"

/** So many may be asked for one by one. */
const few = 4

/** Whoever polls asks again within 5 s: what nobody has asked for in twice that time is not polled. **Units**  milliseconds */
const polled = 12_000

/** So old a list may be that answers for many. **Units**  milliseconds */
const young = 2000

/**
 * Those that are polled together.
 *
 * @category models
 * @since 0.1.0
 */
export interface Crowd {
  /** A machine as the list shows it; nothing where it is to be asked for by itself: there are few, or the list lacks it. */
  readonly find: (nativeId: string) => Effect.Effect<Vm | undefined, Cause>
  /** No list that was begun before now counts for the machine any more. */
  readonly changed: (nativeId: string) => Effect.Effect<void>
}

const prune = (times: Map<string, number>, before: number): void => {
  for (const [nativeId, at] of times) if (at <= before) times.delete(nativeId)
}

/**
 * Nobody has asked yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (list: Effect.Effect<ReadonlyArray<Vm>, Cause>): Crowd => {
  const asked = new Map<string, number>()
  const changed = new Map<string, number>()
  const oneAtATime = Semaphore.makeUnsafe(1)
  let last: { readonly startedAt: number; readonly vms: ReadonlyMap<string, Vm> } | undefined

  const listed = Effect.fnUntraced(function* (nativeId: string) {
    const now = yield* Clock.currentTimeMillis
    // A clock that was set back makes nothing young.
    const isYoung = last !== undefined && Math.abs(now - last.startedAt) < young
    if (last !== undefined && isYoung && last.startedAt > (changed.get(nativeId) ?? -Infinity)) return last.vms
    const vms = new Map((yield* list).map((vm) => [vm.vm_id, vm]))
    last = { startedAt: now, vms }
    return vms
  })

  return {
    find: Effect.fnUntraced(function* (nativeId) {
      const now = yield* Clock.currentTimeMillis
      prune(asked, now - polled)
      asked.set(nativeId, now)
      if (asked.size <= few) return undefined
      return (yield* oneAtATime.withPermit(listed(nativeId))).get(nativeId)
    }),
    changed: (nativeId) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        prune(changed, now - polled)
        changed.set(nativeId, now)
      })
  }
}
