/**
 * How a copy is going, in one line that is written over.
 */
import type { CopyProgress } from "@runctl/core/Job"
import * as Effect from "effect/Effect"
import { bytes } from "./units.ts"

/** How far a copy had come, and when. Milliseconds. */
export interface Moment {
  readonly at: number
  readonly bytes: number
}

/** A rate is that of the last so many milliseconds. */
const window = 5000

/** Bytes per second over the last seconds; `undefined` before there is anything to say. */
export const rateOf = (moments: ReadonlyArray<Moment>): number | undefined => {
  const last = moments.at(-1)
  const first = last === undefined ? undefined : moments.find(({ at }) => last.at - at <= window)
  if (last === undefined || first === undefined || last.at - first.at < 200) return undefined
  return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000
}

const clock = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const rest = String(whole % 60).padStart(2, "0")
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`
}

/** `120/2,000 files  12 MB of 40 MB  30%  8 MB/s  0:04 left` */
export const copyingLine = (progress: CopyProgress, rate: number | undefined): string => {
  const { files, totalBytes, totalFiles } = progress
  const percent = totalBytes === 0 ? 100 : Math.floor((progress.bytes / totalBytes) * 100)
  const parts = [
    `${files}/${totalFiles} files`,
    `${bytes(progress.bytes)} of ${bytes(totalBytes)}`,
    `${percent}%`,
    ...(rate === undefined ? [] : [`${bytes(rate)}/s`]),
    ...(rate === undefined || rate < 1 ? [] : [`${clock((totalBytes - progress.bytes) / rate)} left`])
  ]
  return parts.join("  ")
}

/** Shows progress on a terminal, over one line; elsewhere nothing. */
export const copyingOn = (
  stream: NodeJS.WriteStream
): { readonly tell: ((progress: CopyProgress) => Effect.Effect<void>) | undefined; readonly clear: () => void } => {
  if (!stream.isTTY) return { tell: undefined, clear: () => {} }
  const moments: Array<Moment> = []
  let isShown = false
  return {
    tell: (progress) =>
      Effect.sync(() => {
        moments.push({ at: performance.now(), bytes: progress.bytes })
        if (moments.length > 200) moments.splice(0, 100)
        isShown = true
        const line = copyingLine(progress, rateOf(moments)).slice(0, Math.max(20, (stream.columns || 80) - 1))
        stream.write(`\r\u001B[2K${line}`)
      }),
    clear: () => {
      if (isShown) stream.write("\r\u001B[2K")
      isShown = false
    }
  }
}
