/**
 * Checkpoints in `--json`.
 */
import * as Schema from "effect/Schema"

/** A checkpoint that was brought home. `exists`: the file is still where it was put. */
export const CheckpointView = Schema.Struct({
  run: Schema.String,
  name: Schema.String,
  attempt: Schema.Int,
  path: Schema.String,
  bytes: Schema.Int,
  savedAt: Schema.String,
  local: Schema.String,
  exists: Schema.Boolean
})
export type CheckpointView = typeof CheckpointView.Type

/** `runctl checkpoints list` and `prune`: newest first. */
export const CheckpointsOutput = Schema.Struct({ checkpoints: Schema.Array(CheckpointView) })
export type CheckpointsOutput = typeof CheckpointsOutput.Type

/** `runctl checkpoints show` */
export const CheckpointOutput = Schema.Struct({ checkpoint: CheckpointView })
export type CheckpointOutput = typeof CheckpointOutput.Type

/** `runctl checkpoints prune` */
export const PruneOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  removed: Schema.Array(CheckpointView),
  kept: Schema.Array(CheckpointView)
})
export type PruneOutput = typeof PruneOutput.Type
