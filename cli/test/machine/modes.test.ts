import { assert, it } from "@effect/vitest"
import { watchModes } from "../../src/machine/modes.ts"

const after = (...pieces: ReadonlyArray<string>): string => {
  const modes = watchModes()
  for (const piece of pieces) modes.see(Buffer.from(piece))
  return modes.restoring()
}

it("a terminal on which nothing was switched is left alone", () => {
  assert.strictEqual(after("hello\r\n", "\u001B[31mred\u001B[0m", "\u001B[?7h"), "")
})

it("what an editor had on when the connection was cut is switched off", () => {
  assert.strictEqual(
    after("\u001B[?1049h\u001B[?25l\u001B[?1000;1006h\u001B[?2004h"),
    "\u001B[?1049l\u001B[?1000l\u001B[?1006l\u001B[?2004l\u001B[?25h"
  )
})

it("what was switched off again stays so, however the output was cut into pieces", () => {
  const text = "x\u001B[?1049h\u001B[?25ly\u001B[?25h\u001B[?1049lz"
  assert.strictEqual(after(text), "")
  assert.strictEqual(after(...text.split("")), "")
  assert.strictEqual(after(...text.slice(0, 12).split("")), "\u001B[?1049l")
})
