/**
 * Writes tar archives that every `tar` reads: GNU's, BSD's and busybox's.
 *
 * **Details**  `effect/encoding/Tar` writes PAX headers for long and non-ASCII names, which busybox leaves out; all three
 * read GNU's long names and binary sizes.
 *
 * @since 0.1.0
 */
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { encode } from "./utf8.ts"

/** Mode and time of an entry. @category models @since 0.1.0 */
export interface Attributes {
  readonly mode: number
  readonly mtimeSeconds: number
}

/** A file yielded more or fewer bytes than it was announced with. @category errors @since 0.1.0 */
export interface SizeChanged {
  readonly _tag: "SizeChanged"
  readonly path: string
}

/** A part of an archive whose body is read when it is its turn. @category models @since 0.1.0 */
export type Piece<E> = Stream.Stream<Uint8Array, E | SizeChanged>

const block = 512
const padding = (size: number): number => (block - (size % block)) % block

type Type = "file" | "folder" | "link" | "longName" | "longTarget"
const typeflags: Readonly<Record<Type, string>> = { file: "0", folder: "5", link: "2", longName: "L", longTarget: "K" }

/** Octal where it fits, else GNU's binary form. */
const number = (header: Uint8Array, offset: number, width: number, value: number): void => {
  if (value < 8 ** (width - 1)) {
    header.set(encode(value.toString(8).padStart(width - 1, "0")), offset)
    return
  }
  let rest = value
  for (let at = offset + width - 1; at > offset; at--) {
    header[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  header[offset] = 0x80
}

const headerOf = (
  type: Type,
  name: Uint8Array,
  target: Uint8Array,
  size: number,
  attributes: Attributes
): Uint8Array => {
  const header = new Uint8Array(block)
  header.set(name.subarray(0, 100), 0)
  number(header, 100, 8, attributes.mode & 0o777)
  number(header, 108, 8, 0)
  number(header, 116, 8, 0)
  number(header, 124, 12, size)
  number(header, 136, 12, attributes.mtimeSeconds)
  header.set(encode(`        ${typeflags[type]}`), 148)
  header.set(target.subarray(0, 100), 157)
  header.set(encode("ustar  \0"), 257)
  let sum = 0
  for (const byte of header) sum += byte
  header.set(encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148)
  return header
}

const none = new Uint8Array(0)

const long = (type: Type, text: Uint8Array): ReadonlyArray<Uint8Array> => {
  if (text.length < 100) return []
  const size = text.length + 1
  const name = encode("././@LongLink")
  return [headerOf(type, name, none, size, { mode: 0o644, mtimeSeconds: 0 }), text, new Uint8Array(1 + padding(size))]
}

const header = (type: Type, path: string, target: string, size: number, attributes: Attributes): Uint8Array => {
  const [name, to] = [encode(path), encode(target)]
  return Bytes.concat([
    ...long("longTarget", to),
    ...long("longName", name),
    headerOf(type, name, to, size, attributes)
  ])
}

/** A file in memory, for `files`. @category models @since 0.1.0 */
export interface Held {
  readonly path: string
  readonly content: Uint8Array
  readonly attributes: Attributes
}

/** Files in memory, in one piece. @category constructors @since 0.1.0 */
export const files = (all: ReadonlyArray<Held>): Uint8Array => {
  const headers = all.map(({ attributes, content, path }) => header("file", path, "", content.length, attributes))
  const sizes = all.map(
    ({ content }, index) => (headers[index]?.length ?? 0) + content.length + padding(content.length)
  )
  const archive = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0))
  let at = 0
  all.forEach(({ content }, index) => {
    archive.set(headers[index] ?? none, at)
    archive.set(content, at + (headers[index]?.length ?? 0))
    at += sizes[index] ?? 0
  })
  return archive
}

/** A file in memory. @category constructors @since 0.1.0 */
export const file = (path: string, content: Uint8Array, attributes: Attributes): Uint8Array =>
  files([{ path, content, attributes }])

/** A file read while it is sent: it must be `size` bytes long. @category constructors @since 0.1.0 */
export const fileStream = <E>(
  path: string,
  size: number,
  content: Stream.Stream<Uint8Array, E>,
  attributes: Attributes
): Piece<E> =>
  Stream.suspend(() => {
    let rest = size
    const counted = Stream.tap(content, (bytes): Effect.Effect<void, SizeChanged> => {
      rest -= bytes.length
      return rest < 0 ? Effect.fail({ _tag: "SizeChanged", path }) : Effect.void
    })
    const end = Stream.suspend((): Piece<never> =>
      rest === 0 ? Stream.succeed(new Uint8Array(padding(size))) : Stream.fail({ _tag: "SizeChanged", path })
    )
    return Stream.succeed(header("file", path, "", size, attributes)).pipe(Stream.concat(counted), Stream.concat(end))
  })

/** A directory. @category constructors @since 0.1.0 */
export const folder = (path: string, attributes: Attributes): Uint8Array =>
  header("folder", `${path}/`, "", 0, attributes)

/** A symbolic link. @category constructors @since 0.1.0 */
export const link = (path: string, target: string): Uint8Array =>
  header("link", path, target, 0, { mode: 0o777, mtimeSeconds: 0 })

/** What ends an archive. @category constructors @since 0.1.0 */
export const end: Uint8Array = new Uint8Array(2 * block)
