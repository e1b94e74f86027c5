/**
 * Running commands and moving bytes on a machine, wherever it is: the seam between what we want and how it is reached.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Endpoint } from "./Endpoint.ts"

/**
 * The machine cannot be reached, or the connection was cut. Says nothing about whether the machine is alive.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreachable extends Schema.TaggedError<Unreachable>("@runctl/core/Unreachable")("Unreachable", {
  message: Schema.String
}) {}

/**
 * The machine was reached and could not do it: no such file, no permission, disk full.
 *
 * @category errors
 * @since 0.1.0
 */
export class Refused extends Schema.TaggedError<Refused>("@runctl/core/Refused")("Refused", {
  message: Schema.String
}) {}

/**
 * The only error of a shell. `Unreachable` may be retried; `Refused` is final.
 *
 * @category errors
 * @since 0.1.0
 */
export class ShellError extends Schema.TaggedError<ShellError>("@runctl/core/ShellError")("ShellError", {
  operation: Schema.Literals(["open", "exec", "stream", "put", "get"]),
  reason: Schema.Union([Unreachable, Refused])
}) {
  override get message(): string {
    return this.reason.message
  }
}

/**
 * A POSIX `sh` script to run, with positional arguments `$1`, `$2`… that need no quoting.
 *
 * **Details**  `stdin` is where secrets travel: never in `script`, `args` or `environment`, which other users of the
 * machine can see. `cwd` is relative to the machine's directory unless absolute.
 *
 * @category models
 * @since 0.1.0
 */
export interface ShellCommand {
  readonly script: string
  readonly args?: ReadonlyArray<string>
  readonly stdin?: string | Stream.Stream<Uint8Array>
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/**
 * What a finished command left. Output beyond 4 MiB per stream is cut off: use `stream` for more.
 *
 * @category models
 * @since 0.1.0
 */
export interface ShellResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * A piece of a running command: bytes of one of its outputs, or, last, its exit code.
 *
 * @category models
 * @since 0.1.0
 */
export type ShellOutput =
  | { readonly _tag: "Stdout"; readonly bytes: Uint8Array }
  | { readonly _tag: "Stderr"; readonly bytes: Uint8Array }
  | { readonly _tag: "Exit"; readonly exitCode: number }

/**
 * One open way to a machine.
 *
 * **Details**  a non-zero exit code is an answer, not an error. Interrupting an effect or ending a stream ends the
 * command on this side at least; what must outlive us is started by the job runner. Paths are relative to the
 * machine's directory unless absolute: the home directory, or the one its endpoint names. Commands begin there and find
 * its absolute path in `RUNCTL_MACHINE_DIR`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shell {
  /** Runs a command to its end. */
  readonly exec: (command: ShellCommand) => Effect.Effect<ShellResult, ShellError>
  /** Runs a command and passes on its output as it comes; the last element is `Exit`. */
  readonly stream: (command: ShellCommand) => Stream.Stream<ShellOutput, ShellError>
  /** Writes a file whole or not at all, its directories made as needed. `mode` defaults to 0600. */
  readonly put: (
    path: string,
    content: Stream.Stream<Uint8Array>,
    options?: { readonly mode?: number }
  ) => Effect.Effect<void, ShellError>
  /** A file's bytes from a zero-based offset to its present end. */
  readonly get: (path: string, options?: { readonly fromByte?: number }) => Stream.Stream<Uint8Array, ShellError>
}

/**
 * Opens shells on machines.
 *
 * @category services
 * @since 0.1.0
 */
export class Shells extends Context.Service<
  Shells,
  {
    /** A shell that is closed with its scope. */
    readonly open: (endpoint: Endpoint) => Effect.Effect<Shell, ShellError, Scope.Scope>
  }
>()("@runctl/core/Shell") {}
