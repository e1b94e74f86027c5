/**
 * Small files read together into one archive in memory.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Failure from "../Failure.ts"
import type { LocalFiles } from "../LocalFiles.ts"
import type { LocalFile } from "../ProjectFiles.ts"
import type { Digesting } from "../Sha256.ts"
import * as archive from "./archive.ts"
import { smallBytes } from "./batches.ts"

/** A file with a content. @category models @since 0.1.0 */
export type Content = Extract<LocalFile, { readonly kind: "file" }>

/** A file that was small when it was listed is held whole up to this size. */
const mostHeld = 64 * smallBytes

/** Mode and time as they go along. @category conversions @since 0.1.0 */
export const attributesOf = (file: Content): archive.Attributes => ({
  mode: file.mode,
  mtimeSeconds: Math.max(0, Math.floor(file.mtimeMs / 1000))
})

/** What reading needs. `folder` is where the files are to go. @category models @since 0.1.0 */
export interface Reading {
  readonly fs: FileSystem.FileSystem
  readonly localFiles: LocalFiles
  readonly digesting: Digesting
  readonly platform: <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem | Path.Path>) => Effect.Effect<A, E>
  readonly localFolder: string
  readonly folder: string
  readonly localName: (file: Content) => string
}

/** Files as they were read, and the pieces of an archive of all but some. @category models @since 0.1.0 */
export interface Held {
  readonly files: ReadonlyArray<{ readonly file: Content; readonly sha256: string }>
  readonly without: (isLeftOut: (index: number) => boolean) => ReadonlyArray<Uint8Array>
}

/**
 * Some have another size than when they were listed: what they have now is sent, though they may grow on. A file that
 * became shorter again, or too large to be held, is given up.
 */
const measured = Effect.fnUntraced(function* (
  { fs, localName }: Reading,
  files: ReadonlyArray<Content>,
  changed: ReadonlyArray<number>,
  measuredAgain: ReadonlySet<number>
): Effect.fn.Return<ReadonlyArray<Content>, JobError> {
  const sizes = new Map<number, number>()
  for (const index of changed) {
    const file = files[index]
    if (file === undefined) continue
    const name = localName(file)
    const { size } = yield* fs.stat(name).pipe(Effect.mapError(Failure.fromPlatform("prepare", name)))
    if (Number(size) > mostHeld || measuredAgain.has(index)) {
      return yield* Failure.local("prepare", name, `${file.path} changed while it was sent`)
    }
    sizes.set(index, Number(size))
  }
  return files.map((file, index) => ({ ...file, bytes: sizes.get(index) ?? file.bytes }))
})

/**
 * Reads files as they are now.
 *
 * **Errors**   `LocalFileFailed` for one that cannot be read, or changes too much meanwhile.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hold = (
  files: ReadonlyArray<Content>,
  reading: Reading,
  measuredAgain: ReadonlySet<number> = new Set()
): Effect.Effect<Held, JobError> =>
  Effect.gen(function* () {
    const { digesting, folder, localFiles, localFolder, localName, platform } = reading
    const room = archive.layOut(
      files.map((file) => ({ path: `${folder}/${file.path}`, bytes: file.bytes, attributes: attributesOf(file) }))
    )
    const changed = yield* localFiles
      .readInto(
        room.archive,
        files.map((file, index) => ({
          path: localName(file),
          at: room.places[index]?.content ?? 0,
          bytes: file.bytes,
          mayBeLonger: measuredAgain.has(index)
        }))
      )
      .pipe(platform, Effect.mapError(Failure.fromPlatform("prepare", localFolder)))
    if (changed.length > 0) {
      const again = yield* measured(reading, files, changed, measuredAgain)
      return yield* hold(again, reading, new Set([...measuredAgain, ...changed]))
    }
    room.close()
    return {
      files: files.map((file, index) => {
        const { content = 0 } = room.places[index] ?? {}
        return { file, sha256: digesting.digest(room.archive.subarray(content, content + file.bytes)) }
      }),
      without: (isLeftOut) => {
        const pieces: Array<Uint8Array> = []
        let from = 0
        room.places.forEach(({ end, start }, index) => {
          if (!isLeftOut(index)) return
          pieces.push(room.archive.subarray(from, start))
          from = end
        })
        pieces.push(room.archive.subarray(from, room.places.at(-1)?.end ?? 0))
        return pieces.filter(({ length }) => length > 0)
      }
    }
  })
