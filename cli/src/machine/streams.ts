/**
 * The standard streams of this process for a command on a machine: byte for byte, and no faster than they are read.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import type { Shell, ShellCommand, ShellError } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { write } from "../follow/output.ts"

/** Everything on standard input. A terminal that goes away is its end. */
export const input: Stream.Stream<Uint8Array> = NodeStream.fromReadable({
  evaluate: () => process.stdin,
  closeOnDone: false
}).pipe(Stream.catch(() => Stream.empty))

/** Runs a command with our standard streams as its own; answers its exit code. */
export const passThrough = (shell: Shell, command: ShellCommand): Effect.Effect<number, ShellError> => {
  let exitCode = 0
  return Effect.as(
    Stream.runForEach(shell.stream(command), (part) => {
      if (part._tag === "Exit") {
        exitCode = part.exitCode
        return Effect.void
      }
      return write(part._tag === "Stdout" ? process.stdout : process.stderr, part.bytes)
    }),
    undefined
  ).pipe(Effect.map(() => exitCode))
}
