/**
 * Hands secrets from one process of the same user to another in memory: they never touch a disk, an argument list or
 * an environment that others can read.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** Nobody listens, or the line was cut. @category errors @since 0.1.0 */
export class HandoverFailed extends Schema.TaggedError<HandoverFailed>("@runctl/runtime/HandoverFailed")(
  "HandoverFailed",
  { message: Schema.String }
) {}

/**
 * A line between processes of one user, one message and one answer at a time.
 *
 * **Details**  `address` is a path below RUNCTL_HOME; an implementation may map it elsewhere when it is too long for
 * the system, always to a place that only this user can enter.
 *
 * @category services
 * @since 0.1.0
 */
export class Handover extends Context.Service<
  Handover,
  {
    /** Answers messages until the scope closes. */
    readonly serve: (
      address: string,
      answer: (message: string) => Effect.Effect<string>
    ) => Effect.Effect<void, HandoverFailed, Scope.Scope>
    /** Sends one message and waits for its answer, at most 5 seconds. */
    readonly send: (address: string, message: string) => Effect.Effect<string, HandoverFailed>
  }
>()("@runctl/runtime/Handover") {}
