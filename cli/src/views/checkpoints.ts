/**
 * Checkpoints as they are shown.
 */
import type { RunRecord } from "@runctl/runtime/RunRecord"
import type { CheckpointView } from "../output/checkpoints.ts"

/** A run's checkpoints, newest first. `exists` looks whether a file is there. */
export const viewCheckpoints = (run: RunRecord, exists: (path: string) => boolean): ReadonlyArray<CheckpointView> =>
  run.checkpoints
    .map((checkpoint) => ({
      run: run.id,
      name: run.spec.name,
      attempt: checkpoint.attempt,
      path: checkpoint.path,
      bytes: checkpoint.bytes,
      savedAt: new Date(checkpoint.atEpochSeconds * 1000).toISOString(),
      local: checkpoint.local,
      exists: exists(checkpoint.local)
    }))
    .toReversed()
