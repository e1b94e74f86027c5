/**
 * Reads tar archives as GNU's, BSD's and busybox's `tar` write them, piece by piece, and one behind another.
 *
 * `effect/encoding/Tar` makes a stream of every entry, which is several times as slow for thousands of small files.
 *
 * @since 0.1.0
 */
import { decode } from "./utf8.ts"

/** One thing in an archive. `kind` is what tar says, `other` for what nobody asked for. @category models @since 0.1.0 */
export interface Entry {
  readonly path: string
  readonly kind: "file" | "hardlink" | "symlink" | "folder" | "device" | "other"
  readonly bytes: number
}

/** What a piece of an archive holds: an entry begins, bytes of it, it ends. @category models @since 0.1.0 */
export type Part =
  | { readonly _tag: "Begin"; readonly entry: Entry }
  | { readonly _tag: "Bytes"; readonly bytes: Uint8Array }
  | { readonly _tag: "End" }

const block = 512
const kinds: Readonly<Record<string, Entry["kind"]>> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "device",
  "4": "device",
  "5": "folder",
  "7": "file"
}

/** More than any honest name or PAX record takes. */
const longestMeta = 1024 * 1024

/** An entry has a long name, a long link and PAX records, each once, and the archive has its own. */
const mostMeta = 8

/** Writers fill up their last record, of 10 KiB where nobody wants another size. */
const longestEnd = 1024 * 1024

const none = new Uint8Array(0)

const textAt = (header: Uint8Array, offset: number, width: number): string => {
  const field = header.subarray(offset, offset + width)
  const end = field.indexOf(0)
  return decode(end < 0 ? field : field.subarray(0, end))
}

const space = 0x20
const zero = 0x30

/** Octal, or GNU's binary form; `undefined` when it is neither. */
const numberAt = (header: Uint8Array, offset: number, width: number): number | undefined => {
  const first = header[offset] ?? 0
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f
    for (let at = offset + 1; at < offset + width; at++) value = value * 256 + (header[at] ?? 0)
    return Number.isSafeInteger(value) ? value : undefined
  }
  const end = offset + width
  let at = offset
  while (at < end && header[at] === space) at += 1
  let value = 0
  for (; at < end; at++) {
    const digit = (header[at] ?? 0) - zero
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
  }
  while (at < end && header[at] === space) at += 1
  return at === end || header[at] === 0 ? value : undefined
}

const isWhole = (header: Uint8Array): boolean => {
  // The sum itself counts as spaces.
  let sum = 8 * space
  for (let at = 0; at < 148; at++) sum += header[at] ?? 0
  for (let at = 156; at < block; at++) sum += header[at] ?? 0
  return numberAt(header, 148, 8) === sum
}

/** `LENGTH KEY=VALUE\n` again and again. */
const paxRecords = (bytes: Uint8Array): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  let at = 0
  while (at < bytes.length) {
    const gap = bytes.indexOf(space, at)
    const length = gap < 0 ? Number.NaN : Number(decode(bytes.subarray(at, gap)))
    if (!Number.isSafeInteger(length) || length <= 0) break
    const record = decode(bytes.subarray(gap + 1, at + length - 1))
    const equals = record.indexOf("=")
    if (equals > 0) found.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return found
}

/** Throws when what comes is no archive. @category errors @since 0.1.0 */
export class NoArchive extends Error {}

/** What is known of the next entry before its header. */
interface Meta {
  path: string | undefined
  bytes: number | undefined
}

/**
 * A reader of one archive. `push` answers what the piece brought; `isComplete` tells whether the archive has ended where
 * an entry may end.
 *
 * **Errors**   `push` throws `NoArchive`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = () => {
  let held: Uint8Array = none
  let left = 0
  let pad = 0
  let isMeta: "longName" | "pax" | "skipped" | undefined
  let metaBytes: Array<Uint8Array> = []
  let meta: Meta = { path: undefined, bytes: undefined }
  let metaCount = 0
  let isOver = false
  let afterEnd = 0

  const endOfMeta = (): void => {
    const bytes = joined(metaBytes)
    metaBytes = []
    if (isMeta === "longName") {
      const end = bytes.indexOf(0)
      meta.path = decode(end < 0 ? bytes : bytes.subarray(0, end))
    } else if (isMeta === "pax") {
      const records = paxRecords(bytes)
      meta.path = records.get("path") ?? meta.path
      const size = records.get("size")
      if (size !== undefined) meta.bytes = Number(size)
    }
    isMeta = undefined
  }

  const begin = (header: Uint8Array, parts: Array<Part>): void => {
    if (header.every((byte) => byte === 0)) {
      isOver = true
      return
    }
    if (!isWhole(header)) throw new NoArchive("a header is damaged")
    const type = String.fromCharCode(header[156] ?? 0)
    const size = numberAt(header, 124, 12)
    if (size === undefined) throw new NoArchive("a size is no number")
    if (type === "L" || type === "x" || type === "K" || type === "g" || type === "X") {
      if (size > longestMeta) throw new NoArchive("a name is too long")
      if (++metaCount > mostMeta) throw new NoArchive("there is more about an entry than an entry")
      isMeta = type === "L" ? "longName" : type === "x" || type === "X" ? "pax" : "skipped"
      left = size
      pad = padding(size)
      if (left === 0) endOfMeta()
      return
    }
    const prefix = textAt(header, 257, 5) === "ustar" && header[263] === 48 ? textAt(header, 345, 155) : ""
    const name = textAt(header, 0, 100)
    const kind = kinds[type] ?? "other"
    const bytes = kind === "file" ? (meta.bytes ?? size) : 0
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new NoArchive("a size is no number")
    const path = meta.path ?? (prefix === "" ? name : `${prefix}/${name}`)
    meta = { path: undefined, bytes: undefined }
    metaCount = 0
    parts.push({ _tag: "Begin", entry: { path, kind, bytes } })
    left = bytes
    pad = padding(bytes)
    if (left === 0) parts.push({ _tag: "End" })
  }

  const push = (piece: Uint8Array): ReadonlyArray<Part> => {
    const parts: Array<Part> = []
    let bytes = held.length === 0 ? piece : joined([held, piece])
    held = none
    while (bytes.length > 0) {
      if (isOver) {
        const next = bytes.findIndex((byte) => byte !== 0)
        // A name begins with no zero.
        const zeros = next < 0 ? bytes.length : next
        afterEnd += zeros
        if (afterEnd > longestEnd) throw new NoArchive("it goes on after its end")
        bytes = bytes.subarray(zeros)
        if (next < 0) break
        isOver = false
        afterEnd = 0
      }
      if (left > 0) {
        const part = bytes.subarray(0, left)
        left -= part.length
        bytes = bytes.subarray(part.length)
        if (isMeta === undefined) parts.push({ _tag: "Bytes", bytes: part })
        else metaBytes.push(part.slice())
        if (left > 0) break
        if (isMeta === undefined) parts.push({ _tag: "End" })
        else endOfMeta()
      }
      if (pad > 0) {
        const skipped = Math.min(pad, bytes.length)
        pad -= skipped
        bytes = bytes.subarray(skipped)
        if (pad > 0) break
      }
      if (bytes.length === 0) break
      if (bytes.length < block) {
        held = bytes.slice()
        break
      }
      begin(bytes.subarray(0, block), parts)
      bytes = bytes.subarray(block)
    }
    return parts
  }

  return { push, isComplete: (): boolean => left === 0 && pad === 0 && held.length === 0 } as const
}

const padding = (size: number): number => (block - (size % block)) % block

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
