/**
 * The run to go on from.
 */
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { usage } from "../errors/Failure.ts"

/** The id of a run that has a checkpoint to go on from. */
export const resumable = Effect.fnUntraced(function* (wanted: string) {
  const run = yield* Effect.flatMap(Runs, (runs) => runs.get(wanted))
  if (run.checkpoints.length > 0) return run.id
  return yield* Effect.fail(
    usage(
      `--resume ${wanted}: the run ${run.id} has no checkpoint to go on from`,
      'A script saves one by printing {"checkpoint": "path"}, or by renaming a file into $RUNCTL_CHECKPOINT_DIR.'
    )
  )
})
