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

const zero = 0x30

/** Octal where it fits, else GNU's binary form. */
const number = (header: Uint8Array, offset: number, width: number, value: number): void => {
  let rest = value
  if (value < 8 ** (width - 1)) {
    for (let at = offset + width - 2; at >= offset; at--) {
      header[at] = zero + (rest % 8)
      rest = Math.floor(rest / 8)
    }
    return
  }
  for (let at = offset + width - 1; at > offset; at--) {
    header[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  header[offset] = 0x80
}

/** Where the sum of the header's bytes stands, which counts as spaces. */
const sumAt = { offset: 148, width: 8 }

/** What every header has: GNU's mark, root as owner, spaces for the sum. */
const blank = ((): Uint8Array => {
  const header = new Uint8Array(block)
  number(header, 108, 8, 0)
  number(header, 116, 8, 0)
  header.fill(0x20, sumAt.offset, sumAt.offset + sumAt.width)
  header.set(encode("ustar  \0"), 257)
  return header
})()

const headerOf = (
  type: Type,
  name: Uint8Array,
  target: Uint8Array,
  size: number,
  attributes: Attributes
): Uint8Array => {
  const header = new Uint8Array(blank)
  header.set(name.length > 100 ? name.subarray(0, 100) : name, 0)
  number(header, 100, 8, attributes.mode & 0o777)
  number(header, 124, 12, size)
  number(header, 136, 12, attributes.mtimeSeconds)
  header[156] = typeflags[type].charCodeAt(0)
  header.set(target.length > 100 ? target.subarray(0, 100) : target, 157)
  let sum = 0
  for (let at = 0; at < block; at++) sum += header[at] ?? 0
  number(header, sumAt.offset, 7, sum)
  header[sumAt.offset + 6] = 0
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
  const name = encode(path)
  const to = target === "" ? none : encode(target)
  const own = headerOf(type, name, to, size, attributes)
  return name.length < 100 && to.length < 100
    ? own
    : Bytes.concat([...long("longTarget", to), ...long("longName", name), own])
}

/** A file whose content is to be put into an archive in memory. @category models @since 0.1.0 */
export interface Announced {
  readonly path: string
  readonly bytes: number
  readonly attributes: Attributes
}

/** Where a file lies in an archive in memory: its headers, its content, and behind its padding the next file. @category models @since 0.1.0 */
export interface Place {
  readonly start: number
  readonly content: number
  readonly end: number
}

/**
 * Room for an archive of files that are small enough to be held: their places, and `close`, which writes what stands around
 * their contents once those are there. One byte behind a content may be anything until then.
 *
 * @category constructors
 * @since 0.1.0
 */
export const layOut = (
  files: ReadonlyArray<Announced>
): { readonly archive: Uint8Array; readonly places: ReadonlyArray<Place>; readonly close: () => void } => {
  const headers = files.map(({ attributes, bytes, path }) => header("file", path, "", bytes, attributes))
  const places: Array<Place> = []
  let start = 0
  files.forEach(({ bytes }, index) => {
    const content = start + (headers[index]?.length ?? 0)
    const end = content + bytes + padding(bytes)
    places.push({ start, content, end })
    start = end
  })
  const archive = new Uint8Array(start + 1)
  return {
    archive,
    places,
    close: () => {
      files.forEach(({ bytes }, index) => {
        const place = places[index]
        if (place === undefined) return
        archive.set(headers[index] ?? none, place.start)
        archive.fill(0, place.content + bytes, place.end)
      })
    }
  }
}

/** A file in memory. @category constructors @since 0.1.0 */
export const file = (path: string, content: Uint8Array, attributes: Attributes): Uint8Array =>
  Bytes.concat([header("file", path, "", content.length, attributes), content, new Uint8Array(padding(content.length))])

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
