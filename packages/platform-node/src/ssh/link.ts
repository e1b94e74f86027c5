/**
 * One logged-in connection of ssh2 as a link: channels and forwarded ports.
 *
 * @since 0.1.0
 */
import { Refused, ShellError, type ShellOutput, Unreachable } from "@runctl/core/Shell"
import type { Forwarded } from "@runctl/remote/Ssh"
import { ChannelRefused, type ChannelOptions, type SshChannel, type SshLink } from "@runctl/remote/SshTransport"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { constants } from "node:os"
import type { Duplex } from "node:stream"
import type { Client, ClientChannel } from "ssh2"
import { pullFrom } from "./pulling.ts"

const cut = (why: string): ShellError =>
  new ShellError({ operation: "exec", reason: new Unreachable({ message: why }) })

type Pulled<A> = Effect.Effect<readonly [A, ...Array<A>], ShellError | Cause.Done>

const refused = (message: string): ShellError => new ShellError({ operation: "exec", reason: new Refused({ message }) })

/** What the state of a connection is told by. @category models @since 0.1.0 */
export interface Fate {
  /** Why it was lost; nothing while it lives. */
  lost: string | undefined
}

/** A command that a signal ended has 128 and its number, as in a shell. */
const exitCodeOf = (code: number | null, signal: string | undefined): number =>
  code ?? 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0)

/** Asks for a channel; `taken` is called at once, before anything that comes over it can be missed. */
const opened = <A>(
  fate: Fate,
  taken: (channel: ClientChannel) => A,
  ask: (done: (error: Error | undefined, channel: ClientChannel) => void) => void
): Effect.Effect<A, ShellError | ChannelRefused> =>
  Effect.callback((resume) => {
    if (fate.lost !== undefined) return resume(Effect.fail(cut(fate.lost)))
    try {
      ask((error, channel) => {
        if (error === undefined) resume(Effect.succeed(taken(channel)))
        else if (fate.lost !== undefined) resume(Effect.fail(cut(fate.lost)))
        else if ("reason" in error) resume(Effect.fail(refusalOf(error)))
        else resume(Effect.fail(failedRequest(error)))
      })
    } catch (error) {
      resume(Effect.fail(cut(fate.lost ?? String(error))))
    }
  })

/** RFC 4254, 5.1 */
const prohibited = 1

const refusalOf = (error: Error): ChannelRefused =>
  new ChannelRefused({
    message: error.message.replace(/^\(SSH\) Channel open failure: /, ""),
    isProhibited: "reason" in error && error.reason === prohibited
  })

/** `Unable to exec`: the other side took the channel and not the command. Anything else is the connection. */
const failedRequest = (error: Error): ShellError =>
  /^Unable to (exec|request|start)/i.test(error.message)
    ? refused(`the machine refuses: ${error.message}`)
    : cut(error.message)

/** Waits until what was written is taken, or nobody reads any more. */
const written = (stream: Duplex | ClientChannel, pieces: ReadonlyArray<Uint8Array>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    let isFree = true
    for (const piece of pieces) if (stream.writable && piece.length > 0) isFree = stream.write(piece)
    if (isFree || !stream.writable) return resume(Effect.void)
    const done = (): void => {
      stream.off("drain", done)
      stream.off("close", done)
      stream.off("error", done)
      resume(Effect.void)
    }
    stream.once("drain", done).once("close", done).once("error", done)
    return Effect.sync(done)
  })

const asChannel = (stream: ClientChannel, fate: Fate): SshChannel => {
  let exit: number | undefined
  // A stream of ssh2 that is closed does not count as destroyed.
  let isClosed = false
  const waiting: Array<() => void> = []
  const told = (): void => {
    for (const each of waiting.splice(0)) each()
  }
  stream.on("exit", (code: number | null, signal?: string) => {
    exit ??= exitCodeOf(code, signal)
    told()
  })
  stream.on("close", () => {
    isClosed = true
    told()
  })
  stream.on("error", () => {})
  const pull = pullFrom<ShellOutput>([
    // Its output may end before the exit code has come.
    { stream, shape: (bytes) => ({ _tag: "Stdout", bytes }), until: "close" },
    { stream: stream.stderr, shape: (bytes) => ({ _tag: "Stderr", bytes }), until: "end" }
  ])
  let isTold = false
  const next = Effect.flatMap(pull, (parts): Pulled<ShellOutput> => {
    if (parts !== undefined) return Effect.succeed(parts)
    if (isTold) return Cause.done()
    isTold = true
    // An exit code that came before the cut says nothing of the output behind it.
    return exit === undefined || fate.lost !== undefined
      ? Effect.fail(cut(fate.lost ?? "the connection was cut"))
      : Effect.succeed([{ _tag: "Exit", exitCode: exit }])
  })
  return {
    output: Stream.fromPull(Effect.succeed(next)),
    exited: Effect.callback<number, ShellError>((resume) => {
      const look = (): void => {
        if (exit !== undefined) resume(Effect.succeed(exit))
        else if (isClosed || fate.lost !== undefined) {
          resume(Effect.fail(cut(fate.lost ?? "the connection was cut")))
        } else waiting.push(look)
      }
      look()
    }),
    isOver: () => exit !== undefined || isClosed || fate.lost !== undefined,
    write: (pieces) => written(stream, pieces),
    end: Effect.sync(() => {
      if (stream.writable) stream.end()
    }),
    resize: ({ columns, rows }) => Effect.sync(() => stream.setWindow(rows, columns, 0, 0))
  }
}

/** Closes, and lets what is still on its way come and go. */
const closed = (stream: ClientChannel, fate: Fate): Effect.Effect<void> =>
  Effect.sync(() => {
    if (fate.lost !== undefined || stream.destroyed) return
    try {
      stream.close()
    } catch {
      // The connection went away in between.
    }
    stream.resume()
    stream.stderr.resume()
  })

/** A link that others can be reached through. @category models @since 0.1.0 */
export interface NodeLink extends SshLink {
  /** A socket to a port that the machine reaches. */
  readonly tunnel: (host: string, port: number) => Effect.Effect<Duplex, ShellError | ChannelRefused, Scope.Scope>
}

/** A link over a client that has logged in. @category constructors @since 0.1.0 */
export const make = (client: Client, fate: Fate): NodeLink => {
  const open = ({
    command,
    terminal
  }: ChannelOptions): Effect.Effect<SshChannel, ShellError | ChannelRefused, Scope.Scope> => {
    const pty =
      terminal === undefined
        ? undefined
        : { term: terminal.term, cols: terminal.size.columns, rows: terminal.size.rows, width: 0, height: 0 }
    const taken = (stream: ClientChannel) => ({ stream, channel: asChannel(stream, fate) })
    const asked = opened(fate, taken, (done) => {
      if (command === undefined) client.shell(pty ?? false, done)
      else if (pty === undefined) client.exec(command, done)
      else client.exec(command, { pty }, done)
    })
    return Effect.map(
      Effect.acquireRelease(asked, ({ stream }) => closed(stream, fate), { interruptible: true }),
      ({ channel }) => channel
    )
  }

  const tunnel = (host: string, port: number): Effect.Effect<Duplex, ShellError | ChannelRefused, Scope.Scope> =>
    Effect.acquireRelease(
      opened(
        fate,
        (stream) => stream.on("error", () => {}),
        (done) => client.forwardOut("127.0.0.1", 0, host, port, done)
      ),
      (stream) => Effect.sync(() => stream.destroy()),
      { interruptible: true }
    )

  const dial = (host: string, port: number): Effect.Effect<Forwarded, ShellError, Scope.Scope> =>
    tunnel(host, port).pipe(
      Effect.catchTag("ChannelRefused", ({ message }) =>
        Effect.fail(refused(`${host}:${port} is not reached from the machine: ${message}`))
      ),
      Effect.map((stream) => {
        const pull = pullFrom<Uint8Array>([{ stream, shape: (bytes) => bytes, until: "end" }])
        return {
          received: Stream.fromPull(
            Effect.succeed(
              Effect.flatMap(pull, (parts): Pulled<Uint8Array> => {
                if (parts !== undefined) return Effect.succeed(parts)
                return fate.lost === undefined ? Cause.done() : Effect.fail(cut(fate.lost))
              })
            )
          ),
          send: (bytes) =>
            Effect.andThen(
              Stream.runForEachArray(bytes, (pieces) => written(stream, pieces)),
              Effect.sync(() => {
                if (stream.writable) stream.end()
              })
            )
        }
      })
    )

  return { open, dial, tunnel, isLost: () => fate.lost !== undefined }
}
