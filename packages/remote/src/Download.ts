/**
 * Brings files from a machine that is not trusted: nothing is ever written outside the local folder.
 *
 * @since 0.1.0
 */
import type { CopyOptions, OutputFile } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { Compression } from "./Compression.ts"
import * as Digests from "./Digests.ts"
import * as Failure from "./Failure.ts"
import * as fetchLarge from "./internal/fetchLarge.ts"
import * as localFolders from "./internal/localFolders.ts"
import { untilThrough } from "./internal/patience.ts"
import { type Meter, meterOf } from "./internal/meter.ts"
import { portions } from "./internal/portions.ts"
import { quote } from "./internal/quote.ts"
import * as receiving from "./internal/receiving.ts"
import type { Wanted } from "./internal/receiving.ts"
import { isLarge } from "./internal/sendLarge.ts"
import { standardOutput } from "./internal/standardOutput.ts"
import * as TarReader from "./internal/tarReader.ts"
import { throttled } from "./internal/throttle.ts"
import { decode } from "./internal/utf8.ts"
import { LocalFiles } from "./LocalFiles.ts"
import * as SafePath from "./SafePath.ts"
import * as Sha256 from "./Sha256.ts"

type Operation = Failure.Operation
type Platform = FileSystem.FileSystem | Path.Path

/** How files are brought. @category models @since 0.1.0 */
export interface DownloadOptions extends Pick<CopyOptions, "bytesPerSecond" | "onProgress"> {
  /** What is brought may be compressed. */
  readonly machineHasZstd?: boolean
  /** Makes the folders of a file, where others are made the same way. */
  readonly makeFolders?: (name: string) => Effect.Effect<void, JobError>
}

/** No more than this is fetched before its digests are made. */
const portionBytes = 8 * 1024 * 1024

/** What a machine says that has no tar. */
const noTar = "runctl: there is no tar"

/**
 * Prints archives of the files, a portion each, and on standard error the digests that are not known yet. Both come at the
 * same time: the network does not wait for digests.
 */
const scriptFor = (remoteFolder: string, files: ReadonlyArray<Wanted>): string => {
  const indexOf = new Map(files.map(({ path }, index) => [path, index]))
  const digesting = files.some(({ sha256 }) => sha256 === undefined)
  const lines = portions(files, portionBytes).map((some) => {
    const unknown = some.filter(({ sha256 }) => sha256 === undefined)
    const names = some.map(({ path }) => quote(`./${path}`)).join(" ")
    const digests =
      unknown.length === 0 ? "" : `{ ${Digests.linesFor(unknown, (path) => indexOf.get(path) ?? -1)}; } >&2 &\n`
    return `${digests}t ${names}`
  })
  return `${digesting ? Digests.tool : ""}cd ${quote(remoteFolder)} || exit
command -v tar >/dev/null 2>&1 || { echo '${noTar}' >&2; exit 1; }
exec 3>&1
t() { e=$(tar -cf - "$@" 2>&1 >&3 3>&- </dev/null); c=$?; wait; [ $c = 0 ] || printf '%s\n' "$e" >&2; }
${lines.join("\n")}
exit 0
`
}

const noArchive = (operation: Operation, why: string, said: string): JobError =>
  Failure.refused(operation, `the machine did not send an archive: ${why} ${said}`)

/**
 * Brings the listed files of a folder on a machine into a local folder.
 *
 * **Details**  each file is verified against its digest, which the machine makes while it sends unless it is known already,
 * written beside its place, given its mode and time, and only then put there. The machine may send what it likes: only regular files that were asked for, once each and of the announced
 * size and digest, are accepted. After a cut it goes on where it was, large files in their middle.
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
  wanted: ReadonlyArray<Wanted>,
  localFolder: string,
  options: DownloadOptions = {}
): Effect.fn.Return<ReadonlyArray<OutputFile>, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const context = yield* Effect.context<Platform>()
  const failing = (name: string) => Effect.mapError(Failure.fromPlatform(operation, name))
  for (const { path: name } of wanted) {
    if (SafePath.parse(name, path.sep) === undefined) {
      return yield* Failure.escapes(operation, name, `the machine names a file outside the folder: ${name}`)
    }
  }
  yield* fs.makeDirectory(localFolder, { recursive: true }).pipe(failing(localFolder))
  const folders = options.makeFolders ?? localFolders.make(fs, path, operation, localFolder)
  const meter: Meter = meterOf(wanted, options.onProgress, yield* Clock.currentTimeMillis)
  const remaining = new Map(wanted.map((file) => [file.path, file]))
  const received: Array<OutputFile> = []
  const compression = options.machineHasZstd === true ? yield* Compression : undefined
  const into: receiving.Receiving = {
    fs,
    path,
    localFiles: yield* LocalFiles,
    platform: Effect.provideContext(context),
    digesting: yield* Sha256.Sha256,
    operation,
    localFolder,
    unfinished: path.join(localFolder, `.runctl-${Math.abs(yield* Random.nextInt).toString(36)}.part`),
    arrived: (file) => {
      remaining.delete(file.path)
      received.push(file)
      meter.files += 1
    }
  }

  const large = (files: ReadonlyArray<Wanted>) => (progressed: () => void) =>
    Effect.gen(function* () {
      while (true) {
        // After a cut only what has not arrived.
        const left = files.filter((file) => remaining.has(file.path))
        if (left.length === 0) return
        for (const file of left) yield* folders(file.path)
        yield* fetchLarge.fetch(shell, into, remoteFolder, left, options.bytesPerSecond, (count) => {
          progressed()
          meter.bytes += count
          return meter.tell
        })
      }
    })

  const fetch = Effect.fnUntraced(function* (
    some: ReadonlyArray<Wanted>,
    isAlone: boolean,
    progressed: () => void
  ): Effect.fn.Return<ReadonlyArray<Wanted>, JobError> {
    const receiver = receiving.make(into, some, folders)
    const reader = TarReader.make()
    const digests = Digests.listen(some)
    const said = { text: "" }
    const parts = (bytes: Uint8Array) =>
      Effect.try({
        try: () => reader.push(bytes),
        catch: (error) => noArchive(operation, error instanceof Error ? error.message : "", said.text)
      })
    const taken = Effect.suspend(() =>
      Effect.forEach(digests.taken(), ([name, sha256]) => receiver.announced(name, sha256), { discard: true })
    )
    const command = {
      script: `export COPYFILE_DISABLE=1; ${compression === undefined ? "exec sh" : "sh | zstd -1cq"}`,
      stdin: scriptFor(remoteFolder, some)
    }
    const arriving = standardOutput(shell, operation, command, {
      said: (bytes) => {
        said.text = (said.text + digests.push(decode(bytes))).slice(-1000)
      },
      ended: () => {}
    })
    const limited = throttled(options.bytesPerSecond)(arriving)
    const archives = Stream.mapError(compression?.decompress(limited) ?? limited, (error) =>
      error._tag === "CompressionError" ? noArchive(operation, error.message, said.text) : error
    )
    yield* archives.pipe(
      Stream.runForEachArray((pieces) =>
        Effect.gen(function* () {
          for (const bytes of pieces) {
            meter.bytes += bytes.length
            yield* receiver.take(yield* parts(bytes))
          }
          yield* taken
          progressed()
          yield* meter.tell
        })
      ),
      Effect.andThen(taken),
      // What has arrived whole stays, however it ends.
      Effect.onError(() => Effect.ignore(receiver.flush))
    )
    yield* receiver.flush
    if (said.text.includes(noTar)) {
      yield* large(some)(progressed)
      return []
    }
    const missing = receiver.missing()
    if (missing !== undefined) {
      const why = Failure.lastLines(said.text, 2)
      return yield* Failure.mismatch(operation, missing, `the machine did not send ${missing}: ${why}`)
    }
    const [again] = receiver.linked
    if (again !== undefined && isAlone) {
      return yield* Failure.escapes(operation, again.path, `the machine sent ${again.path} as a link, not as a file`)
    }
    return receiver.linked
  })

  /** What is left, in one command; after a cut only what has not arrived. */
  const small = (progressed: () => void) =>
    Effect.gen(function* () {
      const left = [...remaining.values()].filter((file) => !isLarge(file))
      if (left.length === 0) return
      const linked = yield* fetch(left, left.length === 1, progressed)
      // One file under two names comes as a link to the other; asked for alone, it comes as a file.
      for (const file of linked) yield* fetch([file], true, progressed)
    })

  yield* Effect.gen(function* () {
    // A limit is one for both.
    const concurrency = options.bytesPerSecond === undefined ? 2 : 1
    yield* Effect.all([untilThrough(large(wanted.filter(isLarge))), untilThrough(small)], { concurrency })
  }).pipe(Effect.provideContext(context), Effect.ensuring(Effect.ignore(fs.remove(into.unfinished, { force: true }))))
  yield* meter.finished
  return received
})
