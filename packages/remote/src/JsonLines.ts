/**
 * JSON lines in bytes that may end in the middle of one.
 *
 * @since 0.1.0
 */
export { completeLines } from "./internal/jsonLines.ts"
