/**
 * Processes of this computer: which one we are, whether another still lives, and how to leave one behind.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * One process among all that ever ran: a pid alone is given to somebody else sooner or later.
 *
 * **Details**  `startTime` and `bootId` are as this system tells them, compared and never interpreted, empty where it
 * does not tell. `namespace` tells apart containers that share a kernel and number their processes independently.
 *
 * @category models
 * @since 0.1.0
 */
export const ProcessIdentity = Schema.Struct({
  pid: Schema.Int,
  startTime: Schema.String,
  bootId: Schema.String,
  host: Schema.String,
  namespace: Schema.optionalKey(Schema.String)
})
export type ProcessIdentity = typeof ProcessIdentity.Type

/**
 * What can be known of a process from here: `dead` and `alive` are certain, `unknown` is out of sight.
 *
 * @category decisions
 * @since 0.1.0
 */
export const sight = (
  process: ProcessIdentity,
  self: ProcessIdentity,
  startTimeNow: string | undefined
): "alive" | "dead" | "unknown" => {
  const sameBoot = process.bootId !== "" && process.bootId === self.bootId
  if (!sameBoot) return process.host === self.host && process.bootId !== "" ? "dead" : "unknown"
  if (process.namespace !== self.namespace) return "unknown"
  if (startTimeNow === undefined) return "dead"
  return process.startTime === "" || startTimeNow === "" || process.startTime === startTimeNow ? "alive" : "dead"
}

/**
 * A program could not be started.
 *
 * @category errors
 * @since 0.1.0
 */
export class SpawnFailed extends Schema.TaggedError<SpawnFailed>("@runctl/runtime/SpawnFailed")("SpawnFailed", {
  command: Schema.String,
  message: Schema.String
}) {}

/**
 * A program to be left running on its own.
 *
 * **Details**  `environment` is added to this process's own; `undefined` takes a variable away. What it prints is
 * appended to `logFile`, made with 0600.
 *
 * @category models
 * @since 0.1.0
 */
export interface DetachedCommand {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly logFile: string
  readonly cwd?: string
}

/**
 * Processes of this computer.
 *
 * @category services
 * @since 0.1.0
 */
export class Processes extends Context.Service<
  Processes,
  {
    /** This process. */
    readonly self: Effect.Effect<ProcessIdentity>
    /** False only when it is certainly gone; a process that cannot be seen from here counts as alive. */
    readonly isAlive: (process: ProcessIdentity) => Effect.Effect<boolean>
    /** Starts a program in a session of its own, which neither dies with us nor keeps us; answers its pid. */
    readonly spawnDetached: (command: DetachedCommand) => Effect.Effect<number, SpawnFailed>
    /** Which processes hold a lock on one of these files, where the system tells. */
    readonly lockersOf: (files: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<number>>
    /** Bytes of memory this process has in use. */
    readonly rss: Effect.Effect<number>
  }
>()("@runctl/runtime/Processes") {}
