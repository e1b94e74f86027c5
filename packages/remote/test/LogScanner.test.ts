import { assert, describe, it } from "@effect/vitest"
import * as LogScanner from "@runctl/remote/LogScanner"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const scan = (pieces: ReadonlyArray<Uint8Array>): ReadonlyArray<LogScanner.Said> => {
  const scanner = LogScanner.make()
  return [...pieces.flatMap((piece) => scanner.push(piece)), ...scanner.end()]
}

const said = (text: string): ReadonlyArray<LogScanner.Said> => scan([bytes(text)])

const Line = Schema.Literals([
  '{"metric":"loss","step":3,"value":0.5}',
  ' {"metric":"acc","value":1e-3} ',
  '{"checkpoint":"epoch 3.pt"}',
  "hello",
  "",
  "{not json}",
  '{"metric":"loss","value":"high"}',
  '{"metric":"","value":1}',
  "日本 {}",
  "}{"
])
const meaningful = (line: string): boolean => line.includes('"value":0') || line.includes("1e-3") || line.includes("pt")

describe("LogScanner", () => {
  it("reads metrics and checkpoints and nothing else", () => {
    assert.deepStrictEqual(
      said(
        'step 1\n{"metric":"loss","step":3,"value":0.5,"more":1}\n\r\n  {"checkpoint":"a/b.pt"}\r\n{"metric":1,"value":2}\n'
      ),
      [
        { _tag: "Metric", metric: { metric: "loss", step: 3, value: 0.5 } },
        { _tag: "Checkpoint", path: "a/b.pt" }
      ]
    )
  })

  it("reads a line after a progress bar, and a last line without an end", () => {
    assert.strictEqual(said(' 10%|#  |\r 20%|## |\r{"metric":"loss","value":1}\r 30%|###').length, 1)
    assert.strictEqual(said('{"metric":"loss","value":1}').length, 1)
  })

  it.prop(
    "finds the same wherever the bytes are cut",
    [
      Arbitrary.array(Arbitrary.schema(Line)),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })))
    ],
    ([lines, size]) => {
      const whole = bytes(lines.join("\n"))
      const pieces: Array<Uint8Array> = []
      for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size))
      assert.deepStrictEqual(scan(pieces), scan([whole]))
      assert.strictEqual(scan([whole]).length, lines.filter(meaningful).length)
    }
  )

  it("survives bytes that are no text", () => {
    const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * 197) % 256)
    assert.strictEqual(scan([noise, bytes('\n{"metric":"loss","value":1}\n')]).length, 1)
  })

  it("holds no endless line, and reads on after it", () => {
    const scanner = LogScanner.make()
    const piece = new Uint8Array(1024 * 1024).fill(123)
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 200; i++) scanner.push(piece)
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 20 * 1024 * 1024)
    assert.deepStrictEqual(scanner.push(bytes('}\n{"checkpoint":"x"}\n')), [{ _tag: "Checkpoint", path: "x" }])
  })

  it("does not become slow when a line comes byte by byte", () => {
    const scanner = LogScanner.make()
    for (let i = 0; i < 60_000; i++) scanner.push(Uint8Array.of(97))
    assert.deepStrictEqual(scanner.push(bytes('\n{"checkpoint":"x"}\n')).length, 1)
  })
})
