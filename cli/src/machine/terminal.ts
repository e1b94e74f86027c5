/**
 * Our terminal as the terminal of a command on a machine.
 */
import type { ShellCommand, ShellError } from "@runctl/core/Shell"
import type { SshSession, TerminalSize } from "@runctl/remote/Ssh"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { write } from "../follow/output.ts"
import { help, makeEscapes } from "./escapes.ts"
import { watchModes } from "./modes.ts"
import { input } from "./streams.ts"

/** Whichever of our streams shows something on a terminal. */
const screen = (): NodeJS.WriteStream | undefined => [process.stdout, process.stderr].find(({ isTTY }) => isTTY)

const sizeNow = (): TerminalSize => {
  const shown = screen()
  return { columns: shown?.columns || 80, rows: shown?.rows || 24 }
}

/** Every new size of the window. */
const resizes: Stream.Stream<TerminalSize> = Stream.callback<TerminalSize>((queue) => {
  const tell = (): void => void Queue.offerUnsafe(queue, sizeNow())
  return Effect.acquireRelease(
    Effect.sync(() => screen()?.on("resize", tell)),
    () => Effect.sync(() => screen()?.off("resize", tell))
  )
})

/** Hands every key on as it is typed; whatever ends this process puts the terminal back. */
const rawInput: Effect.Effect<void, never, Scope.Scope> = Effect.asVoid(
  Effect.acquireRelease(
    Effect.sync(() => {
      const restore = (): void => void process.stdin.setRawMode(false)
      // A terminal that is gone cannot be put back, and need not.
      process.stdin.on("error", () => {}).setRawMode(true)
      process.once("exit", restore)
      return restore
    }),
    (restore) =>
      Effect.sync(() => {
        process.off("exit", restore)
        restore()
        process.stdin.pause()
      })
  )
)

/** Whether the person at the terminal ended the connection, or the exit code. */
export type Ending = { readonly _tag: "Exited"; readonly exitCode: number } | { readonly _tag: "Left" }

/** Runs a command there, or the login shell, in our terminal. */
export const inTerminal = (session: SshSession, command: ShellCommand | undefined): Effect.Effect<Ending, ShellError> =>
  Effect.gen(function* () {
    const left = yield* Deferred.make<Ending>()
    const escapes = makeEscapes()
    const modes = watchModes()
    yield* rawInput
    const typed = Stream.mapEffect(input, (bytes) => {
      const { ends, send, shows } = escapes(bytes)
      const told = shows === "help" ? write(process.stderr, help) : Effect.void
      return Effect.as(ends ? Deferred.succeed(left, { _tag: "Left" }) : told, send)
    })
    const running = session.terminal({
      ...(command === undefined ? {} : { command }),
      term: process.env["TERM"] || "xterm",
      size: sizeNow(),
      resizes,
      input: Stream.filter(typed, ({ length }) => length > 0),
      output: (bytes) => {
        modes.see(bytes)
        return write(process.stdout, bytes)
      }
    })
    const ended = Effect.map(running, (exitCode): Ending => ({ _tag: "Exited", exitCode }))
    return yield* Effect.ensuring(
      Effect.raceFirst(ended, Deferred.await(left)),
      Effect.sync(() => {
        if (process.stdout.isTTY) process.stdout.write(modes.restoring())
      })
    )
  }).pipe(Effect.scoped)
