import { assert, describe, it } from "vitest"
import { anchorsIn, blocksIn, linksIn, lostOrders } from "./markdown.ts"

const page = (...lines: ReadonlyArray<string>): string => lines.join("\n")
const ordersOf = (...comments: ReadonlyArray<string>) => blocksIn(page(...comments, "```sh", "true", "```"))[0]?.orders

describe("the blocks of a page", () => {
  it("are found with their line, language and text", () => {
    const [first, second] = blocksIn(
      page("# A", "", "```sh", "echo 1", "", "echo 2", "```", "- b", "  ```", "  c", "  ```")
    )
    assert.deepInclude(first, { line: 3, language: "sh", text: "echo 1\n\necho 2" })
    assert.deepInclude(second, { line: 9, language: "", text: "c" })
  })

  it("may hold shorter fences", () => {
    const [only, ...others] = blocksIn(page("````text", "```sh", "rm -rf /", "```", "````"))
    assert.strictEqual(only?.text, "```sh\nrm -rf /\n```")
    assert.deepStrictEqual(others, [])
  })

  it("have to be closed", () => assert.throws(() => blocksIn(page("```sh", "true")), /line 1 is not closed/))

  it("are what the comments right above them say", () => {
    assert.strictEqual(ordersOf("<!-- test: skip it needs a cloud -->")?.skip, "it needs a cloud")
    assert.strictEqual(ordersOf("<!-- test: expect-exit 7 -->")?.expectExit, 7)
    assert.strictEqual(ordersOf("<!-- test: file a/b.py -->")?.file, "a/b.py")
    assert.strictEqual(ordersOf("<!-- from: a/b.ts -->")?.from, "a/b.ts")
    assert.isTrue(ordersOf("<!-- test: shows -->")?.shows)
    const both = ordersOf('<!-- test: instead "a" → "b" because of time -->', "<!-- test: expect-exit 2 -->")
    assert.deepInclude(both, { expectExit: 2, instead: [["a", "b"]] })
    assert.deepInclude(ordersOf("<!-- test: expect-exit 2 -->", "prose"), { expectExit: 0 })
  })

  it("are not skipped without a reason, nor treated in ways nobody knows", () => {
    for (const order of ["skip", "skip  ", "expect-exit x", "ignore it all", 'instead "a" → "b"']) {
      assert.throws(() => ordersOf(`<!-- test: ${order} -->`), /nobody understands/, order)
    }
  })

  it("follow every order", () => {
    assert.deepStrictEqual(lostOrders(page("<!-- test: shows -->", "<!-- a note -->", "```", "```")), [])
    assert.deepStrictEqual(lostOrders(page("<!-- test: shows -->", "", "```", "```")), [1])
  })
})

describe("the links of a page", () => {
  it("are those to files and headings, outside of code", () => {
    const found = linksIn(page("[a](b.md#c) [d](https://e) `[f](g)`", "```", "[h](i)", "```", "[j](#k)"))
    assert.deepStrictEqual(found, [
      { line: 1, target: "b.md#c" },
      { line: 5, target: "#k" }
    ])
  })
})

describe("the anchors of a page", () => {
  it("are its headings in small letters, without marks, told apart by number", () => {
    const found = anchorsIn(page("# What *is* `--json`?", "## A", "## A", "```", "# no heading", "```", "text"))
    assert.deepStrictEqual([...found], ["what-is---json", "a", "a-1"])
  })
})
