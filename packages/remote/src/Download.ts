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
import * as Failure from "./Failure.ts"
import * as largeFiles from "./internal/largeFiles.ts"
import * as localFolders from "./internal/localFolders.ts"
import { untilThrough } from "./internal/patience.ts"
import { type Meter, meterOf } from "./internal/meter.ts"
import { quote } from "./internal/quote.ts"
import * as receiving from "./internal/receiving.ts"
import * as TarReader from "./internal/tarReader.ts"
import { throttled } from "./internal/throttle.ts"
import { decode } from "./internal/utf8.ts"
import { LocalFiles } from "./LocalFiles.ts"
import * as SafePath from "./SafePath.ts"
import * as Sha256 from "./Sha256.ts"

type Operation = Failure.Operation
type Platform = FileSystem.FileSystem | Path.Path

/** The most that the names in one command may take together. */
const namesBytes = 100_000

/** Cuts a list of files into what one command can name. */
const portions = (files: ReadonlyArray<OutputFile>): ReadonlyArray<ReadonlyArray<OutputFile>> => {
  const all: Array<Array<OutputFile>> = []
  let room = 0
  for (const file of files) {
    const cost = 3 * file.path.length + 8
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

/** What a machine says that has no tar. */
const noTar = "runctl: there is no tar"

/** The last words of a command. */
interface Said {
  text: string
}

const archiveOf = (
  shell: Shell,
  operation: Operation,
  remoteFolder: string,
  files: ReadonlyArray<OutputFile>,
  said: Said
) => {
  const names = files.map((file) => quote(`./${file.path}`)).join(" ")
  return shell
    .stream({
      script: "COPYFILE_DISABLE=1 exec sh",
      stdin: `cd ${quote(remoteFolder)} || exit\ncommand -v tar >/dev/null 2>&1 || { echo '${noTar}' >&2; exit 1; }\nexec tar -cf - ${names}\n`
    })
    .pipe(
      Stream.mapError(Failure.fromShell(operation)),
      Stream.mapArray((parts) => {
        for (const part of parts) {
          if (part._tag === "Stderr") said.text = (said.text + decode(part.bytes.subarray(0, 1000))).slice(-1000)
        }
        return parts
      }),
      Stream.flatMap((part) => (part._tag === "Stdout" ? Stream.succeed(part.bytes) : Stream.empty))
    )
}

/**
 * Brings the listed files of a folder on a machine into a local folder.
 *
 * **Details**  each file is written beside its place, verified against its digest, given its mode and time, and only then
 * put there. The machine may send what it likes: only regular files that were asked for, once each and of the announced
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
  wanted: ReadonlyArray<OutputFile>,
  localFolder: string,
  options: Pick<CopyOptions, "bytesPerSecond" | "onProgress"> = {}
): Effect.fn.Return<void, JobError, Platform> {
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
  const folders = localFolders.make(fs, path, operation, localFolder)
  const meter: Meter = meterOf(wanted, options.onProgress, yield* Clock.currentTimeMillis)
  const remaining = new Map(wanted.map((file) => [file.path, file]))
  const into: receiving.Receiving = {
    fs,
    path,
    localFiles: yield* LocalFiles,
    makeHasher: yield* Sha256.Sha256,
    operation,
    localFolder,
    unfinished: path.join(localFolder, `.runctl-${Math.abs(yield* Random.nextInt).toString(36)}.part`),
    arrived: ({ path: name }) => {
      remaining.delete(name)
      meter.files += 1
    }
  }

  const large = (file: OutputFile) => (progressed: () => void) =>
    Effect.gen(function* () {
      yield* folders(file.path)
      yield* largeFiles.fetch(shell, into, remoteFolder, file, options.bytesPerSecond, (count) => {
        progressed()
        meter.bytes += count
        return meter.tell
      })
    })

  const fetch = Effect.fnUntraced(function* (
    portion: ReadonlyArray<OutputFile>,
    isAlone: boolean,
    progressed: () => void
  ): Effect.fn.Return<ReadonlyArray<OutputFile>, JobError> {
    const receiver = receiving.make(into, portion, folders, Effect.provideContext(context))
    const reader = TarReader.make()
    const said: Said = { text: "" }
    const parts = (bytes: Uint8Array) =>
      Effect.try({
        try: () => reader.push(bytes),
        catch: (error) =>
          Failure.refused(
            operation,
            `the machine did not send an archive: ${error instanceof Error ? error.message : ""} ${said.text}`
          )
      })
    yield* archiveOf(shell, operation, remoteFolder, portion, said).pipe(
      throttled(options.bytesPerSecond),
      Stream.runForEach((bytes) => {
        progressed()
        meter.bytes += bytes.length
        return Effect.andThen(Effect.flatMap(parts(bytes), receiver.take), meter.tell)
      }),
      // What has arrived whole stays, however it ends.
      Effect.onError(() => Effect.ignore(receiver.flush))
    )
    yield* receiver.flush
    if (said.text.includes(noTar)) {
      for (const file of portion) yield* large(file)(progressed)
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

  /** What is left, in as many commands as it takes; after a cut only what has not arrived. */
  const small = (progressed: () => void) =>
    Effect.gen(function* () {
      const left = [...remaining.values()].filter((file) => !largeFiles.isLarge(file))
      for (const portion of portions(left)) {
        const linked = yield* fetch(portion, portion.length === 1, progressed)
        // One file under two names comes as a link to the other; asked for alone, it comes as a file.
        for (const file of linked) yield* fetch([file], true, progressed)
      }
    })

  yield* Effect.gen(function* () {
    for (const file of wanted.filter(largeFiles.isLarge)) yield* untilThrough(large(file))
    yield* untilThrough(small)
  }).pipe(Effect.provideContext(context), Effect.ensuring(Effect.ignore(fs.remove(into.unfinished, { force: true }))))
  yield* meter.finished
})
