/**
 * Ways to machines behind SSH: one connection per machine, many commands over it.
 *
 * @since 0.1.0
 */
import type { SshEndpoint } from "@runctl/core/Endpoint"
import type { Shell, ShellCommand, ShellError } from "@runctl/core/Shell"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"

/** How large a terminal is, in characters. @category models @since 0.1.0 */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/**
 * A command, or a login shell when there is none, with a terminal of its own.
 *
 * **Details**  `term` is the terminal's kind, as in `TERM`; `resizes` tells each new size.
 *
 * @category models
 * @since 0.1.0
 */
export interface TerminalSession {
  readonly command?: ShellCommand
  readonly term: string
  readonly size: TerminalSize
  readonly resizes: Stream.Stream<TerminalSize>
  readonly input: Stream.Stream<Uint8Array>
  readonly output: (bytes: Uint8Array) => Effect.Effect<void>
}

/** A connection to a port that the machine reaches. @category models @since 0.1.0 */
export interface Forwarded {
  /** Ends when the other side has closed. */
  readonly received: Stream.Stream<Uint8Array, ShellError>
  /** Sends everything, then closes our half. */
  readonly send: (bytes: Stream.Stream<Uint8Array>) => Effect.Effect<void, ShellError>
}

/**
 * An open way to a machine behind SSH.
 *
 * @category models
 * @since 0.1.0
 */
export interface SshSession {
  /** Where it leads, as resolved: what OpenSSH would use. */
  readonly target: SshTarget
  readonly shell: Shell
  /** Runs with a terminal; answers the exit code, 128 and the signal's number when a signal ended it. */
  readonly terminal: (session: TerminalSession) => Effect.Effect<number, ShellError>
  /** Connects to a port as seen from the machine. */
  readonly dial: (host: string, port: number) => Effect.Effect<Forwarded, ShellError, Scope.Scope>
}

/**
 * Where an endpoint leads once the user's SSH configuration was read.
 *
 * **Details**  `knownHostsFiles` and `identityFiles` are absolute; `hostKeyAlias` is the name its key is looked up under.
 *
 * @category models
 * @since 0.1.0
 */
export interface SshTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly hostKeyAlias: string | undefined
  readonly hostKey: string | undefined
  readonly identityFiles: ReadonlyArray<string>
  readonly identitiesOnly: boolean
  readonly knownHostsFiles: ReadonlyArray<string>
  readonly jump: ReadonlyArray<string>
  readonly proxyCommand: string | undefined
}

/**
 * Opens ways to machines behind SSH.
 *
 * **Details**  whoever opens the same endpoint shares its connection, which is kept a minute after its last use and
 * opened anew when it was cut.
 *
 * @category services
 * @since 0.1.0
 */
export class Ssh extends Context.Service<
  Ssh,
  {
    /** Fails with `Unreachable` when nobody answers, with `Refused` when a key or the login is not accepted. */
    readonly open: (endpoint: SshEndpoint) => Effect.Effect<SshSession, ShellError, Scope.Scope>
    /** Where an endpoint leads, without connecting. */
    readonly resolve: (endpoint: SshEndpoint) => Effect.Effect<SshTarget, ShellError>
  }
>()("@runctl/remote/Ssh") {}

/**
 * Whether the key of a host must be the known one. `insecure` accepts any, and is only ever set for one command by the
 * person who runs it.
 *
 * @category references
 * @since 0.1.0
 */
export const HostKeyPolicy: Context.Reference<"verify" | "insecure"> = Context.Reference<"verify" | "insecure">(
  "@runctl/remote/Ssh/HostKeyPolicy",
  { defaultValue: () => "verify" }
)
