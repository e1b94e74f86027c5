/**
 * Writing to the standard streams with back-pressure.
 */
import * as Effect from "effect/Effect"

/** Writes and, when the reader is slower than we are, waits for it. */
export const write = (stream: NodeJS.WriteStream, chunk: Uint8Array | string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (stream.write(chunk)) {
      resume(Effect.void)
      return
    }
    const done = (): void => resume(Effect.void)
    stream.once("drain", done)
    return Effect.sync(() => stream.off("drain", done))
  })
