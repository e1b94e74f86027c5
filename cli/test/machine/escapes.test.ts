import { assert, it } from "@effect/vitest"
import { makeEscapes } from "../../src/machine/escapes.ts"

const typed = (...pieces: ReadonlyArray<string>) => {
  const read = makeEscapes()
  let sent = ""
  let shown = 0
  let ends = false
  for (const piece of pieces) {
    const told = read(Buffer.from(piece, "latin1"))
    sent += Buffer.from(told.send).toString("latin1")
    if (told.shows === "help") shown += 1
    ends ||= told.ends
  }
  return { sent, shown, ends }
}

it("~. at the beginning of a line ends the connection, also when it comes in two pieces", () => {
  assert.deepStrictEqual(typed("~."), { sent: "", shown: 0, ends: true })
  assert.deepStrictEqual(typed("ls\r", "~", ".rest"), { sent: "ls\r", shown: 0, ends: true })
})

it("a ~ elsewhere is typed as it is", () => {
  for (const text of ["ls ~.", "cd ~/x\r", "a~.", "ls\r~/bin/x"]) {
    assert.deepStrictEqual(typed(text), { sent: text, shown: 0, ends: false })
    assert.deepStrictEqual(typed(...text.split("")), { sent: text, shown: 0, ends: false })
  }
})

it("~~ sends one, ~? shows what there is", () => {
  assert.deepStrictEqual(typed("~~."), { sent: "~.", shown: 0, ends: false })
  assert.deepStrictEqual(typed("\n~?", "~."), { sent: "\n", shown: 1, ends: true })
})

it("every other byte goes on as it is", () => {
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte)).replace("~", "")
  assert.strictEqual(typed(all).sent, all)
})
