/**
 * One clock for everybody: nothing happens but what was asked for, and time goes on when nobody has anything left to do.
 */

import type * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A clock of whole milliseconds, like every real one; who sleeps by it must be woken by somebody. */
export const clockAt = (
  now: () => number,
  sleep: (duration: Duration.Duration) => Effect.Effect<void> = () => Effect.never
): Clock.Clock => {
  const millis = (): number => Math.floor(now())
  const nanos = (): bigint => BigInt(millis()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep
  }
}

interface Wake {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** The earliest first; of those at one moment, who came first. */
const isBefore = (left: Wake, right: Wake): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order)

/** What is awaited for promises that are settled already. */
const turns = 6

export class VirtualTime {
  now: number
  readonly #tasks: Array<() => void> = []
  readonly #wakes: Array<Wake> = []
  readonly #cancelled = new Set<Wake>()
  #order = 0

  constructor(now: number) {
    this.now = now
  }

  /** Now, after what waits already. */
  soon(task: () => void): void {
    this.#tasks.push(task)
  }

  /** At a time; the answer takes it back. */
  at(at: number, run: () => void): () => void {
    const wake: Wake = { at: Math.max(at, this.now), order: this.#order++, run }
    this.#push(wake)
    return () => void this.#cancelled.add(wake)
  }

  /** Lets time pass until something is true, or a time has come. */
  async run(until: number, isDone: () => boolean = () => false): Promise<void> {
    while (true) {
      await this.#settle()
      if (isDone()) return
      const [next] = this.#wakes
      if (next === undefined || next.at > until) {
        this.now = until
        return
      }
      this.#pop()
      if (this.#cancelled.delete(next)) continue
      this.now = next.at
      next.run()
    }
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < turns; quiet++) {
      for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
        task()
        quiet = 0
      }
      await Promise.resolve()
    }
  }

  #push(wake: Wake): void {
    const heap = this.#wakes
    let at = heap.push(wake) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, wake)) break
      heap[at] = above
      at = parent
    }
    heap[at] = wake
  }

  #pop(): void {
    const heap = this.#wakes
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    while (true) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      if (left === undefined) break
      const [child, index] = right !== undefined && isBefore(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1]
      if (isBefore(last, child)) break
      heap[at] = child
      at = index
    }
    heap[at] = last
  }
}
