import { assert, it } from "@effect/vitest"
import { makeFirstLine } from "../../src/machine/running.ts"

it("the first line is taken away, however it comes, and all else stays", () => {
  const text = "4711\nout\n\nmore"
  for (const size of [1, 2, 3, 5, 7, 100]) {
    const lines: Array<string> = []
    const take = makeFirstLine((line) => lines.push(line))
    let rest = ""
    for (let at = 0; at < text.length; at += size) {
      rest += Buffer.from(take(Buffer.from(text.slice(at, at + size)))).toString()
    }
    assert.deepStrictEqual([lines, rest], [["4711"], "out\n\nmore"], String(size))
  }
})
