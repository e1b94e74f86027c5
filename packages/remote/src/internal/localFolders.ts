/**
 * Local folders for what a machine sends: made one by one, so that no link leads out.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Failure from "../Failure.ts"
import type { Entry } from "../Listing.ts"
import { LocalFiles } from "../LocalFiles.ts"
import { kept } from "./folderModes.ts"

/**
 * Makes the folders of files below a folder, each once.
 *
 * **Errors**   `PathEscapes` where a symbolic link lies in the way, `LocalFileFailed` where something else does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  fs: FileSystem.FileSystem,
  path: Path.Path,
  operation: Failure.Operation,
  localFolder: string
): ((name: string) => Effect.Effect<void, JobError>) => {
  const ready = new Set<string>([""])
  const failing = (name: string) => Effect.mapError(Failure.fromPlatform(operation, name))

  const makeOne = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<void, JobError> {
    const local = path.join(localFolder, folder)
    const found = yield* Effect.option(fs.lstat(local))
    if (found._tag === "Some" && found.value.type === "SymbolicLink") {
      return yield* Failure.escapes(operation, folder, `${local} is a symbolic link: nothing is written through it`)
    }
    if (found._tag === "None") yield* fs.makeDirectory(local).pipe(failing(local))
    else if (found.value.type !== "Directory") {
      return yield* Failure.local(operation, local, `${local} is not a folder`)
    }
    ready.add(folder)
  })

  return (name) => {
    const parts = name.split("/").slice(0, -1)
    if (ready.has(parts.join("/"))) return Effect.void
    const folders = parts.map((_, index) => parts.slice(0, index + 1).join("/")).filter((folder) => !ready.has(folder))
    return Effect.forEach(folders, makeOne, { discard: true })
  }
}

/**
 * Makes folders as they are there, with their modes and times, once everything in them is here. `makeFolders` comes from
 * `make`.
 *
 * **Errors**   as `make`
 *
 * @category mutations
 * @since 0.1.0
 */
export const place = Effect.fnUntraced(function* (
  operation: Failure.Operation,
  localFolder: string,
  folders: ReadonlyArray<Entry>,
  makeFolders: (name: string) => Effect.Effect<void, JobError>
): Effect.fn.Return<void, JobError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (folders.length === 0) return
  yield* fs
    .makeDirectory(localFolder, { recursive: true })
    .pipe(Effect.mapError(Failure.fromPlatform(operation, localFolder)))
  for (const { path: name } of folders) yield* makeFolders(`${name}/`)
  const { settle } = yield* LocalFiles
  const settled = folders.map(({ mode, mtimeSeconds, path: name }) => ({
    path: path.join(localFolder, name),
    mode: kept(mode),
    mtimeSeconds
  }))
  yield* settle(settled).pipe(Effect.mapError(Failure.fromPlatform(operation, localFolder)))
})
