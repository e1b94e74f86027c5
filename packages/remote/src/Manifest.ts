/**
 * What we sent to a folder on a machine, and what follows from it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { parseJson } from "./JsonLines.ts"
import type { Entry } from "./Listing.ts"
import type { LocalFile } from "./ProjectFiles.ts"

/**
 * One file as it was sent. `mtimeMs` is its time here, `sentSeconds` its time there.
 *
 * @category models
 * @since 0.1.0
 */
export const Sent = Schema.Struct({
  path: Schema.NonEmptyString,
  bytes: Schema.Int,
  mtimeMs: Schema.Finite,
  sentSeconds: Schema.Int,
  mode: Schema.Int,
  sha256: Schema.String
})
export type Sent = typeof Sent.Type

/** A link or an empty folder as it was sent. @category models @since 0.1.0 */
export const SentName = Schema.Struct({ path: Schema.NonEmptyString, target: Schema.NullOr(Schema.String) })
export type SentName = typeof SentName.Type

/**
 * Everything we sent to a folder. A file there that is not in it, or not as it says, was made by the job.
 *
 * **Units**  since: when the folder was first filled, in whole seconds since 1970-01-01 UTC by the machine's clock
 *
 * @category models
 * @since 0.1.0
 */
export const Manifest = Schema.Struct({
  v: Schema.Literal(1),
  since: Schema.Int,
  files: Schema.Array(Sent),
  names: Schema.Array(SentName)
})
export type Manifest = typeof Manifest.Type

const isManifest = Schema.is(Manifest)

/** The manifest behind its text; `undefined` for what we did not write. @category parsing @since 0.1.0 */
export const parse = (text: string): Manifest | undefined => {
  const value = parseJson(text)
  return isManifest(value) ? value : undefined
}

/** The text `parse` reads. @category formatting @since 0.1.0 */
export const print = (manifest: Manifest): string => JSON.stringify(manifest)

/** What was sent, as it lies there. @category conversions @since 0.1.0 */
export const asEntry = ({ bytes, mode, path, sentSeconds }: Sent): Entry => ({
  path,
  kind: "file",
  bytes,
  mode,
  mtimeSeconds: sentSeconds
})

type Named = Exclude<LocalFile, { readonly kind: "file" }>
type Content = Extract<LocalFile, { readonly kind: "file" }>

/**
 * How a folder on a machine becomes like the local one.
 *
 * **Details**  `clear` stands in the way of what comes and goes first, with everything in it; `remove` we sent once and
 * is gone here; `verify` may be unchanged in spite of its time: its digest decides.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncPlan {
  readonly clear: ReadonlyArray<string>
  readonly remove: ReadonlyArray<string>
  readonly send: ReadonlyArray<Content>
  readonly verify: ReadonlyArray<{ readonly file: Content; readonly sent: Sent }>
  readonly names: ReadonlyArray<Named>
  readonly kept: ReadonlyArray<Sent>
}

/** Whether a file on the machine still is what we sent. @category predicates @since 0.1.0 */
export const isAsSent = (sent: Sent, there: Entry | undefined): boolean =>
  there?.kind === "file" &&
  there.bytes === sent.bytes &&
  there.mtimeSeconds === sent.sentSeconds &&
  there.mode === sent.mode

const isThere = (file: Named, sent: SentName | undefined, there: Entry | undefined): boolean =>
  file.kind === "folder"
    ? there?.kind === "folder"
    : there?.kind === "link" && sent !== undefined && sent.target === file.target

/** A file there that looks like the one here, though we do not remember that we sent it. */
const likeness = (file: Content, there: Entry | undefined): Sent | undefined => {
  const { bytes, mode, mtimeMs, path } = file
  const sentSeconds = Math.floor(mtimeMs / 1000)
  const isLike =
    there?.kind === "file" && there.bytes === bytes && there.mode === mode && there.mtimeSeconds === sentSeconds
  return isLike ? { path, bytes, mode, mtimeMs, sentSeconds, sha256: "" } : undefined
}

/** Every folder above some paths. */
const foldersAbove = (paths: Iterable<string>): Set<string> => {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at)
      // Then those above it are known too.
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/**
 * Compares what is here, what is there and what we sent. With `trustsSizeAndTime` a file that we do not remember is the
 * same when its size, time and mode are.
 *
 * @category decisions
 * @since 0.1.0
 */
export const plan = (
  local: ReadonlyArray<LocalFile>,
  sent: Manifest | undefined,
  there: ReadonlyArray<Entry>,
  options: { readonly trustsSizeAndTime?: boolean } = {}
): SyncPlan => {
  const remote = new Map(there.map((entry) => [entry.path, entry]))
  const sentFiles = new Map((sent?.files ?? []).map((file) => [file.path, file]))
  const sentNames = new Map((sent?.names ?? []).map((name) => [name.path, name]))
  const wanted = new Set(local.map((file) => file.path))
  const wantedFolders = foldersAbove(wanted)
  for (const { kind, path } of local) if (kind === "folder") wantedFolders.add(path)

  const inTheWay = (entry: Entry): boolean =>
    wantedFolders.has(entry.path) ? entry.kind !== "folder" : wanted.has(entry.path) && entry.kind === "folder"
  const clear = there.filter(inTheWay).map((entry) => entry.path)

  const gone = [
    ...[...sentFiles.values()].filter((file) => isAsSent(file, remote.get(file.path))),
    ...[...sentNames.values()].filter((name) => name.target !== null && remote.get(name.path)?.kind === "link")
  ]
  const remove = gone.map(({ path }) => path).filter((path) => !wanted.has(path) && !wantedFolders.has(path))

  const send: Array<Content> = []
  const verify: Array<{ readonly file: Content; readonly sent: Sent }> = []
  const names: Array<Named> = []
  const kept: Array<Sent> = []
  for (const file of local) {
    if (file.kind !== "file") {
      if (!isThere(file, sentNames.get(file.path), remote.get(file.path))) names.push(file)
      continue
    }
    const known = sentFiles.get(file.path)
    const like = options.trustsSizeAndTime === true ? likeness(file, remote.get(file.path)) : undefined
    if (known === undefined && like !== undefined) kept.push(like)
    else if (known === undefined || known.bytes !== file.bytes || known.mode !== file.mode) send.push(file)
    else if (!isAsSent(known, remote.get(file.path))) send.push(file)
    else if (known.mtimeMs === file.mtimeMs) kept.push(known)
    else verify.push({ file, sent: known })
  }
  return { clear, remove, send, verify, names, kept }
}

/**
 * The files a job made or changed among those in its folder. `doubtful` may be unchanged: a digest decides.
 *
 * **Details**  a file's time alone proves nothing while it is not older than the folder itself.
 *
 * @category decisions
 * @since 0.1.0
 */
export const made = (
  sent: Manifest | undefined,
  there: ReadonlyArray<Entry>
): {
  readonly made: ReadonlyArray<Entry>
  readonly doubtful: ReadonlyArray<{ readonly entry: Entry; readonly sha256: string }>
} => {
  const sentFiles = new Map((sent?.files ?? []).map((file) => [file.path, file]))
  const since = sent?.since ?? 0
  const made: Array<Entry> = []
  const doubtful: Array<{ readonly entry: Entry; readonly sha256: string }> = []
  for (const entry of there) {
    if (entry.kind !== "file") continue
    const known = sentFiles.get(entry.path)
    if (known === undefined || known.bytes !== entry.bytes) made.push(entry)
    else if (known.sentSeconds !== entry.mtimeSeconds || known.sentSeconds >= since - 1) {
      doubtful.push({ entry, sha256: known.sha256 })
    }
  }
  return { made, doubtful }
}
