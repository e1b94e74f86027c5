/**
 * Brings files from a machine that is not trusted: nothing is ever written outside the local folder.
 *
 * @since 0.1.0
 */
import type { OutputFile } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Tar from "effect/encoding/Tar"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as Failure from "./Failure.ts"
import { quote } from "./internal/quote.ts"
import * as SafePath from "./SafePath.ts"
import * as Sha256 from "./Sha256.ts"

type Operation = Failure.Operation

/** The most that the names in one command may take together. */
const namesBytes = 60_000

/** Cuts a list of files into what one command can name. */
const portions = (files: ReadonlyArray<OutputFile>): ReadonlyArray<ReadonlyArray<OutputFile>> => {
  const all: Array<Array<OutputFile>> = []
  let room = 0
  for (const file of files) {
    const cost = 4 * file.path.length + 8
    const last = all.at(-1)
    if (last === undefined || room < cost) {
      all.push([file])
      room = namesBytes - cost
    } else {
      last.push(file)
      room -= cost
    }
  }
  return all
}

/**
 * Brings the listed files of a folder on a machine into a local folder.
 *
 * **Details**  each file is written beside its place, verified against its digest, given its mode, and only then put
 * there. The machine may send what it likes: only regular files that were asked for, once each and of the announced size
 * and digest, are accepted.
 * **Errors**   `PathEscapes` for a name or an entry that could lead out of the folder, also through a symbolic link that
 * lies there already; `DigestMismatch` when something else arrives than was announced; `LocalFileFailed` when the folder
 * cannot be written.
 *
 * @category combinators
 * @since 0.1.0
 */
export const files = Effect.fn("Download.files")(function* (
  shell: Shell,
  operation: Operation,
  remoteFolder: string,
  wanted: ReadonlyArray<OutputFile>,
  localFolder: string
): Effect.fn.Return<void, JobError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const makeHasher = yield* Sha256.Sha256
  const failing = (name: string) => Effect.mapError(Failure.fromPlatform(operation, name))
  const checkedName = (name: string) =>
    Effect.fromNullishOr(SafePath.parse(name, path.sep)).pipe(
      Effect.mapError(() => Failure.escapes(operation, name, `the machine names a file outside the folder: ${name}`))
    )
  for (const file of wanted) yield* checkedName(file.path)

  yield* fs.makeDirectory(localFolder, { recursive: true }).pipe(failing(localFolder))
  const unfinished = path.join(localFolder, `.runctl-${(yield* Random.nextInt).toString(36)}.part`)
  const ready = new Set<string>([""])

  /** Makes the folders of a file one by one; a link among them would lead away. */
  const makeFolders = Effect.fnUntraced(function* (name: string): Effect.fn.Return<void, JobError> {
    const parts = name.split("/").slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = parts.slice(0, depth).join("/")
      if (ready.has(folder)) continue
      const local = path.join(localFolder, folder)
      const found = yield* Effect.option(fs.lstat(local))
      if (found._tag === "None") yield* fs.makeDirectory(local).pipe(failing(local))
      else if (found.value.type === "SymbolicLink") {
        return yield* Failure.escapes(operation, folder, `${local} is a symbolic link: nothing is written through it`)
      } else if (found.value.type !== "Directory") {
        return yield* Failure.local(operation, local, `${local} is not a folder`)
      }
      ready.add(folder)
    }
  })

  const accept = Effect.fnUntraced(function* (
    entry: Tar.Entry<JobError | Tar.TarError>,
    expected: Map<string, OutputFile>,
    linked: Set<OutputFile>
  ): Effect.fn.Return<void, JobError | Tar.TarError> {
    const { header } = entry
    const name = yield* checkedName(header.path)
    const file = expected.get(name)
    if (header.type !== "File" && header.type !== "Hardlink") {
      return yield* Failure.escapes(operation, name, `the machine sent ${name} as ${header.type}, not as a file`)
    }
    if (file === undefined) {
      return yield* Failure.mismatch(operation, name, `the machine sent ${name} twice, or unasked`)
    }
    expected.delete(name)
    if (header.type === "Hardlink") {
      linked.add(file)
      return
    }
    const hasher = makeHasher()
    let rest = file.bytes
    const body = Stream.tap(entry.body, (bytes) => {
      hasher.update(bytes)
      rest -= bytes.length
      return rest < 0 ? Failure.mismatch(operation, name, `${name} is longer than announced`) : Effect.void
    })
    yield* body.pipe(
      Stream.run(fs.sink(unfinished, { flag: "w", mode: 0o600 })),
      Effect.catchTag("PlatformError", (error) => Failure.fromPlatform(operation, unfinished)(error))
    )
    if (rest !== 0 || hasher.finish() !== file.sha256) {
      return yield* Failure.mismatch(operation, name, `what arrived of ${name} is not what the machine announced`)
    }
    yield* makeFolders(name)
    const target = path.join(localFolder, name)
    yield* Effect.andThen(fs.chmod(unfinished, file.mode & 0o777), fs.rename(unfinished, target)).pipe(failing(target))
  })

  const fetch: (portion: ReadonlyArray<OutputFile>) => Effect.Effect<void, JobError> = Effect.fnUntraced(function* (
    portion: ReadonlyArray<OutputFile>
  ): Effect.fn.Return<void, JobError> {
    const expected = new Map(portion.map((file) => [file.path, file]))
    const linked = new Set<OutputFile>()
    const names = portion.map((file) => quote(`./${file.path}`)).join(" ")
    let said = ""
    const bytes = shell
      .stream({ script: "COPYFILE_DISABLE=1 exec sh", stdin: `cd ${quote(remoteFolder)} && tar -cf - ${names}\n` })
      .pipe(
        Stream.mapError(Failure.fromShell(operation)),
        Stream.flatMap((part) => {
          if (part._tag === "Stderr")
            said = `${said}${String.fromCharCode(...part.bytes.subarray(0, 1000))}`.slice(-1000)
          return part._tag === "Stdout" ? Stream.succeed(part.bytes) : Stream.empty
        })
      )
    yield* bytes.pipe(
      Stream.pipeThroughChannel(Tar.decode<JobError>()),
      Stream.runForEach((entry) => accept(entry, expected, linked)),
      Effect.catchTag("TarError", (error) =>
        Effect.fail(Failure.refused(operation, `the machine did not send an archive: ${error.message} ${said}`))
      )
    )
    const [missing] = expected.keys()
    if (missing !== undefined) {
      return yield* Failure.mismatch(
        operation,
        missing,
        `the machine did not send ${missing}: ${Failure.lastLines(said, 2)}`
      )
    }
    const [again] = linked
    if (again !== undefined && portion.length === 1) {
      return yield* Failure.escapes(operation, again.path, `the machine sent ${again.path} as a link, not as a file`)
    }
    // One file under two names comes as a link to the other; asked for alone, it comes as a file.
    yield* Effect.forEach(linked, (file) => fetch([file]), { discard: true })
  })

  yield* Effect.forEach(portions(wanted), fetch, { discard: true }).pipe(
    Effect.ensuring(Effect.ignore(fs.remove(unfinished, { force: true })))
  )
})
