/**
 * Ways to machines behind SSH: one connection per machine, many commands over it.
 *
 * @since 0.1.0
 */
import type { SshEndpoint } from "@runctl/core/Endpoint"
import type { Shell, ShellCommand, ShellError } from "@runctl/core/Shell"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
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
 * **Details**
 * - `hostKeyName`: the name its key is known under; `host` and `port` when missing. `hostKey`: the only one accepted,
 *   but for `nextHostKey`.
 * - `knownHostsFiles`: where known keys are looked for, absolute; a new key is written into the last one, unless
 *   `isStrict`, which takes no new keys.
 * - `identityFiles`: private keys, absolute, in order; `isExplicit` when somebody named them. With `identitiesOnly` an
 *   agent is asked for no other keys. `agent`: its socket.
 * - `jump`: the hosts to go through, first to last, resolved themselves. `proxyCommand`: a program to speak through.
 * **Units**  keepAliveSeconds: seconds between two questions whether the other side lives; `keepAliveCount` unanswered
 * ones are the end
 *
 * @category models
 * @since 0.1.0
 */
export interface SshTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly hostKeyName: string | undefined
  readonly hostKey: string | undefined
  readonly nextHostKey?: string | undefined
  readonly knownHostsFiles: ReadonlyArray<string>
  readonly isStrict: boolean
  readonly identityFiles: ReadonlyArray<{ readonly path: string; readonly isExplicit: boolean }>
  readonly identitiesOnly: boolean
  readonly agent: string | undefined
  readonly jump: ReadonlyArray<SshTarget>
  readonly proxyCommand: string | undefined
  readonly keepAliveSeconds: number
  readonly keepAliveCount: number
  readonly connectSeconds: number
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
 * Opens the user's encrypted keys. Asks a person where there is one, and remembers; answers nothing where there is none.
 *
 * **Details**  `isAgain` when the last answer was wrong.
 *
 * @category references
 * @since 0.1.0
 */
export const Passphrases: Context.Reference<Passphrases> = Context.Reference<Passphrases>(
  "@runctl/remote/Ssh/Passphrases",
  { defaultValue: () => ({ ask: () => Effect.succeed(undefined) }) }
)
/** How a passphrase is come by. @category models @since 0.1.0 */
export interface Passphrases {
  readonly ask: (file: string, isAgain: boolean) => Effect.Effect<Redacted.Redacted | undefined>
}

/**
 * Whether the key of a host must be the known one. `insecure` accepts any, and is only ever set for one command by the
 * person who runs it.
 *
 * @category references
 * @since 0.1.0
 */
export const HostKeyPolicy: Context.Reference<HostKeyPolicy> = Context.Reference<HostKeyPolicy>(
  "@runctl/remote/Ssh/HostKeyPolicy",
  { defaultValue: () => "verify" }
)
export type HostKeyPolicy = "verify" | "insecure"
