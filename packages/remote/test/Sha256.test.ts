import { assert, describe, it } from "@effect/vitest"
import * as Sha256 from "@runctl/remote/Sha256"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Crypto from "node:crypto"

const reference = (bytes: Uint8Array): string => Crypto.createHash("sha256").update(bytes).digest("hex")

describe("Sha256", () => {
  it.effect.prop(
    "agrees with the platform on any bytes, cut anywhere",
    {
      length: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 700 }))),
      cuts: Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 130 }))))
    },
    ({ length, cuts }) =>
      Effect.gen(function* () {
        const bytes = Uint8Array.from({ length }, (_, index) => (index * 31 + length) % 256)
        const pieces: Array<Uint8Array> = []
        let at = 0
        for (const cut of cuts) {
          pieces.push(bytes.subarray(at, at + cut))
          at += cut
        }
        pieces.push(bytes.subarray(Math.min(at, length)))
        assert.strictEqual(yield* Sha256.ofStream(Stream.fromIterable(pieces)), reference(bytes))
        assert.strictEqual(yield* Sha256.ofBytes(bytes), reference(bytes))
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect("digests fast enough not to be what a transfer waits for", () =>
    Effect.gen(function* () {
      const bytes = new Uint8Array(32 * 1024 * 1024).fill(7)
      const before = process.cpuUsage()
      assert.strictEqual(yield* Sha256.ofBytes(bytes), reference(bytes))
      // Time of its own: other tests may run meanwhile.
      assert.isBelow(process.cpuUsage(before).user / 1000, 3000)
    })
  )
})
