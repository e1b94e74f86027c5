/**
 * JSON lines in bytes that may end in the middle of one.
 *
 * @since 0.1.0
 */
import { decode } from "./internal/utf8.ts"

/** The value behind JSON text; `undefined` for what is none. @category parsing @since 0.1.0 */
export const parseJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/**
 * The values of all complete lines and how many bytes they took; what is no JSON is left out.
 *
 * @category parsing
 * @since 0.1.0
 */
export const completeLines = (
  bytes: Uint8Array
): { readonly values: ReadonlyArray<unknown>; readonly consumed: number } => {
  const consumed = bytes.lastIndexOf(10) + 1
  const values = decode(bytes.subarray(0, consumed))
    .split("\n")
    .map(parseJson)
    .filter((value) => value !== undefined)
  return { values, consumed }
}
