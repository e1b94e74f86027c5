/**
 * The SSH protocol itself, which a platform brings: one connection at a time, channels over it.
 *
 * @since 0.1.0
 */
import type { SshEndpoint } from "@runctl/core/Endpoint"
import type { ShellError, ShellOutput } from "@runctl/core/Shell"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Forwarded, SshTarget, TerminalSize } from "./Ssh.ts"

/** The other side does not open this channel: now, or, when it is prohibited, ever. @category errors @since 0.1.0 */
export class ChannelRefused extends Schema.TaggedError<ChannelRefused>("@runctl/remote/SshTransport/ChannelRefused")(
  "ChannelRefused",
  { message: Schema.String, isProhibited: Schema.Boolean }
) {}

/**
 * A running command.
 *
 * **Details**  `output` may be run once; its last element is `Exit`. It fails with `Unreachable` when the connection is
 * cut before that. `exited` is known as soon as the command has ended, though others may still hold its output open.
 *
 * @category models
 * @since 0.1.0
 */
export interface SshChannel {
  readonly output: Stream.Stream<ShellOutput, ShellError>
  readonly exited: Effect.Effect<number, ShellError>
  /** Whether the command has ended, or nobody can tell any more. */
  readonly isOver: () => boolean
  /** Sends bytes; waits while the other side cannot take more. What nobody reads any more is dropped. */
  readonly write: (pieces: ReadonlyArray<Uint8Array>) => Effect.Effect<void>
  /** Closes the command's standard input. */
  readonly end: Effect.Effect<void>
  readonly resize: (size: TerminalSize) => Effect.Effect<void>
}

/** How a channel is opened. @category models @since 0.1.0 */
export interface ChannelOptions {
  /** Nothing runs the login shell. */
  readonly command: string | undefined
  readonly terminal?: { readonly term: string; readonly size: TerminalSize }
}

/** A logged-in connection, as long as it is not cut. @category models @since 0.1.0 */
export interface SshLink {
  /** The channel is closed with its scope; a command on the other side may not notice. */
  readonly open: (options: ChannelOptions) => Effect.Effect<SshChannel, ShellError | ChannelRefused, Scope.Scope>
  /** Fails with `Refused` when the machine does not reach the port, or does not forward. */
  readonly dial: (host: string, port: number) => Effect.Effect<Forwarded, ShellError, Scope.Scope>
  /** Whether it was cut. */
  readonly isLost: () => boolean
}

/**
 * Connects to machines, and says beforehand where an endpoint leads.
 *
 * @category services
 * @since 0.1.0
 */
export class SshTransport extends Context.Service<
  SshTransport,
  {
    /** Where an endpoint leads, by the user's SSH configuration when the login is the user's. */
    readonly resolve: (endpoint: SshEndpoint) => Effect.Effect<SshTarget, ShellError>
    /** Connects, verifies the host's key and logs in. */
    readonly connect: (target: SshTarget) => Effect.Effect<SshLink, ShellError, Scope.Scope>
  }
>()("@runctl/remote/SshTransport") {}
