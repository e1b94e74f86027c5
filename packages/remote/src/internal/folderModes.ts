/**
 * Modes and times of folders, which are set when everything in them has come.
 *
 * @since 0.1.0
 */
import type { Entry } from "../Listing.ts"
import type { LocalFolder } from "../ProjectFiles.ts"
import type { Attributes } from "./archive.ts"

/** A folder stays its owner's to write: the next copy comes into it too. @category conversions @since 0.1.0 */
export const kept = (mode: number): number => (mode & 0o777) | 0o700

/** What a folder is to get. @category conversions @since 0.1.0 */
export const attributesOf = ({ mode, mtimeMs }: LocalFolder): Attributes => ({
  mode: kept(mode),
  mtimeSeconds: Math.max(0, Math.floor(mtimeMs / 1000))
})

/** Those that have another mode there, or are not there. Times tell nothing: whatever comes into a folder changes its. @category decisions @since 0.1.0 */
export const differing = (
  here: ReadonlyArray<LocalFolder>,
  there: ReadonlyArray<Entry>
): ReadonlyArray<LocalFolder> => {
  const modes = new Map(there.flatMap(({ kind, mode, path }) => (kind === "folder" ? [[path, mode]] : [])))
  return here.filter(({ mode, path }) => modes.get(path) !== kept(mode))
}
