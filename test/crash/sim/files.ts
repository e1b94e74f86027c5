/**
 * As much of a disk as a run needs to leave its log and outputs on, none of which is looked at.
 */
import { RunFiles } from "@runctl/runtime/RunFiles"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"

export const noFiles = FileSystem.layerNoop({ makeDirectory: () => Effect.void, writeFile: () => Effect.void })

/** The logs of runs: how long they are outlives every process. */
export const makeLogs = (): Layer.Layer<RunFiles> => {
  const lengths = new Map<string, number>()
  return Layer.succeed(RunFiles, {
    folder: (run) => `/home/runs/${run}`,
    attempt: (run, number) => ({
      folder: `/home/runs/${run}/${number}`,
      log: `/home/runs/${run}/${number}/log`,
      gaps: "",
      samples: "",
      preparation: "",
      checkpoints: `/home/runs/${run}/${number}/checkpoints`
    }),
    mirror: ({ log }) =>
      Effect.succeed({
        length: Effect.sync(() => lengths.get(log) ?? 0),
        write: (fromByte, bytes) =>
          Effect.sync(() => void lengths.set(log, Math.max(lengths.get(log) ?? 0, fromByte + bytes.length))),
        skip: (fromByte, lostBytes) =>
          Effect.sync(() => void lengths.set(log, Math.max(lengths.get(log) ?? 0, fromByte + lostBytes)))
      }),
    sampledUntil: () => Effect.succeed(0),
    addSample: () => Effect.void,
    addPreparation: () => Effect.void
  })
}
