import { changesets } from "./changesets.ts"
import { dependencies } from "./dependencies.ts"
import { docs } from "./docs.ts"
import { effect } from "./effect.ts"
import type { Gate } from "./Gate.ts"
import { lockfile } from "./lockfile.ts"
import { format, lint, unused } from "./oneTool.ts"
import { shape } from "./shape.ts"
import { types } from "./types.ts"

/** Every gate, in the order of the table; a gate stands after those it waits for. */
export const gates: ReadonlyArray<Gate> = [
  types,
  effect,
  lint,
  dependencies,
  unused,
  format,
  docs,
  lockfile,
  changesets,
  shape
]
