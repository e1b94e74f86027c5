/**
 * Checkpoints as text.
 */
import type { CheckpointView } from "../output/checkpoints.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"
import { bytes, relative } from "./units.ts"

/** A table of checkpoints. */
export const renderCheckpoints = (checkpoints: ReadonlyArray<CheckpointView>, style: Style, now: number): string =>
  checkpoints.length === 0
    ? "No checkpoints."
    : table(
        [
          { title: "RUN" },
          { title: "CHECKPOINT" },
          { title: "SAVED" },
          { title: "SIZE", isNumber: true },
          { title: "FILE" }
        ],
        checkpoints.map((checkpoint) => [
          clean(checkpoint.name),
          clean(checkpoint.path),
          relative(Date.parse(checkpoint.savedAt), now),
          bytes(checkpoint.bytes),
          checkpoint.exists ? checkpoint.local : style.dim("removed")
        ]),
        style
      )
