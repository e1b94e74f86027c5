import { spawnSync } from "node:child_process"
import { assert, describe, it } from "vitest"
import { commandsIn, notPrinted, programOf, unexpected } from "./commands.ts"
import { blocksIn } from "./markdown.ts"

const outcome = (text: string, ...orders: ReadonlyArray<string>) => {
  const [block] = blocksIn([...orders.map((order) => `<!-- test: ${order} -->`), "```sh", text, "```"].join("\n"))
  if (block === undefined) throw new Error("no block")
  return spawnSync("sh", ["-c", programOf(block)], { encoding: "utf8" })
}

describe("the commands of a block", () => {
  it("are its lines without comments, continued ones joined", () => {
    const found = commandsIn("# first\necho 1 # one\n\necho 2 \\\n  3")
    assert.deepStrictEqual(found, [
      { at: 1, text: "echo 1 # one" },
      { at: 3, text: "echo 2 \\\n  3" }
    ])
  })

  it("run in one shell, their prints in order", () => {
    const { status, stdout } = outcome("a=1\ncd /\necho $a >&2\npwd")
    assert.strictEqual(status, 0)
    assert.strictEqual(stdout, "1\n/\n")
  })

  it("have to succeed, each of them", () => {
    const { status, stdout } = outcome("true\nfalse\necho later")
    assert.strictEqual(status, unexpected)
    assert.include(stdout, "line 2 of the block ended with 1, not 0")
    assert.notInclude(stdout, "later")
  })

  it("end with the exit code that is expected, the last of them", () => {
    assert.strictEqual(outcome("true\n(exit 7)", "expect-exit 7").status, 0)
    assert.strictEqual(outcome("true\n(exit 3)", "expect-exit 7").status, unexpected)
    assert.strictEqual(outcome("true", "expect-exit 7").status, unexpected)
  })

  it("may be others, when what they replace is there", () => {
    assert.strictEqual(outcome("sleep 60", 'instead "60" → "0" because of time').status, 0)
    assert.throws(() => outcome("sleep 1", 'instead "60" → "0" because of time'), /is not in the block/)
  })

  it("are not nothing", () => assert.throws(() => outcome("# only words"), /no command/))
})

describe("what a page shows", () => {
  const printed = "a\n· run first (run-1ng2srka5r8wtq)\ncreated local/here/d44ddey3heasmpggvwew ($0/h)\n✓ took 3s\n"

  it("was printed when only ids, numbers and what is left out differ", () => {
    assert.isUndefined(notPrinted("· run first (run-2aaaaaaaaaaaaa)\n…\n✓  took 12s", printed))
    assert.isUndefined(notPrinted("created local/…/501kb19df7rzt1acn2df ($0/h)", printed))
  })

  it("was not printed when a word differs, the order, or a line is too much", () => {
    assert.strictEqual(notPrinted("· run second (run-1ng2srka5r8wtq)", printed), "· run second (run-1ng2srka5r8wtq)")
    assert.strictEqual(notPrinted("✓ took 3s\na", printed), "a")
    assert.strictEqual(notPrinted("a\na", printed), "a")
    assert.strictEqual(notPrinted("✓ took", printed), "✓ took")
  })
})
