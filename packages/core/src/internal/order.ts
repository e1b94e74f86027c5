/**
 * A total, stable order by amounts, fast for a hundred thousand of them.
 */
import type { Shape } from "../Shape.ts"

interface Entry {
  readonly offer: Shape
  readonly market: string
}

const single = new Float64Array(1)
const halves = new Uint32Array(single.buffer)

single[0] = 1
/** Which half of a float has its sign, exponent and first twenty binary digits. */
const upper = halves[1] === 0 ? 0 : 1

/** An amount's place among all amounts, coarsely: those that agree in 20 binary digits share one. */
const placeOf = (amount: number): number => {
  single[0] = amount
  // The bits of positive floats are ordered as the floats are.
  return halves[upper] ?? 0
}

const digits = 11
const buckets = 2 ** digits

/** Indexes by ascending key, those of one key in the order they came in: a radix sort of three digits of 11 bits. */
const sorted = (keys: Uint32Array): Uint32Array => {
  let from = new Uint32Array(keys.length)
  for (let at = 0; at < from.length; at++) from[at] = at
  let to = new Uint32Array(keys.length)
  for (const shift of [0, digits, 2 * digits]) {
    const starts = new Uint32Array(buckets + 1)
    for (const key of keys) {
      const bucket = ((key >>> shift) & (buckets - 1)) + 1
      starts[bucket] = (starts[bucket] ?? 0) + 1
    }
    for (let at = 1; at <= buckets; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0)
    for (const index of from) {
      const bucket = ((keys[index] ?? 0) >>> shift) & (buckets - 1)
      const place = starts[bucket] ?? 0
      to[place] = index
      starts[bucket] = place + 1
    }
    ;[from, to] = [to, from]
  }
  return from
}

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** By size, smaller first, then by name; on demand before spot. */
const bySizeAndName = ({ market, offer: left }: Entry, { market: other, offer: right }: Entry): number =>
  left.gpuCount - right.gpuCount ||
  left.vcpus - right.vcpus ||
  left.memoryGiB - right.memoryGiB ||
  order(left.provider, right.provider) ||
  order(left.region, right.region) ||
  order(left.zone ?? "", right.zone ?? "") ||
  order(left.instanceType, right.instanceType) ||
  order(market, other)

/** Indexes by ascending amounts: coarsely at first, then those that share a place among themselves. */
const ascending = (amounts: Float64Array): Uint32Array => {
  const keys = new Uint32Array(amounts.length)
  for (let at = 0; at < keys.length; at++) keys[at] = placeOf(amounts[at] ?? Infinity)
  const indexes = sorted(keys)
  const keyAt = (at: number): number => keys[indexes[at] ?? 0] ?? 0
  const amountAt = (at: number): number => amounts[indexes[at] ?? 0] ?? Infinity
  for (let from = 0; from < indexes.length;) {
    let to = from + 1
    let isMixed = false
    for (; to < indexes.length && keyAt(to) === keyAt(from); to++) isMixed ||= amountAt(to) !== amountAt(from)
    if (isMixed) {
      const run = indexes.slice(from, to)
      indexes.set(
        run.toSorted((left, right) => (amounts[left] ?? 0) - (amounts[right] ?? 0) || left - right),
        from
      )
    }
    from = to
  }
  return indexes
}

/** Amounts that differ by less than this part of them are equal: clouds round one price in several ways. */
const epsilon = 1e-6

/**
 * Entries by ascending amounts; those equal to the least among them are ordered by size and name, and those that nothing
 * tells apart as they came.
 */
export const orderOf = <E extends Entry>(entries: ReadonlyArray<E>, amounts: Float64Array): ReadonlyArray<E> => {
  const indexes = ascending(amounts)
  const amountAt = (at: number): number => amounts[indexes[at] ?? 0] ?? Infinity
  const ordered: Array<E> = []
  for (let from = 0; from < indexes.length;) {
    const most = amountAt(from) * (1 + epsilon)
    let to = from
    for (; to < indexes.length && amountAt(to) <= most; to++) {
      const entry = entries[indexes[to] ?? 0]
      if (entry !== undefined) ordered.push(entry)
    }
    if (to - from > 1) {
      const tied = ordered.slice(from).toSorted(bySizeAndName)
      for (let at = 0; at < tied.length; at++) {
        const entry = tied[at]
        if (entry !== undefined) ordered[from + at] = entry
      }
    }
    from = to
  }
  return ordered
}
