/**
 * How far the files of a preparation have come.
 *
 * @since 0.1.0
 */
import type { Preparation, PreparationStep } from "@runctl/core/Job"
import * as Effect from "effect/Effect"

/** How often progress is told. */
const tellEvery = { files: 100, bytes: 4 * 1024 * 1024 }

/** Counts what of some files has been sent, and tells it from time to time. @category constructors @since 0.1.0 */
export const progressOf = (
  step: PreparationStep,
  emit: (event: Preparation) => Effect.Effect<void>,
  files: ReadonlyArray<{ readonly bytes: number }>
) =>
  Effect.sync(() => {
    const totalBytes = files.reduce((sum, file) => sum + file.bytes, 0)
    let done = 0
    let bytes = 0
    let told = { files: 0, bytes: 0 }
    const tell = Effect.suspend(() => {
      told = { files: done, bytes }
      return emit({
        _tag: "Transfer",
        step,
        files: done,
        totalFiles: files.length,
        bytes,
        totalBytes
      })
    })
    const moved = (count: number): Effect.Effect<void> => {
      bytes += count
      const isNews = done - told.files >= tellEvery.files || bytes - told.bytes >= tellEvery.bytes
      return isNews ? tell : Effect.void
    }
    return {
      moved,
      done: (files: number, count: number): Effect.Effect<void> => {
        done += files
        return moved(count)
      },
      finished: files.length === 0 ? Effect.void : tell
    } as const
  })
