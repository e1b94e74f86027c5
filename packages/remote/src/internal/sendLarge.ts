/**
 * Sends files so large that a cut in their middle must not cost their beginning.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { Compression as CompressionReference, type Compression } from "../Compression.ts"
import * as Failure from "../Failure.ts"
import * as Sha256 from "../Sha256.ts"
import { withFallibleInput } from "./fallibleInput.ts"
import * as receiveScript from "./receiveScript.ts"
import type { Sending } from "./receiveScript.ts"
import { run } from "./run.ts"
import { throttled } from "./throttle.ts"
import { encode } from "./utf8.ts"

/** From here on a file goes by itself. */
const largeBytes = 8 * 1024 * 1024

/** How much is read at once. */
const pieceBytes = 512 * 1024

/** Whether a file goes by itself. @category predicates @since 0.1.0 */
export const isLarge = ({ bytes }: { readonly bytes: number }): boolean => bytes > largeBytes

/** What sending needs. @category models @since 0.1.0 */
export interface Way {
  readonly shell: Shell
  readonly fs: FileSystem.FileSystem
  readonly bytesPerSecond: number | undefined
  /** What compresses well may come compressed. */
  readonly machineHasZstd: boolean
  readonly moved: (bytes: number) => Effect.Effect<void>
}

/** A file's bytes from an offset on, hashed with those before it; then `finish` gives the digest. */
const contentOf = Effect.fnUntraced(function* (
  { fs, moved }: Way,
  { bytes, held, local }: Sending
): Effect.fn.Return<
  { readonly rest: Stream.Stream<Uint8Array, JobError>; readonly finish: Effect.Effect<string, JobError> },
  JobError
> {
  const hasher = (yield* Sha256.Sha256).hasher()
  let read = 0
  const piece = (offset: number, bytesToRead: number) =>
    fs.stream(local, { offset, bytesToRead, chunkSize: pieceBytes }).pipe(
      Stream.mapError(Failure.fromPlatform("upload", local)),
      Stream.tap((some) => {
        hasher.update(some)
        read += some.length
        return offset === held ? moved(some.length) : Effect.void
      })
    )
  if (held > 0) yield* Stream.runDrain(piece(0, held))
  return {
    rest: held < bytes ? piece(held, bytes - held) : Stream.empty,
    finish: Effect.suspend(() =>
      read === bytes
        ? Effect.succeed(hasher.finish())
        : Effect.fail(Failure.local("upload", local, `${local} changed while it was sent`))
    )
  }
})

/** How much of how many files is tried. */
const tried = { bytes: 128 * 1024, files: 8 }

/** Compressed to less than this share it is worth the work; much data has been compressed by whoever wrote it. */
const worthwhileShare = 0.8

/** How the files are compressed, where the machine can undo it and a piece out of the middle of each gets smaller. */
const worthwhile = Effect.fnUntraced(function* (
  { fs, machineHasZstd }: Way,
  files: ReadonlyArray<Sending>
): Effect.fn.Return<Compression | undefined, JobError> {
  const compression = machineHasZstd ? yield* CompressionReference : undefined
  if (compression === undefined) return undefined
  const sizes = { plain: 0, compressed: 0 }
  for (const { bytes, held, local } of files.slice(0, tried.files)) {
    const offset = held + Math.floor(Math.max(0, bytes - held - tried.bytes) / 2)
    const piece = Stream.tap(fs.stream(local, { offset, bytesToRead: tried.bytes }), (some) =>
      Effect.sync(() => {
        sizes.plain += some.length
      })
    )
    yield* Stream.runForEach(compression.compress(piece), (some) =>
      Effect.sync(() => {
        sizes.compressed += some.length
      })
    ).pipe(
      Effect.mapError((error) =>
        error._tag === "CompressionError"
          ? Failure.local("upload", local, error.message)
          : Failure.fromPlatform("upload", local)(error)
      )
    )
  }
  return sizes.compressed < sizes.plain * worthwhileShare ? compression : undefined
})

const words: Readonly<Record<string, string>> = {
  digest: "its digest is another one there",
  place: "it cannot be put in its place"
}

/** What became of the files, from the lines of the script; fails for the first that is not in its place. */
const judged = (
  files: ReadonlyArray<Sending>,
  said: string,
  stderr: string
): Effect.Effect<ReadonlySet<Sending>, JobError> => {
  const placed = new Set<Sending>()
  for (const line of said.split("\n")) {
    const [index = "", fate, size] = line.split(" ")
    const file = files[Number(index || "NaN")]
    if (file === undefined || fate === undefined) continue
    if (fate === "placed") placed.add(file)
    else if (fate === "size") {
      const why = `only ${size} of ${file.bytes} bytes could be written\n${Failure.lastLines(stderr, 2)}`
      return Effect.fail(Failure.refused("upload", `the machine could not take ${file.target}: ${why.trim()}`))
    } else if (file.held === 0) {
      const why = `${file.target} did not arrive as it was sent: ${words[fate] ?? fate}`
      return Effect.fail(Failure.mismatch("upload", file.target, why))
    }
  }
  const lost = files.find((file) => file.held === 0 && !placed.has(file))
  return lost === undefined
    ? Effect.succeed(placed)
    : Effect.fail(Failure.mismatch("upload", lost.target, `${lost.target} did not arrive: it is not there`))
}

/**
 * Sends some files in one command, each beside its place, going on behind what an earlier try has brought, and put there
 * once its digest is right. Answers the digests of those that are in their place; the others are to be sent again from
 * their beginning: what an earlier try left may have been of another file.
 *
 * @category combinators
 * @since 0.1.0
 */
export const send = Effect.fnUntraced(function* (
  way: Way,
  files: ReadonlyArray<Sending>
): Effect.fn.Return<ReadonlyMap<Sending, string>, JobError> {
  const digests = new Map<Sending, string>()
  const contents = Stream.fromIterable(files).pipe(
    Stream.flatMap((file) =>
      Stream.unwrap(
        Effect.map(contentOf(way, file), ({ finish, rest }) =>
          Stream.concat(
            rest,
            Stream.fromEffect(
              Effect.map(finish, (sha256) => {
                digests.set(file, sha256)
                return encode(`${sha256}\n`)
              })
            )
          )
        )
      )
    )
  )
  const script = receiveScript.ofMany(files)
  const compression = yield* worthwhile(way, files)
  const sent =
    compression === undefined
      ? contents
      : Stream.mapError(compression.compress(contents), (error) =>
          error._tag === "CompressionError" ? Failure.local("upload", files[0]?.local ?? "", error.message) : error
        )
  const answer = yield* withFallibleInput(throttled(way.bytesPerSecond)(sent), (stdin) =>
    run(way.shell, "upload", {
      script: compression === undefined ? script : `zstd -dcq | {\n${script}\n}`,
      stdin
    })
  )
  if (answer.exitCode === receiveScript.oneAtATime) return yield* oneByOne(way, files)
  if (answer.exitCode !== 0) return yield* Failure.command("upload", "the machine cannot take the files", answer)
  const placed = yield* judged(files, answer.stdout, answer.stderr)
  return new Map([...digests].filter(([file]) => placed.has(file)))
})

/** Where the end of a file cannot be told from what comes behind it: a command for each, which knows its digest. */
const oneByOne = Effect.fnUntraced(function* (
  way: Way,
  files: ReadonlyArray<Sending>
): Effect.fn.Return<ReadonlyMap<Sending, string>, JobError> {
  const digests = new Map<Sending, string>()
  for (const file of files) {
    const whole = yield* contentOf({ ...way, moved: () => Effect.void }, { ...file, held: 0 })
    yield* Stream.runDrain(whole.rest)
    const sha256 = yield* whole.finish
    const { finish, rest } = yield* contentOf(way, file)
    const content = Stream.concat(throttled(way.bytesPerSecond)(rest), Stream.drain(Stream.fromEffect(finish)))
    const script = receiveScript.ofOne(file, sha256)
    const answer = yield* withFallibleInput(content, (stdin) => run(way.shell, "upload", { script, stdin }))
    if (answer.exitCode !== 0) return yield* Failure.command("upload", "the machine cannot take the file", answer)
    if ((yield* judged([file], answer.stdout, answer.stderr)).size > 0) digests.set(file, sha256)
  }
  return digests
})
