/**
 * What is said around following a run.
 */
import type { RunRecord } from "@runctl/runtime/RunRecord"
import * as Effect from "effect/Effect"
import type { Style } from "../render/style.ts"

const say = (text: string): Effect.Effect<void> => Effect.sync(() => process.stderr.write(`${text}\n`))

/** Said as soon as the run is the supervisor's. */
export const requestedWords = (run: RunRecord, style: Style): Effect.Effect<void> =>
  say(`${style.dim("·")} run ${style.bold(run.spec.name)} (${run.id})`)

/** Said at the first Ctrl-C. */
export const detachedWords =
  (style: Style) =>
  ({ spec }: RunRecord): Effect.Effect<void> =>
    say(
      `\n${style.bold("Detached.")} The run goes on. Return to it: runctl monitor ${spec.name} --follow\n` +
        "Press Ctrl-C again within 3 seconds to end the run."
    )

/** Said when we go for good. */
export const leftWords =
  (style: Style) =>
  ({ spec, cancelRequested }: RunRecord): Effect.Effect<void> =>
    say(
      `\n${style.bold("Left.")} The supervisor ${cancelRequested ? "ends the run" : "carries the run on"}. See: runctl status ${spec.name}`
    )
