/**
 * Many local files at once: what a platform can do much faster than one after another.
 *
 * @since 0.1.0
 */
import * as Bytes from "effect/Bytes"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"

/**
 * One entry of a folder, links not followed.
 *
 * @category models
 * @since 0.1.0
 */
export interface LocalEntry {
  readonly name: string
  readonly kind: "file" | "link" | "folder" | "other"
  readonly bytes: number
  readonly mtimeMs: number
  readonly mode: number
}

/**
 * A file to write whole.
 *
 * **Units**  mtimeSeconds: whole seconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Written {
  readonly path: string
  readonly content: Uint8Array
  readonly mode: number
  readonly mtimeSeconds: number | undefined
}

/** What a folder is to have. **Units**  mtimeSeconds as in `Written` @category models @since 0.1.0 */
export interface Folder {
  readonly path: string
  readonly mode: number
  readonly mtimeSeconds: number
}

/** A file of which so many bytes are read to `at`; others behind them are a mistake or left out. @category models @since 0.1.0 */
export interface Reading {
  readonly path: string
  readonly at: number
  readonly bytes: number
  readonly mayBeLonger: boolean
}

type Platform = FileSystem.FileSystem | Path.Path

/**
 * What can be done with many files at once. An entry that is gone meanwhile, or whose name nobody can say, has kind
 * `other`; a written file replaces what was there at once or not at all.
 *
 * @category models
 * @since 0.1.0
 */
export interface LocalFiles {
  readonly list: (folder: string) => Effect.Effect<ReadonlyArray<LocalEntry>, PlatformError, Platform>
  /**
   * Reads files into their places in an array, and answers the indices of those that are not as long as was said. The byte
   * behind a place may be overwritten.
   */
  readonly readInto: (
    target: Uint8Array,
    files: ReadonlyArray<Reading>
  ) => Effect.Effect<ReadonlyArray<number>, PlatformError, Platform>
  /** Adds pieces at the end of a file, or makes it of them. */
  readonly append: (
    path: string,
    pieces: ReadonlyArray<Uint8Array>,
    isFirst: boolean
  ) => Effect.Effect<void, PlatformError, Platform>
  /** Gives folders their modes and times, one after another. */
  readonly settle: (folders: ReadonlyArray<Folder>) => Effect.Effect<void, PlatformError, Platform>
  /** `unfinished` is where each lies, or beside it, before it is whole. */
  readonly write: (files: ReadonlyArray<Written>, unfinished: string) => Effect.Effect<void, PlatformError, Platform>
}

const kinds: Readonly<Record<string, LocalEntry["kind"]>> = {
  File: "file",
  SymbolicLink: "link",
  Directory: "folder"
}

const atOnce = { concurrency: 16 } as const

/** Through `FileSystem` alone, wherever nothing faster is at hand. @category constructors @since 0.1.0 */
export const portable: LocalFiles = {
  list: Effect.fn("LocalFiles.list")(function* (folder) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const names = yield* fs.readDirectory(folder)
    return yield* Effect.forEach(
      names,
      (name) =>
        Effect.map(Effect.option(fs.lstat(path.join(folder, name))), (found): LocalEntry =>
          Option.match(found, {
            onNone: () => ({ name, kind: "other", bytes: 0, mtimeMs: 0, mode: 0 }),
            onSome: ({ mode, mtime, size, type }) => ({
              name,
              kind: kinds[type] ?? "other",
              bytes: Number(size),
              mtimeMs: Option.match(mtime, { onNone: () => 0, onSome: (time) => time.getTime() }),
              mode: mode & 0o777
            })
          })
        ),
      atOnce
    )
  }),
  readInto: Effect.fn("LocalFiles.readInto")(function* (target, files) {
    const fs = yield* FileSystem.FileSystem
    const fitting = yield* Effect.forEach(
      files,
      ({ at, bytes, mayBeLonger, path }) =>
        Effect.map(fs.readFile(path), (content) => {
          const isFitting = mayBeLonger ? content.length >= bytes : content.length === bytes
          if (isFitting) target.set(content.subarray(0, bytes), at)
          return isFitting
        }),
      atOnce
    )
    return fitting.flatMap((isFitting, index) => (isFitting ? [] : [index]))
  }),
  append: Effect.fn("LocalFiles.append")(function* (path, pieces, isFirst) {
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFile(path, Bytes.concat(pieces), { flag: isFirst ? "w" : "a", mode: 0o600 })
  }),
  settle: Effect.fn("LocalFiles.settle")(function* (folders) {
    const fs = yield* FileSystem.FileSystem
    for (const { mode, mtimeSeconds, path } of folders) {
      yield* fs.chmod(path, mode & 0o777)
      const time = DateTime.toDateUtc(DateTime.makeUnsafe(mtimeSeconds * 1000))
      yield* fs.utimes(path, time, time)
    }
  }),
  write: Effect.fn("LocalFiles.write")(function* (files, unfinished) {
    const fs = yield* FileSystem.FileSystem
    yield* Effect.forEach(
      files,
      ({ content, mode, mtimeSeconds, path }, index) => {
        const part = `${unfinished}${index}`
        return Effect.gen(function* () {
          yield* fs.writeFile(part, content, { flag: "w", mode: 0o600 })
          yield* fs.chmod(part, mode & 0o777)
          if (mtimeSeconds !== undefined) {
            const time = DateTime.toDateUtc(DateTime.makeUnsafe(mtimeSeconds * 1000))
            yield* fs.utimes(part, time, time)
          }
          yield* fs.rename(part, path)
        }).pipe(Effect.onError(() => Effect.ignore(fs.remove(part))))
      },
      { ...atOnce, discard: true }
    )
  })
}

/**
 * How many files are handled: `portable` unless a platform brings something faster.
 *
 * @category references
 * @since 0.1.0
 */
export const LocalFiles: Context.Reference<LocalFiles> = Context.Reference<LocalFiles>("@runctl/remote/LocalFiles", {
  defaultValue: () => portable
})

/** Every file below a folder by its path, with slashes; nothing for a folder that is not there. @category accessors @since 0.1.0 */
export const walk = Effect.fn("LocalFiles.walk")(function* (
  folder: string
): Effect.fn.Return<ReadonlyMap<string, LocalEntry>, never, Platform> {
  const { list } = yield* LocalFiles
  const path = yield* Path.Path
  const found = new Map<string, LocalEntry>()
  const below = [""]
  for (const name of below) {
    const entries = yield* Effect.orElseSucceed(list(path.join(folder, name)), () => [])
    for (const entry of entries) {
      const full = name === "" ? entry.name : `${name}/${entry.name}`
      if (entry.kind === "folder") below.push(full)
      else found.set(full, entry)
    }
  }
  return found
})
