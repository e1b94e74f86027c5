/**
 * A command whose output is shown while it runs.
 *
 * @since 0.1.0
 */
import type { Preparation, PreparationStep } from "@runctl/core/Job"
import { JobError, PreparationFailed } from "@runctl/core/JobError"
import type { Shell, ShellCommand } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Failure from "../Failure.ts"
import { decode } from "./utf8.ts"

/** How much of the end of an output a failure tells. */
const toldCharacters = 8000

/** A step that failed. @category constructors @since 0.1.0 */
export const preparationFailed = (step: PreparationStep, message: string, output = ""): JobError =>
  new JobError({ operation: "prepare", reason: new PreparationFailed({ step, message, output }) })

/**
 * Runs a command of a step and passes its output on; fails with the end of it when the command does.
 *
 * @category commands
 * @since 0.1.0
 */
export const streamed = (
  shell: Shell,
  step: PreparationStep,
  command: ShellCommand,
  failure: string,
  emit: (event: Preparation) => Effect.Effect<void>
): Effect.Effect<void, JobError> =>
  Effect.suspend(() => {
    let end = ""
    let exitCode = -1
    return shell.stream(command).pipe(
      Stream.mapError(Failure.fromShell("prepare")),
      Stream.runForEach((part) => {
        if (part._tag === "Exit") {
          exitCode = part.exitCode
          return Effect.void
        }
        const text = decode(part.bytes)
        end = (end + text).slice(-toldCharacters)
        return emit({ _tag: "Output", step, text })
      }),
      Effect.flatMap(() =>
        exitCode === 0
          ? Effect.void
          : Effect.fail(preparationFailed(step, `${failure} (exit code ${exitCode})`, Failure.lastLines(end, 40)))
      )
    )
  })
