/**
 * A command on a machine that ends there when it is no longer wanted here.
 *
 * Closing a connection ends nothing by itself, and servers send no signals to sessions of root: the command tells its
 * process first, and another one over the same connection ends it and what it has started.
 */
import type { Endpoint } from "@runctl/core/Endpoint"
import type { Shell, ShellCommand, ShellError, ShellOutput } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Longer than this is not waited for a machine that may be out of reach. */
const patience = "5 seconds"

/** As a process group where it leads one; by force after two seconds. */
const endScript = `p="-$1"
kill -s TERM -- "$p" 2>/dev/null || { p=$1; kill -s TERM "$p" 2>/dev/null || exit 0; }
i=0
while kill -s 0 -- "$p" 2>/dev/null && [ "$i" -lt 20 ]; do i=$((i + 1)); sleep 0.1 2>/dev/null || sleep 1; done
kill -s KILL -- "$p" 2>/dev/null
exit 0`

const lineFeed = 0x0a

/** Takes the first line of an output away, however it comes. */
export const makeFirstLine = (found: (line: string) => void): ((bytes: Uint8Array) => Uint8Array) => {
  let line = ""
  let isOver = false
  return (bytes) => {
    if (isOver) return bytes
    const at = bytes.indexOf(lineFeed)
    line += Buffer.from(at === -1 ? bytes : bytes.subarray(0, at)).toString("latin1")
    if (at === -1) return bytes.subarray(bytes.length)
    isOver = true
    found(line)
    return bytes.subarray(at + 1)
  }
}

/** Runs a command and hands its output on; answers its exit code. Whoever interrupts waits until it has ended there. */
export const running = (
  endpoint: Endpoint,
  shell: Shell,
  command: ShellCommand,
  show: (part: Exclude<ShellOutput, { readonly _tag: "Exit" }>) => Effect.Effect<void>
): Effect.Effect<number, ShellError> =>
  Effect.suspend(() => {
    let exitCode = 0
    let pid: string | undefined
    const isLocal = endpoint._tag === "Local"
    const withoutPid = makeFirstLine((line) => {
      pid = /^\d+$/.test(line) && Number(line) > 1 ? line : undefined
    })
    const told = isLocal ? command : { ...command, script: `echo "$$"\n${command.script}` }
    const run = Stream.runForEach(shell.stream(told), (part) => {
      if (part._tag === "Exit") {
        exitCode = part.exitCode
        return Effect.void
      }
      if (isLocal || part._tag === "Stderr") return show(part)
      const bytes = withoutPid(part.bytes)
      return bytes.length === 0 ? Effect.void : show({ _tag: "Stdout", bytes })
    })
    const end = Effect.suspend(() =>
      pid === undefined
        ? Effect.void
        : shell.exec({ script: endScript, args: [pid] }).pipe(Effect.timeout(patience), Effect.ignore)
    )
    return Effect.map(
      Effect.onInterrupt(run, () => end),
      () => exitCode
    )
  })
