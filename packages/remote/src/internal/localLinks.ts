/**
 * Symbolic links from a machine that is not trusted: only those that stay in the folder they come into.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Failure from "../Failure.ts"
import * as localFolders from "./localFolders.ts"

/** A link by its name, with slashes, and what it says. @category models @since 0.1.0 */
export interface Link {
  readonly path: string
  readonly target: string
}

/**
 * Whether a link leads to something in its own folder tree, whatever other such links there are: it first goes up, no
 * further than to the top, and then only down. A `..` behind a name could come after a link, and lead anywhere.
 *
 * @category predicates
 * @since 0.1.0
 */
export const staysInside = ({ path, target }: Link, separator: string): boolean => {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false
  if (separator === "\\" && /[\\:]/.test(target)) return false
  const parts = target.split("/").filter((part) => part !== "" && part !== ".")
  const ups = parts.findIndex((part) => part !== "..")
  const up = ups < 0 ? parts.length : ups
  return up < path.split("/").length && parts.slice(up).every((part) => part !== "..")
}

/**
 * Makes links in a folder, once everything else is there; answers the names of those that were left out: they lead away, or
 * a folder lies in their place.
 *
 * **Errors**   `PathEscapes` where a link would be made through another one.
 *
 * @category mutations
 * @since 0.1.0
 */
export const place = Effect.fnUntraced(function* (
  operation: Failure.Operation,
  localFolder: string,
  links: ReadonlyArray<Link>
): Effect.fn.Return<ReadonlyArray<string>, JobError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (links.length === 0) return []
  yield* fs
    .makeDirectory(localFolder, { recursive: true })
    .pipe(Effect.mapError(Failure.fromPlatform(operation, localFolder)))
  const folders = localFolders.make(fs, path, operation, localFolder)
  const skipped: Array<string> = []
  for (const link of links) {
    const local = path.join(localFolder, link.path)
    if (!staysInside(link, path.sep)) {
      skipped.push(link.path)
      continue
    }
    yield* folders(link.path)
    const there = yield* Effect.option(fs.lstat(local))
    const kind = there._tag === "Some" ? there.value.type : undefined
    if (kind === "SymbolicLink" && (yield* Effect.orElseSucceed(fs.readLink(local), () => "")) === link.target) continue
    const made = (kind === undefined || kind === "Directory" ? Effect.void : fs.remove(local)).pipe(
      Effect.andThen(fs.symlink(link.target, local)),
      Effect.isSuccess
    )
    if (!(yield* made)) skipped.push(link.path)
  }
  return skipped
})
