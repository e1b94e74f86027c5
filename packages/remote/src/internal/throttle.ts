/**
 * A limit on how fast bytes pass.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Larger pieces would come in bursts. */
const pieceBytes = 64 * 1024

const pieces = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => {
  const all: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length; at += pieceBytes) all.push(bytes.subarray(at, at + pieceBytes))
  return all
}

/**
 * Lets no more than so many bytes per second through; without a limit all of them.
 *
 * @category combinators
 * @since 0.1.0
 */
export const throttled =
  (bytesPerSecond: number | undefined) =>
  <E, R>(stream: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> => {
    if (bytesPerSecond === undefined) return stream
    // When the next byte may pass.
    let free = 0
    return Stream.flatMap(stream, (bytes) => Stream.fromIterable(pieces(bytes))).pipe(
      Stream.tap((piece) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const wait = Math.max(0, free - now)
          free = Math.max(free, now) + (piece.length / bytesPerSecond) * 1000
          return wait > 0 ? Effect.sleep(wait) : Effect.void
        })
      )
    )
  }
