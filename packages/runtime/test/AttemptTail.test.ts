import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { RunId } from "@runctl/core/Run"
import { type AttemptTail, makeTail } from "@runctl/runtime/AttemptTail"
import type { FollowEvent } from "@runctl/runtime/FollowEvent"
import { Home } from "@runctl/runtime/Home"
import { RunFiles } from "@runctl/runtime/RunFiles"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { mkdirSync, writeFileSync } from "node:fs"
import { temporaryFolder } from "./fakeWorld.ts"

const drained = (tail: AttemptTail) =>
  Effect.gen(function* () {
    const events: Array<FollowEvent> = []
    yield* tail.drain((event) => Effect.sync(() => events.push(event)))
    return events
  })

const bytesOf = (events: ReadonlyArray<FollowEvent>): Buffer =>
  Buffer.concat(events.flatMap((event) => (event._tag === "Log" ? [event.bytes] : [])))

/** Plays with the files of an attempt. */
const on = <A, E>(
  play: (
    files: ReturnType<RunFiles["Service"]["attempt"]>,
    all: RunFiles["Service"],
    tailFrom: (byte: number) => AttemptTail
  ) => Effect.Effect<A, E, Scope.Scope>
) =>
  Effect.gen(function* () {
    const root = yield* temporaryFolder
    return yield* Effect.gen(function* () {
      const all = yield* RunFiles
      const fs = yield* FileSystem.FileSystem
      const files = all.attempt(RunId.make("run-0123456789abcd"), 1)
      return yield* play(files, all, (byte) => makeTail(fs, files, 1, byte))
    }).pipe(
      Effect.provide(RunFiles.layer.pipe(Layer.provide(Home.layerAt(root)), Layer.provideMerge(NodeServices.layer)), {
        local: true
      })
    )
  })

const random = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) % 256)

describe("a tail", () => {
  it.effect("passes on a log of several chunks byte for byte, from any byte on", () =>
    on((files, all, tailFrom) =>
      Effect.gen(function* () {
        const log = random(700_000)
        const mirror = yield* all.mirror(files)
        yield* mirror.write(0, log)
        for (const from of [0, 1, 262_144, 699_999, 700_000]) {
          const events = yield* drained(tailFrom(from))
          assert.isTrue(bytesOf(events).equals(Buffer.from(log.subarray(from))))
        }
      })
    )
  )

  const Pieces = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: -20, maximum: 40 }))).check(
    Schema.isMaxLength(20)
  )
  it.effect.prop(
    "loses and repeats nothing while log and gaps grow, and shows every gap in its place",
    [Pieces],
    ([pieces]) =>
      on((files, all, tailFrom) =>
        Effect.gen(function* () {
          const mirror = yield* all.mirror(files)
          const tail = tailFrom(0)
          const seen: Array<FollowEvent> = []
          let at = 0
          let [written, lost] = ["", 0]
          for (const [index, piece] of pieces.entries()) {
            if (piece < 0) {
              yield* mirror.skip(at, -piece)
              lost -= piece
            } else {
              const text = String.fromCharCode(97 + index).repeat(piece)
              // The machine may repeat what was said before.
              yield* mirror.write(at, Buffer.from(text))
              yield* mirror.write(at, Buffer.from(text))
              written += text
            }
            at += Math.abs(piece)
            if (index % 3 === 0) seen.push(...(yield* drained(tail)))
          }
          seen.push(...(yield* drained(tail)))
          let offset = 0
          for (const event of seen) {
            if (event._tag === "Gap") offset += event.lostBytes
            if (event._tag !== "Log") continue
            assert.strictEqual(event.fromByte, offset)
            offset += event.bytes.length
          }
          assert.strictEqual(offset, at)
          assert.strictEqual(bytesOf(seen).toString(), written)
          assert.strictEqual(yield* mirror.length, at)
          const shown = seen.reduce((sum, event) => sum + (event._tag === "Gap" ? event.lostBytes : 0), 0)
          assert.strictEqual(shown, lost)
        })
      ),
    { arbitrary: { runs: 30 } }
  )

  it.effect("that begins inside a gap shows the rest of the gap", () =>
    on((files, all, tailFrom) =>
      Effect.gen(function* () {
        const mirror = yield* all.mirror(files)
        yield* mirror.write(0, Buffer.from("abc"))
        yield* mirror.skip(3, 10)
        yield* mirror.write(13, Buffer.from("xyz"))
        const events = yield* drained(tailFrom(5))
        assert.deepStrictEqual(
          events.map((event) => (event._tag === "Gap" ? event.lostBytes : event._tag)),
          [8, "Log"]
        )
        assert.strictEqual(bytesOf(events).toString(), "xyz")
      })
    )
  )

  it.effect("never shows as lost what had been mirrored before", () =>
    on((files, all, tailFrom) =>
      Effect.gen(function* () {
        const mirror = yield* all.mirror(files)
        yield* mirror.write(0, Buffer.from("abcdef"))
        yield* mirror.skip(3, 10)
        const events = yield* drained(tailFrom(0))
        assert.strictEqual(bytesOf(events).toString(), "abcdef")
        assert.isTrue(events.some((event) => event._tag === "Gap" && event.lostBytes === 7))
      })
    )
  )

  it.effect("reads all samples at once, however many there are, and half a line only when it is whole", () =>
    on((files, _, tailFrom) =>
      Effect.gen(function* () {
        const sample = (at: number): string =>
          JSON.stringify({
            at,
            cpuPercent: 1,
            memoryUsedBytes: null,
            memoryTotalBytes: null,
            diskUsedBytes: null,
            diskTotalBytes: null,
            gpus: []
          })
        mkdirSync(files.folder, { recursive: true })
        const whole = Array.from({ length: 5000 }, (_, index) => `${sample(index)}\n`).join("")
        writeFileSync(files.samples, `${whole}{"at":50`)
        const tail = tailFrom(0)
        const events = yield* drained(tail)
        assert.lengthOf(events, 5000)
        writeFileSync(files.samples, `${whole}${sample(5000)}\n`)
        assert.lengthOf(yield* drained(tail), 1)
      })
    )
  )

  it.effect("finds a metric that is cut in two", () =>
    on((files, all, tailFrom) =>
      Effect.gen(function* () {
        const mirror = yield* all.mirror(files)
        const tail = tailFrom(0)
        yield* mirror.write(0, Buffer.from('x\n{"metric":"lo'))
        const before = yield* drained(tail)
        yield* mirror.write(15, Buffer.from('ss","value":1}\n'))
        const after = yield* drained(tail)
        assert.isFalse(before.some(({ _tag }) => _tag === "Metric"))
        assert.isTrue(after.some((event) => event._tag === "Metric" && event.metric.metric === "loss"))
      })
    )
  )
})
