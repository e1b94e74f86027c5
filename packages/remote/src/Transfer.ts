/**
 * Moves files and folders between this computer and a machine by name.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { Copied, CopyOptions, OutputFile, UnitId } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import ignore from "ignore"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Compression from "./Compression.ts"
import * as Digests from "./Digests.ts"
import * as Download from "./Download.ts"
import * as Failure from "./Failure.ts"
import * as localFolders from "./internal/localFolders.ts"
import * as localLinks from "./internal/localLinks.ts"
import { untilThrough } from "./internal/patience.ts"
import { quote } from "./internal/quote.ts"
import type { Wanted } from "./internal/receiving.ts"
import { runBytes, within } from "./internal/run.ts"
import { decode } from "./internal/utf8.ts"
import * as Layout from "./Layout.ts"
import * as Listing from "./Listing.ts"
import * as LocalFiles from "./LocalFiles.ts"
import type { LocalEntry } from "./LocalFiles.ts"
import * as SafePath from "./SafePath.ts"
import * as Sha256 from "./Sha256.ts"
import { nonce } from "./Survey.ts"

type Platform = FileSystem.FileSystem | Path.Path

interface Remote {
  readonly isFolder: boolean
  readonly folder: string
  readonly hasZstd: boolean
  /** Its files. */
  readonly entries: ReadonlyArray<Listing.Entry>
  /** The folders below it. */
  readonly folders: ReadonlyArray<Listing.Entry>
  readonly links: ReadonlyArray<localLinks.Link>
  /** What is neither a file nor a link nor a folder. */
  readonly others: ReadonlyArray<string>
}

/** Prints the links below the folder where it runs, with their targets. */
const listLinks = `find . -type l -exec sh -c 'for f; do printf "%s\\0%s\\0" "$f" "$(readlink "$f")"; done' sh {} +`

/** Looks at what `$p` names once `setPath` has run in the machine's directory. */
const look = Effect.fnUntraced(function* (
  shell: Shell,
  operation: Failure.Operation,
  name: string,
  setPath: string
): Effect.fn.Return<Remote, JobError, Path.Path> {
  const mark = yield* nonce
  const script = `${setPath}
[ -e "$p" ] || { echo 'no such file or folder on the machine' >&2; exit 1; }
case $p in /*) ;; *) p=./$p ;; esac
n=
[ -d "$p" ] || { n=\${p##*/} p=\${p%/*}; }
cd "$p/" && printf '%s${mark}%s${mark}' "$PWD" "$n" || exit
${Compression.probe}
if [ -z "$n" ]; then ${Listing.here(mark)}else ${Listing.here(mark, { only: '"./$n"' })}fi
printf '${mark}links'; [ -n "$n" ] || ${listLinks}
exit 0`
  const answer = yield* runBytes(shell, operation, { script: "exec sh", stdin: script }).pipe(
    within(operation, defaults.read)
  )
  if (answer.exitCode !== 0) {
    return yield* Failure.refused(operation, `${name}: ${Failure.lastLines(answer.stderr, 2)}`)
  }
  const [folder = "", file = "", ...rest] = decode(answer.stdout).split(mark)
  const isFolder = file === ""
  const text = rest.join(mark)
  const end = text.lastIndexOf(`${mark}links`)
  const all = Listing.parse(text.slice(0, end), mark)
  const words = text.slice(end + mark.length + "links".length).split("\0")
  const links = words.flatMap((path, index) =>
    index % 2 === 0 && path !== "" ? [{ path: path.replace(/^\.\//, ""), target: words[index + 1] ?? "" }] : []
  )
  const { sep } = yield* Path.Path
  const evil = [...all, ...links].find((entry) => SafePath.parse(entry.path, sep) === undefined)
  if (evil !== undefined) {
    return yield* Failure.escapes(operation, evil.path, `the machine names a file outside the folder: ${evil.path}`)
  }
  return {
    isFolder,
    folder,
    hasZstd: text.startsWith("zstd\n"),
    entries: all.filter(({ kind }) => kind === "file"),
    folders: all.filter(({ kind }) => kind === "folder"),
    links,
    others: all.filter(({ kind }) => kind === "other").map(({ path }) => path)
  }
})

const moving = (operation: Failure.Operation, name: string) => Effect.mapError(Failure.fromPlatform(operation, name))

/** Puts one downloaded file, or a whole folder, in its place at once. */
const intoPlace = Effect.fnUntraced(function* (
  shell: Shell,
  remote: Pick<Remote, "isFolder" | "folder" | "hasZstd"> & { readonly files: ReadonlyArray<Wanted> },
  local: string
): Effect.fn.Return<ReadonlyArray<OutputFile>, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const parent = path.dirname(local)
  yield* fs.makeDirectory(parent, { recursive: true }).pipe(moving("download", parent))
  const unfinished = path.join(parent, `.runctl-${(yield* Random.nextInt).toString(36)}.part`)
  const [first] = remote.files
  const arrived = remote.isFolder || first === undefined ? unfinished : path.join(unfinished, first.path)
  return yield* Download.files(shell, "download", remote.folder, remote.files, unfinished, {
    machineHasZstd: remote.hasZstd
  }).pipe(
    Effect.tap(Effect.ignore(remote.isFolder ? fs.remove(local, { recursive: true, force: true }) : Effect.void)),
    Effect.tap(fs.rename(arrived, local).pipe(moving("download", local))),
    Effect.ensuring(Effect.ignore(fs.remove(unfinished, { recursive: true, force: true })))
  )
})

/** A file that is here with the size and time it has there. */
const isHereAlready = (entry: Listing.Entry, here: LocalEntry | undefined): boolean =>
  here?.kind === "file" && here.bytes === entry.bytes && Math.floor(here.mtimeMs / 1000) === entry.mtimeSeconds

/** Those of some files whose content is not here yet, by their digests. */
const differing = Effect.fnUntraced(function* (
  files: ReadonlyArray<OutputFile>,
  localOf: (file: OutputFile) => string
): Effect.fn.Return<ReadonlyArray<OutputFile>, never, FileSystem.FileSystem> {
  const same = yield* Effect.filter(files, (file) => isHere(file, localOf(file)))
  const names = new Set(same.map(({ path }) => path))
  return files.filter(({ path }) => !names.has(path))
})

/**
 * Brings a file or folder. A file comes to `localPath`, or into it when that is a folder; a folder's files come into
 * `localPath`, beside what lies there.
 *
 * **Details**  a file that is here with the same size and time is not brought again; with `checksum` contents decide.
 * Folders get the modes and times they have there; one stays its owner's to write.
 * Symbolic links come as links where they stay in the folder; those that lead away are `skipped`, as are sockets, pipes and
 * devices.
 *
 * @category combinators
 * @since 0.1.0
 */
export const download = Effect.fn("Transfer.download")(function* (
  shell: Shell,
  remotePath: string,
  localPath: string,
  options: CopyOptions = {}
): Effect.fn.Return<Copied, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const remote = yield* untilThrough(() => look(shell, "download", remotePath, `p=${quote(remotePath)}`))
  const there = yield* Effect.option(fs.stat(localPath))
  const isInto =
    remote.isFolder || localPath.endsWith(path.sep) || (there._tag === "Some" && there.value.type === "Directory")
  if (!remote.isFolder && remote.entries.length === 0) {
    return yield* Failure.refused("download", `${remotePath} is not a regular file`)
  }
  const excluded = options.exclude === undefined ? undefined : ignore().add([...options.exclude])
  const isWanted = (name: string): boolean => excluded?.ignores(name) !== true
  const wanted = remote.entries.filter(({ path: name }) => isWanted(name))
  const localOf = ({ path: name }: { readonly path: string }): string =>
    isInto ? path.join(localPath, name) : localPath
  const here = isInto ? yield* LocalFiles.walk(localPath) : new Map<string, LocalEntry>()
  const maybe =
    options.checksum === true ? wanted : wanted.filter((entry) => !isHereAlready(entry, here.get(entry.path)))
  const files =
    options.checksum === true
      ? yield* differing(yield* untilThrough(() => Digests.of(shell, "download", remote.folder, maybe)), localOf)
      : maybe
  const unchanged = wanted.length - files.length
  const others = remote.others.filter(isWanted)
  if (options.isDryRun === true) {
    return { files: files.map((file) => ({ sha256: "", ...file })), unchanged, skipped: others }
  }
  const makeFolders = localFolders.make(fs, path, "download", localPath)
  const copied =
    files.length === 0
      ? []
      : isInto
        ? yield* Download.files(shell, "download", remote.folder, files, localPath, {
            ...options,
            machineHasZstd: remote.hasZstd,
            makeFolders
          })
        : yield* intoPlace(shell, { ...remote, files }, localPath)
  const links = remote.links.filter(({ path: name }) => isWanted(name))
  const leftOut = yield* localLinks.place("download", localPath, links)
  yield* localFolders.place(
    "download",
    localPath,
    remote.folders.filter(({ path: name }) => isWanted(`${name}/`)),
    makeFolders
  )
  // Their content is here, and their modes were changed since.
  const brought = new Set(files.map(({ path: name }) => name))
  for (const { mode, path: name } of wanted) {
    const found = here.get(name)
    // A link leads elsewhere, though its content is the same.
    if (found?.kind !== "file" || brought.has(name) || found.mode === mode) continue
    yield* fs.chmod(localOf({ path: name }), mode).pipe(moving("download", name))
  }
  return { files: copied, unchanged, skipped: [...others, ...leftOut] }
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
  const found = yield* look(shell, "download", checkpoint, setPath)
  const remote = { ...found, files: yield* Digests.of(shell, "download", found.folder, found.entries) }
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
