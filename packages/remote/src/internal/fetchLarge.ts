/**
 * Fetches files so large that a cut in their middle must not cost their beginning.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Digests from "../Digests.ts"
import * as Failure from "../Failure.ts"
import * as Sha256 from "../Sha256.ts"
import { quote } from "./quote.ts"
import { place, type Receiving, type Wanted } from "./receiving.ts"
import { standardOutput } from "./standardOutput.ts"
import { throttled } from "./throttle.ts"
import { decode, encode } from "./utf8.ts"

/** How much is read or written at once. */
const pieceBytes = 1024 * 1024

/**
 * `give PATH FROM COUNT` prints so many bytes of a file from a byte on, one-based, and `give PATH FROM COUNT INDEX` tells
 * the digest of the whole on standard error meanwhile.
 */
const giving = `exec 3>&1
give() {
  [ -f "$1" ] || { echo "$1: no such file" >&2; exit 1; }
  { if [ "$2" = 1 ]; then cat -- "$1"; else tail -c "+$2" -- "$1"; fi | head -c "$3" >&3; } &
  [ -z "$4" ] || { d=$(h <"$1" 3>&-) && echo "#$4 $d" >&2; }
  wait $!
}
`

/** Where a file lies here until it is whole: another process, which wants the same content, goes on with it. */
const partName = ({ bytes, mtimeSeconds, path, sha256 }: Wanted): Effect.Effect<string> =>
  Effect.map(
    sha256 === undefined ? Sha256.ofBytes(encode([path, bytes, mtimeSeconds].join("\n"))) : Effect.succeed(sha256),
    (name) => `.runctl-${name.slice(0, 20)}.part`
  )

/** A file on its way: what has come of it lies in `part`. */
interface Coming {
  readonly file: Wanted
  readonly part: string
  readonly from: number
  readonly hasher: Sha256.Hasher
  received: number
}

/** What is here of a file already. */
const begun = Effect.fnUntraced(function* (
  { digesting, fs, localFolder, operation, path }: Receiving,
  file: Wanted
): Effect.fn.Return<Coming, JobError> {
  const part = path.join(localFolder, yield* partName(file))
  const held = Option.match(yield* Effect.option(fs.stat(part)), {
    onNone: () => 0,
    onSome: ({ size, type }) => (type === "File" ? Number(size) : 0)
  })
  const from = held <= file.bytes ? held : 0
  const hasher = digesting.hasher()
  if (from > 0) {
    const before = fs.stream(part, { bytesToRead: from, chunkSize: pieceBytes })
    yield* Stream.runForEach(before, (bytes) => Effect.sync(() => hasher.update(bytes))).pipe(
      Effect.mapError(Failure.fromPlatform(operation, part))
    )
  }
  return { file, part, from, hasher, received: from }
})

/** Collects what comes of one file, and writes it in larger pieces. */
const writerTo = ({ localFiles, operation, platform }: Receiving, { from, part }: Coming) => {
  let pieces: Array<Uint8Array> = []
  let waiting = 0
  let isFirst = from === 0
  const flush: Effect.Effect<void, JobError> = Effect.suspend(() => {
    const written = pieces.length === 0 ? Effect.void : platform(localFiles.append(part, pieces, isFirst))
    isFirst = isFirst && pieces.length === 0
    pieces = []
    waiting = 0
    return Effect.mapError(written, Failure.fromPlatform(operation, part))
  })
  return {
    add: (bytes: Uint8Array): Effect.Effect<void, JobError> => {
      pieces.push(bytes)
      waiting += bytes.length
      return waiting >= pieceBytes ? flush : Effect.void
    },
    flush
  } as const
}

/**
 * Brings some files in one command, each going on behind what an earlier try has brought, and verifies the whole of each.
 * One has not `arrived` when what the earlier try had brought was wrong: asked for again, it is brought from its beginning.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fetch = Effect.fnUntraced(function* (
  shell: Shell,
  into: Receiving,
  remoteFolder: string,
  files: ReadonlyArray<Wanted>,
  bytesPerSecond: number | undefined,
  moved: (bytes: number) => Effect.Effect<void>
): Effect.fn.Return<void, JobError> {
  const { arrived, fs, localFolder, operation, path } = into
  const digests = Digests.listen(files)
  const announced = new Map(files.flatMap(({ path: name, sha256 }) => (sha256 === undefined ? [] : [[name, sha256]])))
  const complete = new Map<string, Coming & { readonly sha256: string }>()
  let said = ""

  /** Puts everything in its place whose digest is known by now. */
  const settle = Effect.gen(function* () {
    for (const [name, sha256] of digests.taken()) if (!announced.has(name)) announced.set(name, sha256)
    for (const [name, { file, from, part, sha256 }] of complete) {
      const expected = announced.get(name)
      if (expected === undefined) continue
      complete.delete(name)
      if (sha256 !== expected) {
        yield* Effect.ignore(fs.remove(part, { force: true }))
        // What an earlier try left was of something else.
        if (from > 0) continue
        const why = `what arrived of ${name} is not what the machine announced`
        return yield* Failure.mismatch(operation, name, why)
      }
      const target = path.join(localFolder, name)
      yield* place(fs, part, target, file).pipe(Effect.mapError(Failure.fromPlatform(operation, target)))
      arrived({ ...file, sha256 })
    }
  })

  const coming: Array<Coming> = []
  for (const file of files) coming.push(yield* begun(into, file))
  const lines = coming.map(({ file, from }, index) => {
    const words = [quote(`./${file.path}`), String(from + 1), String(file.bytes - from)]
    return `give ${words.join(" ")} ${file.sha256 === undefined ? index : "''"}`
  })
  const tool = files.some(({ sha256 }) => sha256 === undefined) ? Digests.tool : ""
  const command = {
    script: "exec sh",
    stdin: `${tool}cd ${quote(remoteFolder)} || exit\n${giving}${lines.join("\n")}\nexit 0\n`
  }
  const arriving = standardOutput(shell, operation, command, {
    said: (bytes) => {
      said = (said + digests.push(decode(bytes))).slice(-1000)
    },
    ended: () => {}
  })

  const left = [...coming]
  let writer: ReturnType<typeof writerTo> | undefined
  /** Ends files of which nothing is missing any more, and opens the next. */
  const advance = Effect.gen(function* () {
    while (left[0] !== undefined && left[0].received === left[0].file.bytes) {
      const [done] = left.splice(0, 1)
      if (writer !== undefined) yield* writer.flush
      writer = undefined
      if (done !== undefined) complete.set(done.file.path, { ...done, sha256: done.hasher.finish() })
    }
    const [next] = left
    if (next !== undefined && writer === undefined) writer = writerTo(into, next)
    yield* settle
  })
  const take = Effect.fnUntraced(function* (pieces: ReadonlyArray<Uint8Array>): Effect.fn.Return<void, JobError> {
    let count = 0
    for (const piece of pieces) {
      let bytes = piece
      count += piece.length
      while (bytes.length > 0) {
        const [now] = left
        if (now === undefined || writer === undefined) {
          return yield* Failure.mismatch(operation, remoteFolder, "more arrived than the machine announced")
        }
        const part = bytes.subarray(0, now.file.bytes - now.received)
        bytes = bytes.subarray(part.length)
        now.hasher.update(part)
        now.received += part.length
        yield* writer.add(part)
        if (now.received === now.file.bytes) yield* advance
      }
    }
    yield* moved(count)
  })

  yield* advance
  yield* Stream.runForEachArray(throttled(bytesPerSecond)(arriving), take).pipe(
    // What has arrived stays, however it ends.
    Effect.ensuring(Effect.suspend(() => (writer === undefined ? Effect.void : Effect.ignore(writer.flush))))
  )
  yield* settle
  const lost = left[0]?.file ?? complete.values().next().value?.file
  if (lost === undefined) return
  const why = Failure.lastLines(said, 2)
  return yield* Failure.mismatch(operation, lost.path, `the machine did not send ${lost.path}: ${why}`)
})
