/**
 * The large files of an upload: what has arrived of them before a cut is not sent again.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Failure from "../Failure.ts"
import type * as Listing from "../Listing.ts"
import type * as Manifest from "../Manifest.ts"
import type { LocalFile } from "../ProjectFiles.ts"
import * as Sha256 from "../Sha256.ts"
import { untilThrough } from "./patience.ts"
import { partOf, type Sending } from "./receiveScript.ts"
import { send } from "./sendLarge.ts"
import type { There } from "./uploadTarget.ts"

type Content = Extract<LocalFile, { readonly kind: "file" }>

/** What is to be sent. `lookAgain` tells what is there after a cut, and what has not arrived. */
interface Large {
  readonly there: There
  readonly large: ReadonlyArray<Content>
  readonly localName: (file: Content) => string
  readonly lookAgain: Effect.Effect<
    { readonly entries: ReadonlyArray<Listing.Entry>; readonly large: ReadonlyArray<Content> },
    JobError
  >
  readonly bytesPerSecond: number | undefined
  readonly moved: (bytes: number) => Effect.Effect<void>
  readonly placed: (files: number) => void
}

const secondsOf = ({ mtimeMs }: Content): number => Math.max(0, Math.floor(mtimeMs / 1000))

/** Sends the large files of an upload, and answers what they are there. @category combinators @since 0.1.0 */
export const uploadLarge = Effect.fnUntraced(function* ({
  bytesPerSecond,
  large,
  localName,
  lookAgain,
  moved,
  placed,
  there
}: Large): Effect.fn.Return<ReadonlyArray<Manifest.Sent>, JobError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const digests = new Map<string, string>()
  let left = large
  let entries: ReadonlyArray<Listing.Entry> | undefined = there.entries

  const sendingOf = (file: Content, parts: ReadonlyMap<string, number>): Sending => {
    const held = parts.get(partOf(file.path)) ?? 0
    return {
      local: localName(file),
      target: `${there.folder}/${file.path}`,
      bytes: file.bytes,
      mode: file.mode,
      mtimeSeconds: secondsOf(file),
      held: held <= file.bytes ? held : 0
    }
  }

  const attempt = Effect.fnUntraced(function* (progressed: () => void): Effect.fn.Return<void, JobError> {
    if (entries === undefined) ({ entries, large: left } = yield* lookAgain)
    const parts = new Map(entries.map(({ bytes, path }) => [path, bytes]))
    // Whatever comes now, it is another picture after it.
    entries = undefined
    const sendings = new Map(left.map((file) => [sendingOf(file, parts), file.path]))
    const way = {
      shell: there.shell,
      fs,
      bytesPerSecond,
      machineHasZstd: there.hasZstd,
      moved: (count: number) => {
        progressed()
        return moved(count)
      }
    }
    for (const [sending, sha256] of yield* send(way, [...sendings.keys()])) {
      digests.set(sendings.get(sending) ?? "", sha256)
    }
  })

  while (left.length > 0) {
    yield* untilThrough(attempt)
    const before = left.length
    left = left.filter(({ path }) => !digests.has(path))
    placed(before - left.length)
    // What lies there of the others belongs to something else: they are sent from their beginning.
    entries = []
  }
  return yield* Effect.forEach(large, (file) => {
    const { bytes, mode, mtimeMs, path } = file
    const known = digests.get(path)
    // One that was put in its place before a cut was judged there.
    const sha256 =
      known === undefined
        ? Effect.mapError(Sha256.ofStream(fs.stream(localName(file))), Failure.fromPlatform("upload", localName(file)))
        : Effect.succeed(known)
    return Effect.map(sha256, (digest): Manifest.Sent => ({
      path,
      bytes,
      mode,
      mtimeMs,
      sentSeconds: secondsOf(file),
      sha256: digest
    }))
  })
})
