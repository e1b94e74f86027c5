/**
 * What lies under a path: which kind of file system, and how much room it has left.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/**
 * A kind of file system, by the name its system gives it. Locks and shared memory of a network file system cannot be
 * relied on.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileSystemKind {
  readonly type: string
  readonly isNetwork: boolean
}

/**
 * The file systems of this computer. A path that does not exist is judged by its nearest folder that does.
 *
 * @category services
 * @since 0.1.0
 */
export class FileSystems extends Context.Service<
  FileSystems,
  {
    /** `type` is `unknown`, and not a network's, when the system does not tell. */
    readonly kindOf: (path: string) => Effect.Effect<FileSystemKind>
    /** Bytes that this user may still write; `undefined` when the system does not tell. */
    readonly freeBytes: (path: string) => Effect.Effect<number | undefined>
  }
>()("@runctl/runtime/FileSystems") {}
