/**
 * Reads what grows in the folder of one attempt: log bytes, preparation, samples, and the metrics in the log.
 *
 * @since 0.1.0
 */
import { type Preparation, Sample } from "@runctl/core/Job"
import { completeLines } from "@runctl/remote/JsonLines"
import * as LogScanner from "@runctl/remote/LogScanner"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { FollowEvent } from "./FollowEvent.ts"
import type { AttemptFiles } from "./RunFiles.ts"
import { HomeFailed } from "./RuntimeError.ts"

/** How much of a file is read at once. */
const chunkBytes = 256 * 1024

/**
 * The growing files of one attempt.
 *
 * @category models
 * @since 0.1.0
 */
export interface AttemptTail {
  /** Passes on everything that is there and was not passed on yet; says whether there was anything. */
  readonly drain: (tell: (event: FollowEvent) => Effect.Effect<unknown>) => Effect.Effect<boolean, HomeFailed>
}

/** Bytes of a file from an offset, a chunk at a time; nothing while the file does not exist. */
const readAt = (fs: FileSystem.FileSystem, path: string, offset: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* fs.open(path, { flag: "r" })
      const bytes = yield* file.readAlloc(chunkBytes, { position: BigInt(offset) })
      return Option.getOrElse(bytes, () => new Uint8Array(0))
    })
  ).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(new Uint8Array(0))),
    Effect.mapError((error) => new HomeFailed({ path, message: `${path}: ${error.message}` }))
  )

/** The complete JSON lines that have come since it was last asked; a line longer than a chunk is passed over. */
const makeLines = (fs: FileSystem.FileSystem, path: string) => {
  let offset = 0
  return Effect.gen(function* () {
    const all: Array<unknown> = []
    while (true) {
      const bytes = yield* readAt(fs, path, offset)
      const { values, consumed } = completeLines(bytes)
      all.push(...values)
      offset += consumed === 0 && bytes.length === chunkBytes ? chunkBytes : consumed
      if (bytes.length < chunkBytes) return all
    }
  })
}

const isSample = Schema.is(Sample)
const isPreparation = (value: unknown): value is Preparation =>
  typeof value === "object" && value !== null && "_tag" in value && "step" in value

const isGap = Schema.is(Schema.Struct({ fromByte: Schema.Int, lostBytes: Schema.Int }))

/**
 * Tails an attempt's files, the log from an offset.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeTail = (
  fs: FileSystem.FileSystem,
  files: AttemptFiles,
  attempt: number,
  fromByte: number
): AttemptTail => {
  const preparation = makeLines(fs, files.preparation)
  const samples = makeLines(fs, files.samples)
  const gapLines = makeLines(fs, files.gaps)
  const scanner = LogScanner.make()
  const gaps = new Map<number, number>()
  let offset = fromByte

  /** The next piece of log: up to the next gap, or the gap itself. */
  const nextPiece = Effect.gen(function* () {
    const bytes = yield* readAt(fs, files.log, offset)
    // A gap is noted before the log grows over it: whatever zeros were read are known by now.
    for (const line of yield* gapLines) if (isGap(line)) gaps.set(line.fromByte, line.lostBytes)
    const gap = [...gaps].find(([at, lost]) => at <= offset && offset < at + lost)
    if (gap !== undefined && bytes.length > 0) {
      const lostBytes = gap[0] + gap[1] - offset
      offset += lostBytes
      return { _tag: "Gap" as const, lostBytes }
    }
    const untilGap = Math.min(...[...gaps.keys()].filter((at) => at > offset), Infinity) - offset
    const piece = bytes.subarray(0, untilGap)
    const from = offset
    offset += piece.length
    return piece.length === 0 ? undefined : { _tag: "Log" as const, fromByte: from, bytes: piece }
  })

  return {
    drain: Effect.fnUntraced(function* (tell) {
      let moved = false
      for (const line of yield* preparation) {
        moved = true
        if (isPreparation(line)) yield* tell({ _tag: "Preparation", attempt, preparation: line })
      }
      for (const line of yield* samples) {
        moved = true
        if (isSample(line)) yield* tell({ _tag: "Sample", attempt, sample: line })
      }
      for (let piece = yield* nextPiece; piece !== undefined; piece = yield* nextPiece) {
        moved = true
        yield* tell({ attempt, ...piece })
        if (piece._tag === "Gap") continue
        for (const said of scanner.push(piece.bytes)) {
          if (said._tag === "Metric") yield* tell({ _tag: "Metric", attempt, metric: said.metric })
        }
      }
      return moved
    })
  }
}
