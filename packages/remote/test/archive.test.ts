import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Tar from "effect/encoding/Tar"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as archive from "../src/internal/archive.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const attributes = { mode: 0o640, mtimeSeconds: 1_700_000_000 }

const decoded = <E>(pieces: Stream.Stream<Uint8Array, E>) =>
  pieces.pipe(
    Stream.pipeThroughChannel(Tar.decode<E>()),
    Stream.mapEffect((entry) =>
      Effect.map(Stream.runCollect(entry.body), (body) => ({
        path: entry.header.path,
        type: entry.header.type,
        mode: entry.header.mode,
        target: entry.header.linkTarget,
        body: Buffer.concat(body).toString("utf8")
      }))
    ),
    Stream.runCollect
  )

const Name = Schema.NonEmptyString.check(Schema.isPattern(/^[^/\0\ud800-\udfff]{1,40}$/))

describe("archive", () => {
  it.effect.prop(
    "writes names and contents of any length that come back as they were",
    {
      name: Arbitrary.schema(Name),
      repeated: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))),
      size: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1600 })))
    },
    ({ name, repeated, size }) =>
      Effect.gen(function* () {
        const path = Array.from({ length: repeated }, () => name).join("/")
        const content = "x".repeat(size)
        const streamed = archive.fileStream(`s/${path}`, size, Stream.make(bytes(content)), attributes)
        const written = Stream.make(
          archive.file(path, bytes(content), attributes),
          archive.link(`l/${path}`, path),
          archive.folder(`d/${path}`, attributes)
        )
        const found = yield* decoded(written.pipe(Stream.concat(streamed), Stream.concat(Stream.make(archive.end))))
        assert.deepStrictEqual(found, [
          { path, type: "File", mode: 0o640, target: undefined, body: content },
          { path: `l/${path}`, type: "Symlink", mode: 0o777, target: path, body: "" },
          { path: `d/${path}/`, type: "Directory", mode: 0o640, target: undefined, body: "" },
          { path: `s/${path}`, type: "File", mode: 0o640, target: undefined, body: content }
        ])
      }),
    { arbitrary: { runs: 150 } }
  )

  for (const size of [3, 5]) {
    it.effect(`fails when a file of 4 bytes yields ${size}`, () =>
      Effect.gen(function* () {
        const piece = archive.fileStream("f", 4, Stream.make(bytes("x".repeat(size))), attributes)
        assert.deepStrictEqual(yield* Effect.flip(Stream.runDrain(piece)), { _tag: "SizeChanged", path: "f" })
      })
    )
  }

  it.effect("writes sizes that octal digits cannot hold", () =>
    Effect.gen(function* () {
      const size = 9 * 1024 ** 3 + 5
      const piece = archive.fileStream("huge", size, Stream.empty, attributes)
      const [header] = yield* Stream.runCollect(Stream.take(piece, 1))
      const entries = Stream.make(header ?? new Uint8Array(0)).pipe(Stream.pipeThroughChannel(Tar.decode()))
      const sizes = yield* Stream.runCollect(Stream.map(Stream.take(entries, 1), (entry) => entry.header.size))
      assert.deepStrictEqual(sizes, [size])
    })
  )
})
