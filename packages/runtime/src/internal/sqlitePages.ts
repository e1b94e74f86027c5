import type { SqliteValue } from "../Sqlite.ts"
import { committedFrames } from "./walFile.ts"

// It exists wherever this package runs; the compiler is told of no platform's types.
declare class TextDecoder {
  constructor(encoding: string, options: { readonly ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

/** A row found in a page: its row id, and its columns as far as they could be read. */
export interface FoundRow {
  readonly rowid: number
  readonly columns: ReadonlyArray<SqliteValue>
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
const magic = "SQLite format 3\0"
const databaseHeader = 100
const tableLeaf = 13
const commonPageSize = 4096
const longestPayload = 64 * 1024 * 1024

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65_536 + u16(bytes, at + 2)

/** A big-endian integer of one to nine bytes, seven bits each, and where it ends. */
const varint = (bytes: Uint8Array, at: number): readonly [value: number, next: number] => {
  let value = 0
  for (let index = 0; index < 8; index++) {
    const byte = bytes[at + index] ?? 0
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return [value, at + index + 1]
  }
  return [value * 256 + (bytes[at + 8] ?? 0), at + 9]
}

const signed = (bytes: Uint8Array, at: number, length: number): number => {
  let value = (bytes[at] ?? 0) >= 0x80 ? -1 : 0
  for (let index = 0; index < length; index++) value = value * 256 + (bytes[at + index] ?? 0)
  return value
}

const integerLengths = [0, 1, 2, 3, 4, 6, 8] as const

/** One column by its serial type, and its length in bytes. */
const column = (bytes: Uint8Array, at: number, type: number): readonly [value: SqliteValue, length: number] => {
  if (type === 0) return [null, 0]
  if (type === 8 || type === 9) return [type - 8, 0]
  const integer = integerLengths[type]
  if (integer !== undefined) return [signed(bytes, at, integer), integer]
  // We store no floating-point numbers; 10 and 11 are never written.
  if (type < 12) return [null, 8]
  const length = Math.floor((type - 12) / 2)
  const content = bytes.subarray(at, at + length)
  return [type % 2 === 1 ? decoder.decode(content) : content, length]
}

/** The columns of a record; `undefined` when its lengths do not add up. */
const record = (payload: Uint8Array): ReadonlyArray<SqliteValue> | undefined => {
  const [headerEnd, first] = varint(payload, 0)
  if (headerEnd > payload.length) return undefined
  const columns: Array<SqliteValue> = []
  let at = headerEnd
  for (let next = first; next < headerEnd;) {
    const [type, after] = varint(payload, next)
    const [value, length] = column(payload, at, type)
    if (at + length > payload.length) return undefined
    columns.push(value)
    at += length
    next = after
  }
  return columns
}

/** The images of pages that were ever committed: in the database and in its write-ahead log. */
interface Images {
  readonly pageSize: number
  readonly all: ReadonlyArray<readonly [number: number, image: Uint8Array]>
  /** The newest image of a page. */
  readonly newest: ReadonlyMap<number, Uint8Array>
}

const isPageSize = (size: number): boolean => size >= 512 && size <= 65_536 && (size & (size - 1)) === 0

const pageSizeOf = (database: Uint8Array, wal: Uint8Array): number => {
  const isWhole = magic === String.fromCharCode(...database.subarray(0, magic.length))
  const told = u16(database, 16) === 1 ? 65_536 : u16(database, 16)
  if (isWhole && isPageSize(told)) return told
  const logged = u32(wal, 8)
  return isPageSize(logged) ? logged : commonPageSize
}

const imagesOf = (database: Uint8Array, wal: Uint8Array): Images => {
  const pageSize = pageSizeOf(database, wal)
  const count = Math.ceil(database.length / pageSize)
  const main = Array.from({ length: count }, (_, index): readonly [number, Uint8Array] => [
    index + 1,
    database.subarray(index * pageSize, (index + 1) * pageSize)
  ])
  const logged = committedFrames(wal, pageSize).map(({ image, page }): readonly [number, Uint8Array] => [page, image])
  const all = [...main, ...logged]
  return { pageSize, all, newest: new Map(all) }
}

/** A payload, its end fetched from overflow pages where it does not fit; `undefined` when the chain is broken. */
const payloadAt = (images: Images, page: Uint8Array, at: number, length: number): Uint8Array | undefined => {
  const usable = images.pageSize
  const most = usable - 35
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const spilled = least + ((length - least) % (usable - 4))
  const local = length <= most ? length : spilled <= most ? spilled : least
  if (at + local > page.length) return undefined
  if (local === length) return page.subarray(at, at + length)
  const payload = new Uint8Array(length)
  payload.set(page.subarray(at, at + local))
  let filled = local
  let next = u32(page, at + local)
  while (filled < length) {
    const overflow = images.newest.get(next)
    if (next === 0 || overflow === undefined) return undefined
    const part = overflow.subarray(4, 4 + Math.min(usable - 4, length - filled))
    payload.set(part, filled)
    if (part.length === 0) return undefined
    filled += part.length
    next = u32(overflow, 0)
  }
  return payload
}

const rowAt = (images: Images, page: Uint8Array, at: number): FoundRow | undefined => {
  const [length, afterLength] = varint(page, at)
  const [rowid, start] = varint(page, afterLength)
  if (length > longestPayload || !Number.isSafeInteger(rowid)) return undefined
  const payload = payloadAt(images, page, start, length)
  const columns = payload === undefined ? undefined : record(payload)
  return columns === undefined ? undefined : { rowid, columns }
}

/**
 * Every row in every table page of a database file and its write-ahead log, whatever state its trees are in.
 *
 * **Details**  old versions and other tables' rows are among them, and damaged ones: who calls must recognise his own.
 * Never throws.
 *
 * @source https://sqlite.org/fileformat2.html (read 2026-11-21)
 */
export const rowsIn = function* (database: Uint8Array, wal: Uint8Array): Generator<FoundRow> {
  const images = imagesOf(database, wal)
  for (const [number, page] of images.all) {
    const header = number === 1 ? databaseHeader : 0
    if (page[header] !== tableLeaf) continue
    const cells = Math.min(u16(page, header + 3), images.pageSize / 4)
    for (let cell = 0; cell < cells; cell++) {
      const at = u16(page, header + 8 + cell * 2)
      const row = at === 0 ? undefined : rowAt(images, page, at)
      if (row !== undefined) yield row
    }
  }
}
