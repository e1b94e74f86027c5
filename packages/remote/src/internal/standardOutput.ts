/**
 * A command's standard output as bytes, what else it says aside.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell, ShellCommand, ShellOutput } from "@runctl/core/Shell"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Failure from "../Failure.ts"

/** Told of standard error and of the end. @category models @since 0.1.0 */
export interface Listener {
  readonly said: (bytes: Uint8Array) => void
  readonly ended: (exitCode: number) => void
}

/** Runs a command and passes on what it prints. @category commands @since 0.1.0 */
export const standardOutput = (
  shell: Shell,
  operation: Failure.Operation,
  command: ShellCommand,
  { ended, said }: Listener
): Stream.Stream<Uint8Array, JobError> =>
  shell.stream(command).pipe(
    Stream.mapError(Failure.fromShell(operation)),
    Stream.filterMap((part: ShellOutput): Result.Result<Uint8Array, undefined> => {
      if (part._tag === "Stdout") return Result.succeed(part.bytes)
      if (part._tag === "Stderr") said(part.bytes)
      else ended(part.exitCode)
      return Result.fail(undefined)
    })
  )
