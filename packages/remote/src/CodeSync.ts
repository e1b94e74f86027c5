/**
 * Makes a folder on a machine like a local one, sending only what changed.
 *
 * @since 0.1.0
 */
import type { Preparation, PreparationStep } from "@runctl/core/Job"
import { JobError, PreparationFailed } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { Compression } from "./Compression.ts"
import * as Digests from "./Digests.ts"
import * as Failure from "./Failure.ts"
import * as archive from "./internal/archive.ts"
import { batches, smallBytes } from "./internal/batches.ts"
import * as folderModes from "./internal/folderModes.ts"
import { attributesOf, type Content, hold } from "./internal/held.ts"
import { withFallibleInput } from "./internal/fallibleInput.ts"
import { quote } from "./internal/quote.ts"
import * as readAgain from "./internal/readAgain.ts"
import { run, runBytes } from "./internal/run.ts"
import { progressOf } from "./internal/syncProgress.ts"
import { throttled } from "./internal/throttle.ts"
import { decode, encode } from "./internal/utf8.ts"
import { oneByOne } from "./internal/oneByOne.ts"
import { LocalFiles } from "./LocalFiles.ts"
import * as Manifest from "./Manifest.ts"
import type { LocalFile, LocalFolder, ProjectFiles } from "./ProjectFiles.ts"
import * as Sha256 from "./Sha256.ts"
import type { Survey } from "./Survey.ts"

/**
 * What goes where.
 *
 * **Details**  `folder` and `manifest` are places on the machine, relative to its home; without a manifest nothing is
 * remembered. `also` are files that are
 * written there in the same breath, each whole or not at all.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncOptions {
  readonly step: PreparationStep
  readonly local: string
  readonly files: ProjectFiles
  readonly folder: string
  readonly manifest: string | undefined
  readonly survey: Pick<Survey, "now" | "manifest" | "entries">
  readonly also: ReadonlyArray<{ readonly path: string; readonly content: string; readonly mode: number }>
  readonly emit: (event: Preparation) => Effect.Effect<void>
  /** What is to be done, when it was decided otherwise than by what was sent before. */
  readonly plan?: Manifest.SyncPlan
  readonly bytesPerSecond?: number
  /** Where a file is read when not under `local` by its own name. */
  readonly localNames?: ReadonlyMap<string, string>
  /** Folders that get their modes and times when everything else has come. */
  readonly folders?: ReadonlyArray<LocalFolder>
  /** What is sent may be compressed. */
  readonly machineHasZstd?: boolean
  /** What comes there otherwise meanwhile: what is remembered waits for it. */
  readonly otherwise?: Effect.Effect<ReadonlyArray<Manifest.Sent>, JobError>
  /** Has the machine read again what it was sent, and these files too. Needs a manifest. */
  readonly verifies?: ReadonlyArray<Manifest.Sent>
}

/** What was sent by now, and the digests that the machine made of what it was to read again. @category models @since 0.1.0 */
export interface Synced {
  readonly manifest: Manifest.Manifest
  readonly digests: ReadonlyMap<string, string>
}

/**
 * Makes a folder on a machine like the local one.
 *
 * **Details**  files are compared by size and time, in doubt by digest; what we sent before and is gone here goes there
 * too; what the job made stays. One command carries everything; the manifest comes last, so that a cut transfer is
 * simply repeated.
 * **Errors**   `LocalFileFailed` when a file changes while it is sent; `PreparationFailed` when the machine cannot take
 * it, a full disk for example.
 *
 * @category combinators
 * @since 0.1.0
 */
export const sync = Effect.fn("CodeSync.sync")(function* (
  shell: Shell,
  options: SyncOptions
): Effect.fn.Return<Synced, JobError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { survey, folder } = options
  const folders = options.folders ?? []
  const plan = options.plan ?? Manifest.plan(options.files.files, survey.manifest, survey.entries)
  const sent = new Map(plan.kept.map((file) => [file.path, file]))
  const digesting = yield* Sha256.Sha256
  const localFiles = yield* LocalFiles
  const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const platform = Effect.provideContext(context)
  const expected = new Map(plan.verify.map(({ file, sent }) => [file.path, sent]))
  const toRead = [...plan.send, ...plan.verify.map(({ file }) => file)].toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const progress = yield* progressOf(options.step, options.emit, toRead)
  const verifying = new Map((options.verifies ?? []).map(({ bytes, path: name }) => [name, bytes]))
  const willVerify = (name: string, bytes: number): void => {
    if (options.verifies !== undefined) verifying.set(name, bytes)
  }
  const toVerify = () => Array.from(verifying, ([name, bytes]) => ({ path: name, bytes }))
  const localName = (file: LocalFile): string =>
    options.localNames?.get(file.path) ?? path.join(options.local, file.path)

  const record = (file: Content, sha256: string): void => {
    const { mtimeSeconds } = attributesOf(file)
    const same = expected.get(file.path)
    const sentSeconds = same?.sha256 === sha256 ? same.sentSeconds : mtimeSeconds
    sent.set(file.path, {
      path: file.path,
      bytes: file.bytes,
      mtimeMs: file.mtimeMs,
      sentSeconds,
      mode: file.mode,
      sha256
    })
  }

  const small = Effect.fnUntraced(function* (
    files: ReadonlyArray<Content>
  ): Effect.fn.Return<archive.Piece<JobError>, JobError> {
    const held = yield* hold(files, {
      fs,
      localFiles,
      digesting,
      platform,
      localFolder: options.local,
      folder,
      localName
    })
    const isThere = held.files.map(({ file, sha256 }) => {
      record(file, sha256)
      const isSame = expected.get(file.path)?.sha256 === sha256
      if (!isSame) willVerify(file.path, file.bytes)
      return isSame
    })
    yield* progress.done(
      files.length,
      held.files.reduce((sum, { file }) => sum + file.bytes, 0)
    )
    return Stream.fromIterable(held.without((index) => isThere[index] === true))
  })

  const large = Effect.fnUntraced(function* (file: Content): Effect.fn.Return<archive.Piece<JobError>, JobError> {
    const content = Stream.mapError(
      fs.stream(localName(file), { bytesToRead: file.bytes, chunkSize: 512 * 1024 }),
      Failure.fromPlatform("prepare", localName(file))
    )
    const known = expected.get(file.path)
    if (known !== undefined && (yield* Sha256.ofStream(content)) === known.sha256) {
      record(file, known.sha256)
      yield* progress.done(1, file.bytes)
      return Stream.empty
    }
    willVerify(file.path, file.bytes)
    const hasher = digesting.hasher()
    const watched = Stream.tap(content, (bytes) => {
      hasher.update(bytes)
      return progress.moved(bytes.length)
    })
    const done = Effect.suspend(() => {
      record(file, hasher.finish())
      return progress.done(1, 0)
    })
    return archive.fileStream(`${folder}/${file.path}`, file.bytes, Stream.onEnd(watched, done), attributesOf(file))
  })

  const pieceOf = (files: ReadonlyArray<Content>): Effect.Effect<archive.Piece<JobError>, JobError> => {
    const [first] = files
    return first !== undefined && first.bytes > smallBytes ? large(first) : small(files)
  }

  const manifestOf = (): Manifest.Manifest => ({
    v: 1,
    since: survey.manifest?.since ?? survey.now,
    files: [...sent.values()],
    names: options.files.files.flatMap((file) =>
      file.kind === "file" ? [] : [{ path: file.path, target: file.kind === "link" ? file.target : null }]
    )
  })

  const manifestFile = () =>
    options.manifest === undefined
      ? []
      : [{ path: options.manifest, content: Manifest.print(manifestOf()), mode: 0o600 }]

  const names = plan.names.map((file) =>
    file.kind === "link"
      ? archive.link(`${folder}/${file.path}`, file.target)
      : archive.folder(`${folder}/${file.path}`, { mode: 0o755, mtimeSeconds: survey.now })
  )
  const contents = Stream.fromIterable(batches(toRead)).pipe(
    Stream.mapEffect(pieceOf, { concurrency: 2 }),
    Stream.flatMap((piece) => piece)
  )
  const written = (name: string, content: string, mode: number) =>
    archive.file(`${name}.new`, encode(content), { mode, mtimeSeconds: survey.now })
  const checks = options.verifies === undefined ? undefined : readAgain.scriptsAt(`${options.manifest}.check`)
  const last = Stream.fromEffect(options.otherwise ?? Effect.succeed([])).pipe(
    Stream.map((arrived) => {
      for (const file of arrived) sent.set(file.path, file)
      return Bytes.concat([
        ...folders.map((each) => archive.folder(`${folder}/${each.path}`, folderModes.attributesOf(each))),
        ...(checks === undefined ? [] : readAgain.scripts(checks, folder, toVerify(), survey.now)),
        ...options.also.map((file) => written(file.path, file.content, file.mode)),
        ...(options.manifest === undefined ? [] : [written(options.manifest, Manifest.print(manifestOf()), 0o600)]),
        archive.end
      ])
    })
  )
  const archived = Stream.fromIterable(names).pipe(Stream.concat(contents), Stream.concat(last))
  const compression = options.machineHasZstd === true ? yield* Compression : undefined
  const tar = Stream.mapError(compression?.compress(archived) ?? archived, (error) => {
    if (error._tag === "SizeChanged") {
      return Failure.local("prepare", options.local, `${error.path} changed while it was sent`)
    }
    return error._tag === "CompressionError" ? Failure.local("prepare", options.local, error.message) : error
  })

  yield* makeRoom(shell, options, plan)
  const result = yield* withFallibleInput(throttled(options.bytesPerSecond)(tar), (stdin) =>
    runBytes(shell, "prepare", {
      script: `command -v tar >/dev/null 2>&1 || exit ${noTar}
umask 077; mkdir -p ${quote(folder)} && ${compression === undefined ? "" : "zstd -dcq | "}tar -xpof - && for f in "$@"; do mv -f "$f.new" "$f" || exit; done${checks === undefined ? "" : ` && ${readAgain.command(checks, noDigests)}`}`,
      args: [...options.also.map((file) => file.path), ...(options.manifest === undefined ? [] : [options.manifest])],
      stdin
    })
  )
  if (result.exitCode === noTar) {
    for (const file of yield* options.otherwise ?? Effect.succeed([])) sent.set(file.path, file)
    yield* oneByOne(shell, folder, plan, {
      files: toRead,
      folders,
      localName,
      record,
      written: () => [...options.also, ...manifestFile()]
    })
    yield* progress.finished
    // None of them may have been read before the machine said that it has no tar.
    for (const file of toRead) willVerify(file.path, file.bytes)
    const entries = [...sent.values()].filter(({ path: name }) => verifying.has(name)).map(Manifest.asEntry)
    const digests = yield* Digests.of(shell, "prepare", folder, entries)
    return { manifest: manifestOf(), digests: new Map(digests.map(({ path: name, sha256 }) => [name, sha256])) }
  }
  if (result.exitCode === noDigests) return yield* Digests.cannot("prepare", result.stderr)
  if (result.exitCode !== 0) {
    return yield* new JobError({
      operation: "prepare",
      reason: new PreparationFailed({
        step: options.step,
        message: "the machine could not take the files",
        output: Failure.lastLines(result.stderr, 20)
      })
    })
  }
  yield* progress.finished
  return {
    manifest: manifestOf(),
    digests: checks === undefined ? new Map() : Digests.parse(toVerify(), decode(result.stdout))
  }
})

/** Exit code of our own wrapper: the machine has no tar. */
const noTar = 95

/** Exit code of our own wrapper: what came cannot be read again. */
const noDigests = 94

/** Removes what stands in the way and what is gone here; most of the time there is nothing, and nothing is asked. */
const makeRoom = (shell: Shell, options: SyncOptions, plan: Manifest.SyncPlan): Effect.Effect<void, JobError> => {
  if (plan.clear.length === 0 && plan.remove.length === 0) return Effect.void
  const folders = [...new Set(plan.remove.map((path) => path.split("/").slice(0, -1).join("/")))].filter(Boolean)
  const script = [
    ...plan.clear.map((path) => `rm -rf ${quote(`./${path}`)}`),
    ...plan.remove.map((path) => `rm -f ${quote(`./${path}`)}`),
    ...folders.map((path) => `rmdir -p -- ${quote(path)} 2>/dev/null`),
    "exit 0"
  ].join("\n")
  return Effect.asVoid(run(shell, "prepare", { script: "exec sh", cwd: options.folder, stdin: script }))
}
