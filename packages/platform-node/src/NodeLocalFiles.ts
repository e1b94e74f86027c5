/**
 * Many small files at once with Node's synchronous calls: what takes microseconds is not worth a thread's.
 *
 * @since 0.1.0
 */
import type { LocalEntry, Reading, Written } from "@runctl/remote/LocalFiles"
import { LocalFiles } from "@runctl/remote/LocalFiles"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type PlatformError, systemError } from "effect/PlatformError"
import {
  chmodSync,
  closeSync,
  fchmodSync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  utimesSync,
  writeFileSync
} from "node:fs"
import { open } from "node:fs/promises"
import { join } from "node:path"

const tags: Readonly<Record<string, "NotFound" | "PermissionDenied" | "AlreadyExists">> = {
  ENOENT: "NotFound",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EEXIST: "AlreadyExists"
}

const failed =
  (method: string) =>
  (cause: unknown): PlatformError =>
    systemError({
      _tag: tags[codeOf(cause)] ?? "Unknown",
      module: "NodeLocalFiles",
      method,
      description: cause instanceof Error ? cause.message : String(cause),
      cause
    })

const codeOf = (cause: unknown): string => (cause instanceof Error && "code" in cause ? String(cause.code) : "")

const kindOf = (info: Stats): LocalEntry["kind"] => {
  if (info.isFile()) return "file"
  return info.isDirectory() ? "folder" : info.isSymbolicLink() ? "link" : "other"
}

const entryOf = (folder: string, name: string): LocalEntry => {
  const info = lstatSync(join(folder, name), { throwIfNoEntry: false })
  return info === undefined
    ? { name, kind: "other", bytes: 0, mtimeMs: 0, mode: 0 }
    : { name, kind: kindOf(info), bytes: info.size, mtimeMs: info.mtime.getTime(), mode: info.mode & 0o777 }
}

/** Whether a file has as many bytes as it is said to have, which are in their place then. */
const read = (target: Uint8Array, { at, bytes, mayBeLonger, path }: Reading): boolean => {
  const file = openSync(path, "r")
  try {
    // One byte more tells whether the file is longer.
    const most = Math.min(mayBeLonger ? bytes : bytes + 1, target.length - at)
    let count = 0
    while (count < most) {
      const some = readSync(file, target, at + count, most - count, null)
      if (some === 0) break
      count += some
    }
    return count === bytes
  } finally {
    closeSync(file)
  }
}

/** A file of ours that was left behind may lie there. */
const opened = (part: string): number => {
  try {
    return openSync(part, "wx", 0o600)
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error
    rmSync(part, { force: true })
    return openSync(part, "wx", 0o600)
  }
}

const write = ({ content, mode, mtimeSeconds, path }: Written, part: string): void => {
  const file = opened(part)
  try {
    try {
      writeFileSync(file, content)
      fchmodSync(file, mode & 0o777)
      if (mtimeSeconds !== undefined) futimesSync(file, mtimeSeconds, mtimeSeconds)
    } finally {
      closeSync(file)
    }
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

/** On another thread: what is appended is large, and others work meanwhile. */
const append = async (path: string, pieces: ReadonlyArray<Uint8Array>, isFirst: boolean): Promise<void> => {
  const file = await open(path, isFirst ? "w" : "a", 0o600)
  try {
    let left = pieces.filter(({ length }) => length > 0)
    while (left.length > 0) {
      let { bytesWritten } = await file.writev(left)
      left = left.flatMap((piece) => {
        const skipped = Math.min(bytesWritten, piece.length)
        bytesWritten -= skipped
        return skipped === piece.length ? [] : [piece.subarray(skipped)]
      })
    }
  } finally {
    await file.close()
  }
}

/** Synchronous calls for many small files. @category layers @since 0.1.0 */
export const layer: Layer.Layer<never> = Layer.succeed(LocalFiles, {
  list: (folder) =>
    Effect.try({ try: () => readdirSync(folder).map((name) => entryOf(folder, name)), catch: failed("list") }),
  readInto: (target, files) =>
    Effect.try({
      try: () => files.flatMap((file, index) => (read(target, file) ? [] : [index])),
      catch: failed("readInto")
    }),
  append: (path, pieces, isFirst) =>
    // What has begun ends before anybody else touches the file.
    Effect.uninterruptible(Effect.tryPromise({ try: () => append(path, pieces, isFirst), catch: failed("append") })),
  settle: (folders) =>
    Effect.try({
      try: () => {
        for (const { mode, mtimeSeconds, path } of folders) {
          const { mode: before, mtimeMs } = lstatSync(path)
          if ((before & 0o777) === mode && Math.floor(mtimeMs / 1000) === mtimeSeconds) continue
          chmodSync(path, mode & 0o777)
          utimesSync(path, mtimeSeconds, mtimeSeconds)
        }
      },
      catch: failed("settle")
    }),
  write: (files, unfinished) =>
    Effect.try({
      try: () => {
        for (const file of files) write(file, unfinished)
      },
      catch: failed("write")
    })
})
