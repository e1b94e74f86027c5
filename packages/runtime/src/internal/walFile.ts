/** One page as it was written to a write-ahead log. */
export interface WalFrame {
  readonly page: number
  readonly image: Uint8Array
}

const headerBytes = 32
const frameHeaderBytes = 24
const magics: ReadonlySet<number> = new Set([0x377f0682, 0x377f0683])

const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) * 2 ** 24 + ((bytes[at + 1] ?? 0) << 16) + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0)) >>> 0

const u32LittleEndian = (bytes: Uint8Array, at: number): number =>
  u32(new Uint8Array([bytes[at + 3] ?? 0, bytes[at + 2] ?? 0, bytes[at + 1] ?? 0, bytes[at] ?? 0]), 0)

/** The page size a log tells of; `undefined` when its header is not as SQLite writes it. */
const pageSizeIn = (wal: Uint8Array): number | undefined => {
  const magic = u32(wal, 0)
  if (!magics.has(magic)) return undefined
  // The last bit of the magic number says in which order the sums take the bytes of a word.
  const word = magic % 2 === 1 ? u32 : u32LittleEndian
  let first = 0
  let second = 0
  for (let at = 0; at < 24; at += 8) {
    first = (first + word(wal, at) + second) >>> 0
    second = (second + word(wal, at + 4) + first) >>> 0
  }
  return first === u32(wal, 24) && second === u32(wal, 28) ? u32(wal, 8) : undefined
}

/**
 * Frames of the present generation of a log, up to its last commit: what follows never happened.
 *
 * **Details**  sums are not looked at. Where the header is damaged, the first frame tells the generation.
 *
 * @source https://sqlite.org/fileformat2.html#the_write_ahead_log (read 2026-11-21)
 */
export const committedFrames = (wal: Uint8Array, pageSize: number): ReadonlyArray<WalFrame> => {
  const salts = pageSizeIn(wal) === undefined ? headerBytes + 8 : 16
  const committed: Array<WalFrame> = []
  const pending: Array<WalFrame> = []
  for (let at = headerBytes; at + frameHeaderBytes + pageSize <= wal.length; at += frameHeaderBytes + pageSize) {
    const isPresent = u32(wal, at + 8) === u32(wal, salts) && u32(wal, at + 12) === u32(wal, salts + 4)
    if (!isPresent) continue
    const image = wal.subarray(at + frameHeaderBytes, at + frameHeaderBytes + pageSize)
    pending.push({ page: u32(wal, at), image })
    const isCommit = u32(wal, at + 4) > 0
    if (isCommit) committed.push(...pending.splice(0))
  }
  return committed
}

/** How many frames of a log SQLite has to know of. */
export const committedCount = (wal: Uint8Array): number => {
  const pageSize = pageSizeIn(wal)
  return pageSize === undefined ? 0 : committedFrames(wal, pageSize).length
}

/** Whether a log begins as SQLite writes it: one that does not is passed over in silence, with all that is in it. */
export const isBegun = (wal: Uint8Array): boolean => wal.length <= headerBytes || pageSizeIn(wal) !== undefined
