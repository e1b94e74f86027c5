/**
 * Tells how far a copy has come, not more than ten times a second.
 *
 * @since 0.1.0
 */
import type { CopyOptions } from "@runctl/core/Job"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

const leastMillis = 100

/** What has been counted so far. @category models @since 0.1.0 */
export interface Meter {
  files: number
  bytes: number
  /** Tells, when it is time to. */
  readonly tell: Effect.Effect<void>
  /** Tells the last time. */
  readonly finished: Effect.Effect<void>
}

/** Counts a copy of some files. @category constructors @since 0.1.0 */
export const meterOf = (
  wanted: ReadonlyArray<{ readonly bytes: number }>,
  onProgress: CopyOptions["onProgress"],
  began: number
): Meter => {
  const totalFiles = wanted.length
  const totalBytes = wanted.reduce((sum, { bytes }) => sum + bytes, 0)
  let told = began
  const say = Effect.suspend(() =>
    onProgress === undefined
      ? Effect.void
      : // An archive has more bytes than its files, and after a cut some come again.
        onProgress({ files: meter.files, totalFiles, bytes: Math.min(meter.bytes, totalBytes), totalBytes })
  )
  const meter: Meter = {
    files: 0,
    bytes: 0,
    tell:
      onProgress === undefined
        ? Effect.void
        : Effect.flatMap(Clock.currentTimeMillis, (now) => {
            if (now - told < leastMillis) return Effect.void
            told = now
            return say
          }),
    finished: Effect.suspend(() => {
      meter.files = totalFiles
      meter.bytes = totalBytes
      return say
    })
  }
  return meter
}
