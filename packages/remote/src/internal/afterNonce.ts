/**
 * Finds where a command's own output begins.
 *
 * @since 0.1.0
 */
import { decode, encode } from "./utf8.ts"

/** How much a login shell may say before the command. */
const limit = 256 * 1024

/** What has come of looking so far. */
export type Found =
  | { readonly _tag: "NotYet" }
  | { readonly _tag: "Began"; readonly rest: Uint8Array; readonly pid: number | undefined }
  | { readonly _tag: "Refused"; readonly reason: Uint8Array }

const joined = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const all = new Uint8Array(left.length + right.length)
  all.set(left)
  all.set(right, left.length)
  return all
}

const indexOf = (bytes: Uint8Array, wanted: Uint8Array): number => {
  for (let at = bytes.indexOf(wanted[0] ?? 0); at >= 0; at = bytes.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at
  }
  return -1
}

const lineFeed = 10
const exclamation = 33

/** Looks through one output, piece by piece, for the nonce and the line behind it. */
export const make = (nonce: string) => {
  const wanted = encode(nonce)
  let held: Uint8Array = new Uint8Array(0)
  return {
    push: (bytes: Uint8Array): Found => {
      held = joined(held, bytes)
      const at = indexOf(held, wanted)
      const begin = at + wanted.length
      const end = at < 0 ? -1 : held.indexOf(lineFeed, begin)
      if (at >= 0 && held[begin] === exclamation) return { _tag: "Refused", reason: held.subarray(begin + 1) }
      if (end < 0) {
        if (held.length > limit) held = held.slice(-limit / 2)
        return { _tag: "NotYet" }
      }
      const pid = Number.parseInt(decode(held.subarray(begin, end)), 10)
      return { _tag: "Began", rest: held.subarray(end + 1), pid: Number.isNaN(pid) ? undefined : pid }
    },
    /** What was said before, as text. */
    said: (): string => decode(held)
  } as const
}
