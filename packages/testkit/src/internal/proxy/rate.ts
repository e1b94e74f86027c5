/** When a piece may go: each takes its time on the wire, one after the other. */
export class Wire {
  #free = 0

  /** Milliseconds to wait, at `now`, before `bytes` have passed. */
  take(bytes: number, bytesPerSecond: number, now: number): number {
    this.#free = Math.max(this.#free, now) + (bytes * 1000) / bytesPerSecond
    return this.#free - now
  }
}

/** Small enough for an even flow, and for a new limit to hold soon. */
export const pieceAt = (bytesPerSecond: number): number => Math.max(1, Math.floor(bytesPerSecond / 20))

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export const random = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
