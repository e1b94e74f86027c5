/**
 * One command on a machine, its failures as `JobError`.
 *
 * @since 0.1.0
 */
import { JobError, MachineUnreachable } from "@runctl/core/JobError"
import type { Shell, ShellCommand, ShellResult } from "@runctl/core/Shell"
import * as Bytes from "effect/Bytes"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Failure from "../Failure.ts"

/**
 * What a finished command left, its output as bytes of any length.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly exitCode: number
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** A machine that says nothing for so long cannot be reached. @category combinators @since 0.1.0 */
export const within =
  (operation: Failure.Operation, time: Duration.Duration) =>
  <A, R>(effect: Effect.Effect<A, JobError, R>): Effect.Effect<A, JobError, R> =>
    Effect.timeoutOrElse(effect, {
      duration: time,
      orElse: () =>
        Effect.fail(
          new JobError({
            operation,
            reason: new MachineUnreachable({ message: `the machine did not answer within ${Duration.format(time)}` })
          })
        )
    })

/** Runs a command whose output is short text. @category commands @since 0.1.0 */
export const run = (
  shell: Shell,
  operation: Failure.Operation,
  command: ShellCommand
): Effect.Effect<ShellResult, JobError> => Effect.mapError(shell.exec(command), Failure.fromShell(operation))

/** More than any listing takes: a machine that is not trusted must not fill this computer's memory. */
const mostBytes = 256 * 1024 * 1024

/**
 * Runs a command whose output is bytes, or longer than `run` keeps.
 *
 * **Errors**   `MachineRefused` when the machine says more than 256 MiB.
 *
 * @category commands
 * @since 0.1.0
 */
export const runBytes = (
  shell: Shell,
  operation: Failure.Operation,
  command: ShellCommand
): Effect.Effect<Answer, JobError> =>
  Effect.suspend(() => {
    const pieces: Array<Uint8Array> = []
    let held = 0
    let stderr = ""
    let exitCode = -1
    return shell.stream(command).pipe(
      Stream.mapError(Failure.fromShell(operation)),
      Stream.runForEach((part) => {
        if (part._tag === "Stdout") {
          held += part.bytes.length
          if (held > mostBytes) return Failure.refused(operation, "the machine's answer has no end")
          pieces.push(part.bytes)
        } else if (part._tag === "Exit") exitCode = part.exitCode
        else stderr = (stderr + String.fromCharCode(...part.bytes.subarray(0, 4096))).slice(-4096)
        return Effect.void
      }),
      Effect.map(() => ({ exitCode, stdout: Bytes.concat(pieces), stderr }))
    )
  })
