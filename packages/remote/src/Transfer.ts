/**
 * Moves files and folders between this computer and a machine by name.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { OutputFile, UnitId } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as CodeSync from "./CodeSync.ts"
import * as Digests from "./Digests.ts"
import * as Download from "./Download.ts"
import * as Failure from "./Failure.ts"
import { quote } from "./internal/quote.ts"
import { run, runBytes, within } from "./internal/run.ts"
import { decode } from "./internal/utf8.ts"
import * as Layout from "./Layout.ts"
import * as Listing from "./Listing.ts"
import * as ProjectFiles from "./ProjectFiles.ts"
import * as Sha256 from "./Sha256.ts"
import { nonce } from "./Survey.ts"

type Platform = FileSystem.FileSystem | Path.Path

interface Remote {
  readonly isFolder: boolean
  readonly folder: string
  readonly files: ReadonlyArray<OutputFile>
}

/** Looks at what `$p` names once `setPath` has run in the machine's home. */
const look = Effect.fnUntraced(function* (
  shell: Shell,
  operation: Failure.Operation,
  name: string,
  setPath: string
): Effect.fn.Return<Remote, JobError> {
  const mark = yield* nonce
  const where = `${setPath}
[ -e "$p" ] || { echo 'no such file or folder on the machine' >&2; exit 1; }
case $p in /*) ;; *) p=./$p ;; esac
n=
[ -d "$p" ] || { n=\${p##*/} p=\${p%/*}; }
cd "$p/" && printf '%s${mark}%s' "$PWD" "$n"`
  const found = yield* run(shell, operation, { script: "exec sh", stdin: where }).pipe(within(operation, defaults.read))
  if (found.exitCode !== 0) {
    return yield* Failure.refused(operation, `${name}: ${Failure.lastLines(found.stderr, 2)}`)
  }
  const [folder = "", file = ""] = found.stdout.split(mark)
  const isFolder = file === ""
  const script = `${Listing.script(folder, mark, { filesOnly: true, ...(isFolder ? {} : { only: file }) })}exit 0`
  const answer = yield* runBytes(shell, operation, { script: "exec sh", stdin: script }).pipe(
    within(operation, defaults.read)
  )
  const entries = Listing.parse(decode(answer.stdout), mark)
  return { isFolder, folder, files: yield* Digests.of(shell, operation, folder, entries) }
})

const moving = (operation: Failure.Operation, name: string) => Effect.mapError(Failure.fromPlatform(operation, name))

/** Puts one downloaded file, or a whole folder, in its place at once. */
const intoPlace = Effect.fnUntraced(function* (
  shell: Shell,
  remote: Remote,
  local: string
): Effect.fn.Return<void, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const parent = path.dirname(local)
  yield* fs.makeDirectory(parent, { recursive: true }).pipe(moving("download", parent))
  const unfinished = path.join(parent, `.runctl-${(yield* Random.nextInt).toString(36)}.part`)
  const [first] = remote.files
  const arrived = remote.isFolder || first === undefined ? unfinished : path.join(unfinished, first.path)
  yield* Download.files(shell, "download", remote.folder, remote.files, unfinished).pipe(
    Effect.andThen(Effect.ignore(remote.isFolder ? fs.remove(local, { recursive: true, force: true }) : Effect.void)),
    Effect.andThen(fs.rename(arrived, local).pipe(moving("download", local))),
    Effect.ensuring(Effect.ignore(fs.remove(unfinished, { recursive: true, force: true })))
  )
})

/**
 * Brings a file or folder. A file comes to `localPath`, or into it when that is a folder; a folder's files come into
 * `localPath`, beside what lies there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const download = Effect.fn("Transfer.download")(function* (
  shell: Shell,
  remotePath: string,
  localPath: string
): Effect.fn.Return<ReadonlyArray<OutputFile>, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const remote = yield* look(shell, "download", remotePath, `p=${quote(remotePath)}`)
  if (remote.isFolder) {
    yield* Download.files(shell, "download", remote.folder, remote.files, localPath)
    return remote.files
  }
  const [file] = remote.files
  if (file === undefined) return yield* Failure.refused("download", `${remotePath} is not a regular file`)
  const there = yield* Effect.option(fs.stat(localPath))
  const isInto = localPath.endsWith(path.sep) || (there._tag === "Some" && there.value.type === "Directory")
  if (isInto) yield* Download.files(shell, "download", remote.folder, remote.files, localPath)
  else yield* intoPlace(shell, remote, localPath)
  return remote.files
})

/** A checkpoint may be told twice, by the script and by the runner; large ones are not brought twice. */
const isHere = Effect.fnUntraced(function* (
  file: OutputFile,
  local: string
): Effect.fn.Return<boolean, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const there = yield* Effect.option(fs.stat(local))
  if (there._tag === "None" || there.value.type !== "File" || Number(there.value.size) !== file.bytes) return false
  return (yield* Effect.option(Sha256.ofStream(fs.stream(local)))).pipe(Option.contains(file.sha256))
})

/**
 * Brings one checkpoint, a file or a folder, whole or not at all. What lies at `localPath` is replaced at the very end.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fetchCheckpoint = Effect.fn("Transfer.fetchCheckpoint")(function* (
  shell: Shell,
  unit: UnitId,
  checkpoint: string,
  localPath: string
): Effect.fn.Return<OutputFile, JobError, Platform> {
  const layout = Layout.of(unit)
  const setPath = `p=${quote(checkpoint)} c=
{ read -r c <${layout.state}/checkpoint_dir; } 2>/dev/null
case $p in /*) ;; *) p=\${c:-${layout.checkpoints}}/$p ;; esac`
  const remote = yield* look(shell, "download", checkpoint, setPath)
  const [file] = remote.files
  if (file === undefined) return yield* Failure.refused("download", `the checkpoint ${checkpoint} is empty`)
  if (!remote.isFolder) {
    if (!(yield* isHere(file, localPath))) yield* intoPlace(shell, remote, localPath)
    return file
  }
  yield* intoPlace(shell, remote, localPath)
  const bytes = remote.files.reduce((sum, each) => sum + each.bytes, 0)
  return { path: checkpoint, bytes, mode: 0o755, sha256: yield* Digests.ofListing(remote.files) }
})

/**
 * Brings a local file or folder to a path on the machine. What lies there beside it stays.
 *
 * @category combinators
 * @since 0.1.0
 */
export const upload = Effect.fn("Transfer.upload")(function* (
  shell: Shell,
  localPath: string,
  remotePath: string
): Effect.fn.Return<ReadonlyArray<OutputFile>, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const info = yield* fs.stat(localPath).pipe(moving("upload", localPath))
  const isFolder = info.type === "Directory"
  const isInto = isFolder || remotePath.endsWith("/")
  const folder = isInto
    ? remotePath.replace(/\/+$/, "") || "/"
    : remotePath.replace(/\/?[^/]*$/, "") || (remotePath.startsWith("/") ? "/" : ".")
  const name = isInto ? path.basename(localPath) : remotePath.slice(remotePath.lastIndexOf("/") + 1)
  const files = isFolder
    ? yield* ProjectFiles.list("upload", localPath, { rules: "none" })
    : { files: [yield* ProjectFiles.one("upload", localPath, name)], skipped: [] }
  const manifest = yield* CodeSync.sync(shell, {
    step: "data",
    local: isFolder ? localPath : path.dirname(localPath),
    files,
    folder,
    manifest: undefined,
    survey: { now: 0, manifest: undefined, entries: [] },
    also: [],
    emit: () => Effect.void,
    ...(isFolder ? {} : { localNames: new Map([[name, localPath]]) })
  })
  return manifest.files.map(({ path, bytes, mode, sha256 }) => ({ path, bytes, mode, sha256 }))
})
