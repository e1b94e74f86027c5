/** Numbers that a seed decides. */
export interface Random {
  /** From 0 to below 1. */
  readonly next: () => number
  /** A whole number from `from` to `to`, both possible. */
  readonly whole: (from: number, to: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(all: readonly [A, ...ReadonlyArray<A>]) => A
}

/** Mulberry32: small, and the same everywhere. */
export const fromSeed = (seed: number): Random => {
  let state = Math.imul(seed + 1, 0x9e37_79b1) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (all) => all[whole(0, all.length - 1)] ?? all[0]
  }
}
