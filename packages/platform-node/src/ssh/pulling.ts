/**
 * Reads from Node streams as fast as they come and no faster than they are taken.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Readable } from "node:stream"

/** More than this is not held: the stream waits. */
const limitBytes = 1024 * 1024

/** A stream, the form of its pieces, and the event after which nothing more comes. @category models @since 0.1.0 */
export interface Source<A> {
  readonly stream: Readable
  readonly shape: (bytes: Uint8Array) => A
  readonly until: "end" | "close"
}

/**
 * Takes what has come meanwhile from several streams, each piece in its own form; nothing once all are over.
 *
 * @category constructors
 * @since 0.1.0
 */
export const pullFrom = <A>(
  streams: ReadonlyArray<Source<A>>
): Effect.Effect<readonly [A, ...Array<A>] | undefined> => {
  let held: Array<A> = []
  let bytes = 0
  let open = streams.length
  let wake: (() => void) | undefined
  const told = (): void => {
    const waiting = wake
    wake = undefined
    waiting?.()
  }
  for (const { shape, stream, until } of streams) {
    stream.on("data", (chunk: Buffer) => {
      held.push(shape(chunk))
      bytes += chunk.length
      if (bytes > limitBytes) for (const each of streams) each.stream.pause()
      told()
    })
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      open -= 1
      told()
    }
    stream.once(until, over).once("error", over)
  }
  const take = (): readonly [A, ...Array<A>] | undefined => {
    const [first, ...rest] = held
    held = []
    bytes = 0
    for (const each of streams) if (each.stream.isPaused()) each.stream.resume()
    return first === undefined ? undefined : [first, ...rest]
  }
  return Effect.callback((resume) => {
    const look = (): void => {
      if (held.length > 0) resume(Effect.succeed(take()))
      else if (open === 0) resume(Effect.succeed(undefined))
      else wake = look
    }
    look()
    return Effect.sync(() => {
      wake = undefined
    })
  })
}
