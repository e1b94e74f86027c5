/**
 * Makes what travels smaller, where both ends can.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"

/** What came was not compressed as it was said to be. @category errors @since 0.1.0 */
export class CompressionError extends Schema.TaggedError<CompressionError>(
  "@runctl/remote/Compression/CompressionError"
)("CompressionError", { message: Schema.String }) {}

/**
 * Zstandard, as the program `zstd` on a machine reads and writes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Compression {
  readonly compress: <E>(bytes: Stream.Stream<Uint8Array, E>) => Stream.Stream<Uint8Array, E | CompressionError>
  readonly decompress: <E>(bytes: Stream.Stream<Uint8Array, E>) => Stream.Stream<Uint8Array, E | CompressionError>
}

/**
 * How things are compressed here: not at all unless a platform brings it.
 *
 * @category references
 * @since 0.1.0
 */
export const Compression: Context.Reference<Compression | undefined> = Context.Reference<Compression | undefined>(
  "@runctl/remote/Compression",
  { defaultValue: () => undefined }
)

/** A `sh` fragment that says, in a line, whether a machine can do the same. @category scripts @since 0.1.0 */
export const probe = "command -v zstd >/dev/null 2>&1 && echo zstd || echo plain"
