/**
 * Files for a machine without tar: each by itself, several at a time.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import * as Failure from "../Failure.ts"
import type * as Manifest from "../Manifest.ts"
import type { LocalFile, LocalFolder } from "../ProjectFiles.ts"
import * as Sha256 from "../Sha256.ts"
import * as folderModes from "./folderModes.ts"
import { quote } from "./quote.ts"
import { run } from "./run.ts"
import { encode } from "./utf8.ts"

type Content = Extract<LocalFile, { readonly kind: "file" }>

/** What is to be sent, and how it is remembered. */
interface Sending {
  readonly files: ReadonlyArray<Content>
  readonly folders: ReadonlyArray<LocalFolder>
  readonly localName: (file: Content) => string
  readonly record: (file: Content, sha256: string) => void
  /** What comes last, once everything was recorded. */
  readonly written: () => ReadonlyArray<{ readonly path: string; readonly content: string; readonly mode: number }>
}

const atOnce = 8

/** `touch -t` is what every system has; its time is in seconds. @category formatting @since 0.1.0 */
export const stamp = (seconds: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(seconds * 1000))
    .replaceAll(/[-T:]/g, "")
    .slice(0, 14)
    .replace(/(\d\d)$/, ".$1")

/** Brings what a plan sends, without tar. @category combinators @since 0.1.0 */
export const oneByOne = Effect.fnUntraced(function* (
  shell: Shell,
  folder: string,
  plan: Manifest.SyncPlan,
  { files, folders, localName, record, written }: Sending
): Effect.fn.Return<void, JobError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const send = Effect.fnUntraced(function* (file: Content): Effect.fn.Return<void, JobError> {
    const failing = Effect.mapError(Failure.fromPlatform("prepare", localName(file)))
    const content = yield* fs.readFile(localName(file)).pipe(failing)
    yield* shell
      .put(`${folder}/${file.path}`, Stream.succeed(content), { mode: file.mode })
      .pipe(Effect.mapError(Failure.fromShell("prepare")))
    record({ ...file, bytes: content.length }, yield* Sha256.ofBytes(content))
  })
  yield* Effect.forEach(files, send, { concurrency: atOnce, discard: true })
  const lines = [
    ...plan.names.map((name) =>
      name.kind === "link"
        ? `mkdir -p "$(dirname ${quote(`./${name.path}`)})" && ln -sfn ${quote(name.target)} ${quote(`./${name.path}`)}`
        : `mkdir -p ${quote(`./${name.path}`)}`
    ),
    ...files.map(
      ({ mtimeMs, path }) => `TZ=UTC0 touch -t ${stamp(Math.max(0, Math.floor(mtimeMs / 1000)))} ${quote(`./${path}`)}`
    )
  ]
  const modes = folders.map((each) => {
    const { mode, mtimeSeconds } = folderModes.attributesOf(each)
    const name = quote(`./${each.path}`)
    return `chmod ${mode.toString(8)} ${name} && TZ=UTC0 touch -t ${stamp(mtimeSeconds)} ${name}`
  })
  const script = `mkdir -p ${quote(folder)} && cd ${quote(folder)} || exit\n${[...lines, ...modes].join("\n")}\nexit 0\n`
  const done = yield* run(shell, "prepare", { script: "exec sh", stdin: script })
  if (done.exitCode !== 0) return yield* Failure.command("prepare", "the machine could not take the files", done)
  for (const { content, mode, path } of written()) {
    yield* shell
      .put(path, Stream.succeed(encode(content)), { mode })
      .pipe(Effect.mapError(Failure.fromShell("prepare")))
  }
})
