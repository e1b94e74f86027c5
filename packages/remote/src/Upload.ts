/**
 * Brings local files and folders to a machine, sending only what changed.
 *
 * @since 0.1.0
 */
import type { Copied, CopyOptions, OutputFile } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as CodeSync from "./CodeSync.ts"
import * as Digests from "./Digests.ts"
import * as Failure from "./Failure.ts"
import { partOf } from "./internal/receiveScript.ts"
import { isLarge } from "./internal/sendLarge.ts"
import { meterOf } from "./internal/meter.ts"
import { untilThrough } from "./internal/patience.ts"
import * as folderModes from "./internal/folderModes.ts"
import { folderOf } from "./internal/places.ts"
import { uploadLarge } from "./internal/uploadLarge.ts"
import { lookAt, type Target } from "./internal/uploadTarget.ts"
import * as Manifest from "./Manifest.ts"
import * as ProjectFiles from "./ProjectFiles.ts"
import * as Sha256 from "./Sha256.ts"

type Platform = FileSystem.FileSystem | Path.Path
type Content = Extract<ProjectFiles.LocalFile, { readonly kind: "file" }>

/** What was sent before, as contents that lie there now have it: then only contents decide. */
const byContent = (
  files: ReadonlyArray<ProjectFiles.LocalFile>,
  digests: ReadonlyArray<OutputFile>
): Manifest.Manifest => {
  const local = new Map(files.map((file) => [file.path, file]))
  return {
    v: 1,
    since: 0,
    names: [],
    files: digests.flatMap(({ bytes, mode, mtimeSeconds = 0, path, sha256 }) => {
      const file = local.get(path)
      // No time here is this one: the content is read.
      return file?.kind === "file" ? [{ path, bytes, mode, mtimeMs: -1, sentSeconds: mtimeSeconds, sha256 }] : []
    })
  }
}

/** What was sent, if the machine has made the same digests of it. */
const verified = (
  sent: ReadonlyArray<Manifest.Sent>,
  digests: ReadonlyMap<string, string>
): Effect.Effect<ReadonlyArray<OutputFile>, JobError> => {
  const wrong = sent.find(({ path, sha256 }) => digests.get(path) !== sha256)
  if (wrong !== undefined) {
    const why = digests.has(wrong.path) ? "its digest is another one there" : "it is not there"
    return Effect.fail(Failure.mismatch("upload", wrong.path, `${wrong.path} did not arrive as it was sent: ${why}`))
  }
  return Effect.succeed(sent.map(asOutput))
}

const asOutput = ({ bytes, mode, path, sentSeconds, sha256 }: Manifest.Sent): OutputFile => ({
  path,
  bytes,
  mode,
  sha256,
  mtimeSeconds: sentSeconds
})

/** What is left when the large files go by themselves. An upload removes nothing. */
const withoutLarge = (plan: Manifest.SyncPlan): Manifest.SyncPlan => ({
  ...plan,
  remove: [],
  send: plan.send.filter((file) => !isLarge(file))
})

/**
 * Brings a local file or folder to a path on the machine. What lies there beside it stays.
 *
 * **Details**  what is there as we sent it, or has the same size, time and mode, is not sent again; with `checksum`
 * contents decide. Small files go in one stream, large ones by themselves; everything is verified by its digest there.
 * Folders get the modes and times they have here; one stays its owner's to write. After a cut it goes on where it was.
 * **Errors**   `DigestMismatch` when something else lies there afterwards; `LocalFileFailed` when a file changes while it is
 * sent; `MachineRefused` when the machine cannot take it, a full disk for example.
 *
 * @category combinators
 * @since 0.1.0
 */
export const upload = Effect.fn("Upload.upload")(function* (
  machine: Shell,
  localPath: string,
  remotePath: string,
  options: CopyOptions = {}
): Effect.fn.Return<Copied, JobError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const info = yield* fs.stat(localPath).pipe(Effect.mapError(Failure.fromPlatform("upload", localPath)))
  const isFolder = info.type === "Directory"
  const isInto = isFolder || remotePath.endsWith("/")
  const name = isInto ? path.basename(localPath) : remotePath.slice(remotePath.lastIndexOf("/") + 1)
  const target: Target = {
    folder: folderOf(remotePath, isInto),
    makes: options.isDryRun !== true,
    only: isFolder ? undefined : [name, partOf(name)]
  }
  const { exclude, rules = "none" } = options
  const listed = isFolder
    ? ProjectFiles.list("upload", localPath, { rules, ...(exclude === undefined ? {} : { exclude }) })
    : Effect.map(ProjectFiles.one("upload", localPath, name), (file) => ({ files: [file], folders: [], skipped: [] }))
  const [here, there] = yield* Effect.all([listed, untilThrough(() => lookAt(machine, target))], { concurrency: 2 })
  const { folder, shell } = there
  const sizes = new Map(here.files.flatMap((file) => (file.kind === "file" ? [[file.path, file.bytes]] : [])))
  const known =
    options.checksum === true
      ? byContent(
          here.files,
          yield* untilThrough(() =>
            Digests.of(
              shell,
              "upload",
              folder,
              there.entries.filter(({ bytes, kind, path: each }) => kind === "file" && sizes.get(each) === bytes)
            )
          )
        )
      : there.known
  const plan = Manifest.plan(here.files, known, there.entries, { trustsSizeAndTime: options.checksum !== true })
  const [inTheWay] = plan.clear
  if (inTheWay !== undefined) {
    return yield* Failure.refused(
      "upload",
      `${inTheWay} is a file on one side and a folder on the other: remove one of them`
    )
  }
  const unchanged = plan.kept.length
  const wanted = [...plan.send, ...plan.verify.map(({ file }) => file)]
  const answer = (files: ReadonlyArray<OutputFile>): Copied => ({
    files,
    unchanged: unchanged + wanted.length - files.length,
    skipped: here.skipped
  })
  if (options.isDryRun === true) {
    return answer(plan.send.map(({ bytes, mode, path: each }) => ({ path: each, bytes, mode, sha256: "" })))
  }
  const folders = folderModes.differing(here.folders, there.entries)
  if (wanted.length === 0 && plan.names.length === 0 && folders.length === 0) return answer([])

  const meter = meterOf(wanted, options.onProgress, yield* Clock.currentTimeMillis)
  const localName = ({ path: each }: Content): string => (isFolder ? path.join(localPath, each) : localPath)
  const largeArrived = yield* Deferred.make<ReadonlyArray<Manifest.Sent>, JobError>()
  const sendLarge = uploadLarge({
    there,
    large: plan.send.filter(isLarge),
    localName,
    lookAgain: Effect.map(lookAt(machine, target), ({ entries }) => ({
      entries,
      large: Manifest.plan(here.files, known, entries, { trustsSizeAndTime: true }).send.filter(isLarge)
    })),
    bytesPerSecond: options.bytesPerSecond,
    moved: (count) => {
      meter.bytes += count
      return meter.tell
    },
    placed: (count) => {
      meter.files += count
    }
  }).pipe(Effect.tap((sent) => Deferred.succeed(largeArrived, sent)))
  const small = withoutLarge(plan)
  let isAgain = false
  const sendSmall = untilThrough((progressed) =>
    Effect.gen(function* () {
      // What arrived whole before a cut is not sent again, but read again.
      const now = isAgain ? yield* lookAt(machine, target) : there
      const left = isAgain
        ? withoutLarge(Manifest.plan(here.files, known, now.entries, { trustsSizeAndTime: true }))
        : small
      isAgain = true
      const unsent = new Set(left.send.map(({ path: each }) => each))
      const arrived = new Set(small.send.map(({ path: each }) => each).filter((each) => !unsent.has(each)))
      let counted = { files: 0, bytes: 0 }
      return yield* CodeSync.sync(shell, {
        step: "data",
        local: isFolder ? localPath : path.dirname(localPath),
        files: here,
        folder,
        manifest: there.manifest,
        survey: { ...now, manifest: now.known },
        plan: left,
        folders,
        also: [],
        emit: (event) =>
          Effect.suspend(() => {
            if (event._tag !== "Transfer") return Effect.void
            progressed()
            meter.files += event.files - counted.files
            meter.bytes += event.bytes - counted.bytes
            counted = event
            return meter.tell
          }),
        ...(options.bytesPerSecond === undefined ? {} : { bytesPerSecond: options.bytesPerSecond }),
        ...(isFolder ? {} : { localNames: new Map([[name, localPath]]) }),
        machineHasZstd: now.hasZstd,
        otherwise: Deferred.await(largeArrived),
        verifies: left.kept.filter(({ path: each }) => arrived.has(each))
      })
    })
  )
  // A limit is one for both.
  const concurrency = options.bytesPerSecond === undefined ? 2 : 1
  const [alone, { digests, manifest }] = yield* Effect.all([sendLarge, sendSmall], { concurrency })
  /** One that arrived before a cut was not read in the end. */
  const withDigest = (file: Manifest.Sent): Effect.Effect<Manifest.Sent, JobError> => {
    if (file.sha256 !== "") return Effect.succeed(file)
    const local = isFolder ? path.join(localPath, file.path) : localPath
    return Sha256.ofStream(fs.stream(local)).pipe(
      Effect.mapError(Failure.fromPlatform("upload", local)),
      Effect.map((sha256) => ({ ...file, sha256 }))
    )
  }
  const names = new Set(small.send.map(({ path: each }) => each))
  const doubtful = new Map(plan.verify.map(({ sent }) => [sent.path, sent.sha256]))
  const sent = manifest.files.filter(
    (file) => names.has(file.path) || (doubtful.has(file.path) && doubtful.get(file.path) !== file.sha256)
  )
  const files = [...(yield* verified(yield* Effect.forEach(sent, withDigest), digests)), ...alone.map(asOutput)]
  yield* meter.finished
  return answer(files)
})
