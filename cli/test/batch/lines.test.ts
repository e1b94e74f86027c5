import { assert, it } from "@effect/vitest"
import { prefixLines } from "../../src/batch/lines.ts"

const shown = (...pieces: ReadonlyArray<string | Uint8Array>): Buffer => {
  const lines = prefixLines("one")
  const all = pieces.map((piece) => lines.push(typeof piece === "string" ? Buffer.from(piece) : piece))
  return Buffer.concat([...all, lines.end()])
}

it("every line begins with the name, and only whole lines are shown", () => {
  assert.strictEqual(shown("a\nb\n").toString(), "one: a\none: b\n")
  assert.strictEqual(shown("a", "b\nc", "\n\n").toString(), "one: ab\none: c\none: \n")
  const lines = prefixLines("one")
  assert.strictEqual(lines.push(Buffer.from("begun")).length, 0)
})

it("a last line without a line feed is shown at the end", () => {
  assert.strictEqual(shown("a\nb").toString(), "one: a\none: b\n")
  assert.strictEqual(shown("").length, 0)
})

it("bytes stay as they are, and a buffer that is used again spoils nothing", () => {
  const piece = Uint8Array.from([0xff, 0x00, 0xfe])
  const lines = prefixLines("x")
  lines.push(piece)
  piece.fill(0x41)
  assert.deepStrictEqual([...lines.end()], [...Buffer.from("x: "), 0xff, 0x00, 0xfe, 0x0a])
})

it("a line without an end is cut, and fills no memory", () => {
  const lines = prefixLines("x")
  let kept = 0
  let out = 0
  for (let count = 0; count < 50; count++) {
    out += lines.push(Buffer.alloc(100_000, "a")).length
    kept = 100_000 * (count + 1) - out
    assert.isAtMost(kept, 1024 * 1024 + 100_000)
  }
  assert.strictEqual(Buffer.from(lines.end()).toString().at(-1), "\n")
})
