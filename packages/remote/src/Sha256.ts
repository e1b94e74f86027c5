/**
 * SHA-256 of what is too large to hold in memory.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * A digest in the making. `finish` gives it in lower-case hexadecimal and may be called once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Hasher {
  readonly update: (bytes: Uint8Array) => void
  readonly finish: () => string
}

const firstPrimes = (count: number): ReadonlyArray<number> => {
  const primes: Array<number> = []
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes
}

/** The first 32 bits of the fractional part of a root, as FIPS 180-4 defines its constants. */
const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0

// Views, not typed arrays: their reads are numbers for the compiler and several times faster than a checked access.
const viewOf = (words: ReadonlyArray<number>): DataView => {
  const view = new DataView(new ArrayBuffer(words.length * 4))
  words.forEach((word, index) => view.setInt32(index * 4, word))
  return view
}

const constants = viewOf(firstPrimes(64).map((prime) => fraction(Math.cbrt(prime))))
const initial = firstPrimes(8).map((prime) => fraction(Math.sqrt(prime)))

const compress = (state: DataView, w: DataView, bytes: DataView, from: number): void => {
  for (let i = 0; i < 64; i += 4) w.setInt32(i, bytes.getInt32(from + i))
  for (let i = 64; i < 256; i += 4) {
    const x = w.getInt32(i - 60)
    const y = w.getInt32(i - 8)
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w.setInt32(i, (w.getInt32(i - 64) + s0 + w.getInt32(i - 28) + s1) | 0)
  }
  let a = state.getInt32(0)
  let b = state.getInt32(4)
  let c = state.getInt32(8)
  let d = state.getInt32(12)
  let e = state.getInt32(16)
  let f = state.getInt32(20)
  let g = state.getInt32(24)
  let h = state.getInt32(28)
  for (let i = 0; i < 256; i += 4) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants.getInt32(i) + w.getInt32(i)) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  const add = (offset: number, word: number) => state.setInt32(offset, (state.getInt32(offset) + word) | 0)
  add(0, a)
  add(4, b)
  add(8, c)
  add(12, d)
  add(16, e)
  add(20, f)
  add(24, g)
  add(28, h)
}

/** How digests are made, piece by piece or of bytes in memory. @category models @since 0.1.0 */
export interface Digesting {
  readonly hasher: () => Hasher
  readonly digest: (bytes: Uint8Array) => string
}

const hasher = (): Hasher => {
  const state = viewOf(initial)
  const words = new DataView(new ArrayBuffer(256))
  const block = new Uint8Array(64)
  const blockView = new DataView(block.buffer)
  let held = 0
  let total = 0

  const update = (bytes: Uint8Array): void => {
    total += bytes.length
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let read = 0
    if (held > 0) {
      read = Math.min(64 - held, bytes.length)
      block.set(bytes.subarray(0, read), held)
      held += read
      if (held < 64) return
      compress(state, words, blockView, 0)
    }
    for (; read + 64 <= bytes.length; read += 64) compress(state, words, view, read)
    block.set(bytes.subarray(read), 0)
    held = bytes.length - read
  }

  const finish = (): string => {
    const bits = total * 8
    const padding = new Uint8Array((held < 56 ? 64 : 128) - held)
    padding[0] = 0x80
    const view = new DataView(padding.buffer)
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(padding.length - 4, bits >>> 0)
    update(padding)
    return initial
      .map((_, index) =>
        state
          .getUint32(index * 4)
          .toString(16)
          .padStart(8, "0")
      )
      .join("")
  }

  return { update, finish }
}

/** Plain TypeScript, for wherever nothing faster is at hand. @category constructors @since 0.1.0 */
export const portable: Digesting = {
  hasher,
  digest: (bytes) => {
    const whole = hasher()
    whole.update(bytes)
    return whole.finish()
  }
}

/**
 * How digests are made: `portable` unless a platform brings something faster.
 *
 * @category references
 * @since 0.1.0
 */
export const Sha256: Context.Reference<Digesting> = Context.Reference<Digesting>("@runctl/remote/Sha256", {
  defaultValue: () => portable
})

/** The digest of bytes in memory, in lower-case hexadecimal. @category digests @since 0.1.0 */
export const ofBytes = (bytes: Uint8Array): Effect.Effect<string> => Effect.map(Sha256, ({ digest }) => digest(bytes))

/** The digest of a stream, in lower-case hexadecimal. @category digests @since 0.1.0 */
export const ofStream = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Effect.Effect<string, E, R> =>
  Effect.flatMap(Sha256, (digesting) => {
    const whole = digesting.hasher()
    return Effect.map(
      Stream.runForEach(bytes, (piece) => Effect.sync(() => whole.update(piece))),
      () => whole.finish()
    )
  })
