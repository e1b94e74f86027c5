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

  it.effect.prop(
    "lays out files so that any of them may be cut out",
    {
      files: Arbitrary.array(
        Arbitrary.schema(
          Schema.Struct({
            name: Name,
            size: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1600 })),
            isCutOut: Schema.Boolean
          })
        )
      )
    },
    ({ files }) =>
      Effect.gen(function* () {
        const named = files.map((file, index) => ({ ...file, path: `${index}/${file.name.repeat(1 + (index % 9))}` }))
        const room = archive.layOut(named.map(({ path, size }) => ({ path, bytes: size, attributes })))
        named.forEach(({ size }, index) => {
          // As a reader may leave it, with a byte too many.
          const at = room.places[index]?.content ?? 0
          room.archive.fill(120, at, at + size + 1)
        })
        room.close()
        for (const [index, { content, end }] of room.places.entries()) {
          const padding = room.archive.subarray(content + (named[index]?.size ?? 0), end)
          assert.isTrue(padding.every((byte) => byte === 0))
        }
        const pieces = named.flatMap(({ isCutOut }, index) =>
          isCutOut ? [] : [room.archive.subarray(room.places[index]?.start, room.places[index]?.end)]
        )
        const found = yield* decoded(Stream.fromIterable([...pieces, archive.end]))
        assert.deepStrictEqual(
          found.map(({ body, path }) => ({ path, body })),
          named.filter(({ isCutOut }) => !isCutOut).map(({ path, size }) => ({ path, body: "x".repeat(size) }))
        )
      })
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
