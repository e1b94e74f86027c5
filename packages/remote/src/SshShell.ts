/**
 * A shell on a machine behind SSH.
 *
 * @since 0.1.0
 */
import { Refused, type Shell, type ShellCommand, ShellError, type ShellOutput, Unreachable } from "@runctl/core/Shell"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as AfterNonce from "./internal/afterNonce.ts"
import { collectOutput } from "./internal/collectOutput.ts"
import { endGroup, firstLine, type Surroundings, terminalCommand, wrapper } from "./internal/framing.ts"
import { quote } from "./internal/quote.ts"
import { decode, encode } from "./internal/utf8.ts"
import type { TerminalSession } from "./Ssh.ts"
import type { ChannelOptions, SshChannel } from "./SshTransport.ts"

type Operation = ShellError["operation"]

/** Opens a channel on whichever connection has room. @category models @since 0.1.0 */
export type OpenChannel = (options: ChannelOptions) => Effect.Effect<SshChannel, ShellError, Scope.Scope>

const as = (operation: Operation) => (error: ShellError) => new ShellError({ operation, reason: error.reason })

const refused = (operation: Operation, message: string): ShellError =>
  new ShellError({ operation, reason: new Refused({ message }) })

const nonce = Effect.map(
  Effect.all([Random.nextInt, Random.nextInt, Random.nextInt]),
  (numbers) => `~${numbers.map((number) => Math.abs(number).toString(36)).join("")}~`
)

/** What a login shell says that does not run commands. */
const notAShell = (operation: Operation, said: string, exitCode: number): ShellError =>
  refused(
    operation,
    `the login on the machine runs no commands (it ended with ${exitCode}${said.trim() === "" ? "" : ` and said: ${said.trim().slice(-500)}`})`
  )

/** What is known of a command that has begun. */
interface Begun {
  pid: number | undefined
}

/** How long output that others hold open is waited for once the command has ended. */
const leftBehind = "1 second"

/**
 * A shell over channels.
 *
 * **Details**  every command is one channel; see `framing` for how it travels. An interrupted command is told to end, as
 * far as the other side listens to that.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (open: OpenChannel, surroundings: Surroundings): Shell => {
  const started = (operation: Operation, command: ShellCommand) =>
    Effect.gen(function* () {
      const mark = yield* nonce
      const channel = yield* Effect.mapError(open({ command: wrapper }), as(operation))
      const line = encode(firstLine(surroundings, command, mark))
      const begun: Begun = { pid: undefined }
      yield* Effect.addFinalizer(() => ended(channel, begun))
      yield* Effect.forkScoped(feed(channel, line, command.stdin))
      return { channel, output: ownOutput(operation, channel, mark, begun) }
    })

  /** Closing a channel ends nothing on the other side: what still runs is told to end. */
  const ended = (channel: SshChannel, { pid }: Begun): Effect.Effect<void> =>
    pid === undefined || channel.isOver()
      ? Effect.void
      : exec({ script: endGroup, args: [String(pid)] }).pipe(Effect.timeout("3 seconds"), Effect.ignore)

  const exec: Shell["exec"] = (command) =>
    Effect.gen(function* () {
      const { channel, output } = yield* started("exec", command)
      const late = Effect.andThen(Effect.exit(channel.exited), Effect.sleep(leftBehind))
      const exit = Effect.map(channel.exited, (exitCode): ShellOutput => ({ _tag: "Exit", exitCode }))
      const whole = Stream.concat(
        Stream.interruptWhen(
          Stream.filter(output, ({ _tag }) => _tag !== "Exit"),
          late
        ),
        Stream.fromEffect(exit)
      )
      return yield* collectOutput(Stream.mapError(whole, as("exec")))
    }).pipe(Effect.scoped)

  const stream: Shell["stream"] = (command) =>
    Stream.unwrap(Effect.map(started("stream", command), ({ output }) => output))

  // The machine cannot tell an input that was cut off from one that has ended: only we put a file in its place.
  const put: Shell["put"] = (name, content, options) =>
    Effect.gen(function* () {
      const part = `${name}.${Math.abs(yield* Random.nextInt).toString(36)}.part`
      const mode = (options?.mode ?? 0o600).toString(8)
      const run = (command: ShellCommand) =>
        Effect.flatMap(exec(command), ({ exitCode, stderr }) =>
          exitCode === 0 ? Effect.void : Effect.fail(refused("put", `${name}: ${stderr.trim()}`))
        )
      const receive = `case $1 in */*) mkdir -p -- "\${1%/*}" || exit ;; esac\numask 077; set -C; cat >"$2"`
      yield* run({ script: receive, args: [name, part], stdin: content }).pipe(
        Effect.andThen(run({ script: 'chmod "$3" "$2" && mv -f -- "$2" "$1"', args: [name, part, mode] })),
        Effect.onError(() =>
          exec({ script: 'rm -f -- "$1"', args: [part] }).pipe(Effect.timeout("3 seconds"), Effect.ignore)
        )
      )
    }).pipe(Effect.mapError(as("put")))

  const get: Shell["get"] = (name, options) => {
    const from = options?.fromByte ?? 0
    let said = ""
    return stream({
      script: `[ -f ${quote(name)} ] || { echo 'no such file' >&2; exit 1; }\n${from === 0 ? "exec cat" : `exec tail -c +${from + 1}`} -- ${quote(name)}`
    }).pipe(
      Stream.mapError(as("get")),
      Stream.mapEffect((part): Effect.Effect<Uint8Array, ShellError> => {
        if (part._tag === "Stdout") return Effect.succeed(part.bytes)
        if (part._tag === "Stderr") said = (said + decode(part.bytes)).slice(-1000)
        return part._tag === "Exit" && part.exitCode !== 0
          ? Effect.fail(refused("get", `${name}: ${said.trim()}`))
          : Effect.succeed(new Uint8Array(0))
      }),
      Stream.filter((bytes) => bytes.length > 0)
    )
  }

  return { exec, stream, put, get }
}

/** Sends the first line, then what the command is to read; a command that reads no more stops nobody. */
const feed = (channel: SshChannel, line: Uint8Array, stdin: ShellCommand["stdin"]): Effect.Effect<void> => {
  if (stdin === undefined) return Effect.andThen(channel.write([line]), channel.end)
  if (typeof stdin === "string") return Effect.andThen(channel.write([line, encode(stdin)]), channel.end)
  return channel
    .write([line])
    .pipe(Effect.andThen(Stream.runForEachArray(stdin, channel.write)), Effect.andThen(channel.end))
}

/** A command's output without what the login shell said before it. */
const ownOutput = (
  operation: Operation,
  channel: SshChannel,
  mark: string,
  begun: Begun
): Stream.Stream<ShellOutput, ShellError> => {
  const looking = { Stdout: AfterNonce.make(mark), Stderr: AfterNonce.make(mark) }
  const began = { Stdout: false, Stderr: false }

  const pass = (part: ShellOutput): Effect.Effect<ReadonlyArray<ShellOutput>, ShellError> => {
    if (part._tag === "Exit") {
      if (began.Stdout) return Effect.succeed([part])
      const said = `${looking.Stdout.said()}\n${looking.Stderr.said()}`
      return Effect.fail(notAShell(operation, said, part.exitCode))
    }
    if (began[part._tag]) return Effect.succeed([part])
    const found = looking[part._tag].push(part.bytes)
    if (found._tag === "Refused") return Effect.fail(refused(operation, decode(found.reason)))
    if (found._tag === "NotYet") return Effect.succeed([])
    began[part._tag] = true
    begun.pid = found.pid ?? begun.pid
    return Effect.succeed(found.rest.length === 0 ? [] : [{ _tag: part._tag, bytes: found.rest }])
  }

  const isPassing = (parts: ReadonlyArray<ShellOutput>): boolean =>
    began.Stdout && began.Stderr && parts.every(({ _tag }) => _tag !== "Exit")

  return Stream.transformPull(Stream.mapError(channel.output, as(operation)), (pull) => {
    const next: typeof pull = Effect.flatMap(pull, (parts) =>
      isPassing(parts)
        ? Effect.succeed(parts)
        : Effect.flatMap(Effect.forEach(parts, pass), (all) => {
            const own = all.flat()
            return Array.isReadonlyArrayNonEmpty(own) ? Effect.succeed(own) : next
          })
    )
    return Effect.succeed(next)
  })
}

/** Runs a command, or the login shell, with a terminal of its own. @category commands @since 0.1.0 */
export const terminal = (
  open: OpenChannel,
  surroundings: Surroundings,
  session: TerminalSession
): Effect.Effect<number, ShellError> =>
  Effect.gen(function* () {
    const channel = yield* open({
      command: terminalCommand(surroundings, session.command),
      terminal: { term: session.term, size: session.size }
    })
    yield* Effect.forkScoped(Stream.runForEach(session.resizes, channel.resize))
    yield* Effect.forkScoped(Effect.andThen(Stream.runForEachArray(session.input, channel.write), channel.end))
    let exitCode: number | undefined
    yield* Stream.runForEach(channel.output, (part) => {
      if (part._tag !== "Exit") return session.output(part.bytes)
      exitCode = part.exitCode
      return Effect.void
    })
    return exitCode ?? (yield* cut("exec"))
  }).pipe(Effect.scoped)

/** The connection went away before the command had ended. @category errors @since 0.1.0 */
export const cut = (operation: Operation): ShellError =>
  new ShellError({ operation, reason: new Unreachable({ message: "the connection was cut" }) })
