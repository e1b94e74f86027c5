/**
 * Files so large that a cut in their middle must not cost their beginning.
 *
 * @since 0.1.0
 */
import type { OutputFile } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Digests from "../Digests.ts"
import * as Failure from "../Failure.ts"
import * as Sha256 from "../Sha256.ts"
import { withFallibleInput } from "./fallibleInput.ts"
import { stamp } from "./oneByOne.ts"
import { quote } from "./quote.ts"
import { place, type Receiving } from "./receiving.ts"
import { run } from "./run.ts"
import { throttled } from "./throttle.ts"

/** From here on a file goes by itself. */
const largeBytes = 8 * 1024 * 1024

/** How much is read or written at once. */
const pieceBytes = 1024 * 1024

/** Whether a file goes by itself. @category predicates @since 0.1.0 */
export const isLarge = ({ bytes }: { readonly bytes: number }): boolean => bytes > largeBytes

/** Takes up to so many bytes together. */
const gathered = <E, R>(stream: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.suspend(() => {
    let held: Array<Uint8Array> = []
    let bytes = 0
    const all = (): Stream.Stream<Uint8Array> => {
      const piece = Bytes.concat(held)
      held = []
      bytes = 0
      return piece.length === 0 ? Stream.empty : Stream.succeed(piece)
    }
    return Stream.concat(
      Stream.flatMap(stream, (piece) => {
        held.push(piece)
        bytes += piece.length
        return bytes >= pieceBytes ? all() : Stream.empty
      }),
      Stream.suspend(all)
    )
  })

/**
 * Brings one file, going on behind what an earlier try has brought, and verifies the whole.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fetch = Effect.fnUntraced(function* (
  shell: Shell,
  { arrived, fs, localFolder, makeHasher, operation, path }: Receiving,
  remoteFolder: string,
  file: OutputFile,
  bytesPerSecond: number | undefined,
  moved: (bytes: number) => Effect.Effect<void>
): Effect.fn.Return<void, JobError> {
  const target = path.join(localFolder, file.path)
  // By its content's name: another process goes on with it too.
  const part = path.join(localFolder, `.runctl-${file.sha256.slice(0, 20)}.part`)
  const failing = Effect.mapError(Failure.fromPlatform(operation, part))
  const there = yield* Effect.option(fs.stat(part))
  const held = Option.match(there, {
    onNone: () => 0,
    onSome: ({ size, type }) => (type === "File" ? Number(size) : 0)
  })
  const from = held <= file.bytes ? held : 0
  const hasher = makeHasher()
  if (from > 0) {
    const before = fs.stream(part, { bytesToRead: from, chunkSize: pieceBytes })
    yield* Stream.runForEach(before, (bytes) => Effect.sync(() => hasher.update(bytes))).pipe(failing)
  }
  let received = from
  const tooLong = Failure.mismatch(operation, file.path, `${file.path} is longer than announced`)
  const arriving = shell.get(`${remoteFolder}/${file.path}`, { fromByte: from }).pipe(
    Stream.mapError(Failure.fromShell(operation)),
    throttled(bytesPerSecond),
    gathered,
    Stream.mapEffect((bytes): Effect.Effect<Uint8Array, JobError> => {
      received += bytes.length
      if (received > file.bytes) return Effect.fail(tooLong)
      hasher.update(bytes)
      return Effect.as(moved(bytes.length), bytes)
    })
  )
  if (from < file.bytes) {
    let flag: "w" | "a" = from === 0 ? "w" : "a"
    yield* Stream.runForEach(arriving, (bytes) =>
      Effect.suspend(() => {
        const written = fs.writeFile(part, bytes, { flag, mode: 0o600 }).pipe(failing)
        flag = "a"
        return written
      })
    )
  }
  if (received !== file.bytes || hasher.finish() !== file.sha256) {
    yield* Effect.ignore(fs.remove(part, { force: true }))
    return yield* Failure.mismatch(
      operation,
      file.path,
      `what arrived of ${file.path} is not what the machine announced`
    )
  }
  yield* place(fs, part, target, file).pipe(Effect.mapError(Failure.fromPlatform(operation, target)))
  arrived(file)
})

/** A file here, and what it is to be there. @category models @since 0.1.0 */
export interface Sending {
  readonly local: string
  readonly target: string
  readonly bytes: number
  readonly mode: number
  readonly mtimeSeconds: number
}

const partOf = (target: string): string => {
  const slash = target.lastIndexOf("/") + 1
  return `${target.slice(0, slash)}.${target.slice(slash)}.runctl-part`
}

/**
 * Sends one file beside its place, going on behind what an earlier try has brought, and puts it there once its digest is
 * right. Answers the digest.
 *
 * @category combinators
 * @since 0.1.0
 */
export const send: (
  shell: Shell,
  fs: FileSystem.FileSystem,
  file: Sending,
  bytesPerSecond: number | undefined,
  moved: (bytes: number) => Effect.Effect<void>
) => Effect.Effect<string, JobError> = Effect.fnUntraced(function* (
  shell: Shell,
  fs: FileSystem.FileSystem,
  file: Sending,
  bytesPerSecond: number | undefined,
  moved: (bytes: number) => Effect.Effect<void>
): Effect.fn.Return<string, JobError> {
  const part = partOf(file.target)
  const failing = Effect.mapError(Failure.fromPlatform("upload", file.local))
  const before = yield* run(shell, "upload", {
    script: 'case $1 in */*) mkdir -p -- "${1%/*}" || exit ;; esac\n[ ! -f "$1" ] || wc -c <"$1"',
    args: [part]
  })
  if (before.exitCode !== 0) return yield* Failure.command("upload", "the machine cannot take the file", before)
  const held = Number(before.stdout.trim() || "0")
  const from = held <= file.bytes ? held : 0
  const hasher = (yield* Sha256.Sha256)()
  const content = (offset: number, bytes: number) =>
    fs
      .stream(file.local, { offset, bytesToRead: bytes, chunkSize: pieceBytes })
      .pipe(Stream.mapError(Failure.fromPlatform("upload", file.local)))
  if (from > 0) {
    yield* Stream.runForEach(content(0, from), (bytes) => Effect.sync(() => hasher.update(bytes)))
  }
  let sent = from
  const rest = content(from, file.bytes - from).pipe(
    Stream.tap((bytes) => {
      hasher.update(bytes)
      sent += bytes.length
      return moved(bytes.length)
    }),
    throttled(bytesPerSecond)
  )
  const receive = `umask 077
${Digests.tool}p=$1
[ "$2" -gt 0 ] || : >"$p" || exit
{ [ "$2" = 0 ] || cat -- "$p"; tee -a -- "$p"; } | h`
  const received = yield* withFallibleInput(rest, (stdin) =>
    run(shell, "upload", { script: receive, args: [part, String(from)], stdin })
  )
  yield* Effect.asVoid(fs.stat(file.local)).pipe(failing)
  const sha256 = hasher.finish()
  if (sent !== file.bytes) return yield* Failure.local("upload", file.local, `${file.local} changed while it was sent`)
  const there = /^[0-9a-f]{64}/.exec(received.stdout)?.[0]
  const finish = yield* run(shell, "upload", {
    script: `[ "$(wc -c <"$1")" -eq "$3" ] || { echo "only $(wc -c <"$1") of $3 bytes could be written" >&2; exit 1; }
chmod "$4" "$1" && TZ=UTC0 touch -t "$5" -- "$1" && mv -f -- "$1" "$2"`,
    args: [
      part,
      there === sha256 ? file.target : "",
      String(file.bytes),
      file.mode.toString(8),
      stamp(file.mtimeSeconds)
    ]
  }).pipe(Effect.when(Effect.succeed(there === sha256)))
  const isPlaced = Option.isSome(finish) && finish.value.exitCode === 0
  if (!isPlaced) yield* run(shell, "upload", { script: `rm -f -- ${quote(part)}` })
  // What an earlier try left may have been of another file.
  if (Option.isNone(finish) && from > 0) return yield* send(shell, fs, file, bytesPerSecond, moved)
  if (Option.isNone(finish)) {
    const why = there === undefined ? Failure.lastLines(received.stderr, 2) : "its digest is another one there"
    return yield* Failure.mismatch("upload", file.target, `${file.target} did not arrive as it was sent: ${why}`)
  }
  if (finish.value.exitCode !== 0) {
    const why = Failure.lastLines(`${received.stderr}\n${finish.value.stderr}`, 3)
    return yield* Failure.refused("upload", `the machine could not take ${file.target}: ${why}`)
  }
  return sha256
})
