/**
 * A shell on this computer: the machine is a directory, its home, and a marker in the environment.
 *
 * @since 0.1.0
 */
import type { LocalEndpoint } from "@runctl/core/Endpoint"
import { Refused, type Shell, type ShellCommand, ShellError, type ShellOutput, Unreachable } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { collectOutput } from "./internal/collectOutput.ts"
import { parentEnvironment } from "./internal/parentEnvironment.ts"

type Operation = ShellError["operation"]

const refused = (operation: Operation) => (error: PlatformError) =>
  new ShellError({ operation, reason: new Refused({ message: error.message }) })

/** A command that did not end by itself was ended from outside: nothing is known of what it wanted. */
const ended = (operation: Operation) => (error: PlatformError) =>
  new ShellError({
    operation,
    reason: new Unreachable({ message: `the command was ended from outside: ${error.message}` })
  })

/**
 * Opens a shell on this computer.
 *
 * **Details**  commands run under `sh` with `home` as HOME, RUNCTL_MACHINE_DIR and working directory, in a process group of their own that
 * is ended with them. They see a short list of what this process inherited (see `parentEnvironment`), the endpoint's
 * environment and their own, nothing else.
 * **Errors**   `Refused` when the home directory does not exist.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = Effect.fn("LocalShell.open")(function* (
  endpoint: LocalEndpoint
): Effect.fn.Return<Shell, ShellError, FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  yield* Effect.mapError(fs.access(endpoint.home), refused("open"))
  const inherited = yield* environment(endpoint)
  const at = (name: string): string => path.resolve(endpoint.home, name)

  const spawn = (operation: Operation, command: ShellCommand) =>
    Effect.acquireRelease(
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const handle = yield* spawner
          .spawn(
            ChildProcess.make("sh", ["-c", command.script, "sh", ...(command.args ?? [])], {
              cwd: at(command.cwd ?? "."),
              env: { ...inherited, ...command.environment },
              stdin: stdinOf(command),
              killSignal: "SIGTERM",
              forceKillAfter: "2 seconds"
            })
          )
          .pipe(Scope.provide(scope), Effect.mapError(refused(operation)))
        return { scope, handle }
      }),
      // Whoever interrupts waits for the command; what it started is ended too, by force after 2 s, without him: it may
      // be a zombie for longer where nobody collects them.
      ({ scope, handle }) =>
        Effect.andThen(Effect.forkDetach(Scope.close(scope, Exit.void)), Effect.ignore(handle.exitCode))
    ).pipe(Effect.map(({ handle }) => handle))

  const output = (operation: Operation, handle: ChildProcessSpawner.ChildProcessHandle) =>
    Stream.merge(
      Stream.map(handle.stdout, (bytes): ShellOutput => ({ _tag: "Stdout", bytes })),
      Stream.map(handle.stderr, (bytes): ShellOutput => ({ _tag: "Stderr", bytes }))
    ).pipe(Stream.mapError(ended(operation)))

  const exit = (operation: Operation, handle: ChildProcessSpawner.ChildProcessHandle) =>
    handle.exitCode.pipe(
      Effect.map((exitCode): ShellOutput => ({ _tag: "Exit", exitCode })),
      Effect.mapError(ended(operation)),
      Stream.fromEffect
    )

  // A descendant that was left behind may hold the output open for ever: what it says later is not the command's.
  const exec: Shell["exec"] = (command) =>
    spawn("exec", command).pipe(
      Effect.map((handle) => {
        const leftBehind = Effect.andThen(Effect.exit(handle.exitCode), Effect.sleep("1 second"))
        return Stream.concat(Stream.interruptWhen(output("exec", handle), leftBehind), exit("exec", handle))
      }),
      Stream.unwrap,
      collectOutput
    )

  const stream: Shell["stream"] = (command) =>
    spawn("stream", command).pipe(
      Effect.map((handle) => Stream.concat(output("stream", handle), exit("stream", handle))),
      Stream.unwrap
    )

  const put: Shell["put"] = (name, content, options) =>
    Effect.gen(function* () {
      const target = at(name)
      const unfinished = `${target}.${yield* Random.nextInt}.part`
      yield* fs.makeDirectory(path.dirname(target), { recursive: true })
      yield* Stream.run(content, fs.sink(unfinished, { flag: "wx", mode: 0o600 })).pipe(
        Effect.andThen(fs.chmod(unfinished, options?.mode ?? 0o600)),
        Effect.andThen(fs.rename(unfinished, target)),
        Effect.onError(() => Effect.ignore(fs.remove(unfinished)))
      )
    }).pipe(Effect.mapError(refused("put")))

  const get: Shell["get"] = (name, options) =>
    fs.stream(at(name), { offset: options?.fromByte ?? 0 }).pipe(Stream.mapError(refused("get")))

  return { exec, stream, put, get }
})

/**
 * The variables that commands on a machine which is this computer see.
 *
 * @category accessors
 * @since 0.1.0
 */
export const environment = (endpoint: LocalEndpoint): Effect.Effect<Readonly<Record<string, string>>> =>
  Effect.map(parentEnvironment, (inherited) => ({
    ...inherited,
    HOME: endpoint.home,
    RUNCTL_MACHINE_DIR: endpoint.home,
    ...endpoint.environment
  }))

const stdinOf = (command: ShellCommand): "ignore" | Stream.Stream<Uint8Array> =>
  command.stdin === undefined
    ? "ignore"
    : typeof command.stdin === "string"
      ? Stream.encodeText(Stream.succeed(command.stdin))
      : command.stdin
