import { assert, describe, it } from "vitest"
import { withResult, withRow } from "./record.ts"

const page = "Before\n\n<!-- a: begin -->\n\n<!-- a: end -->\n\nAfter\n"

describe("a result", () => {
  it("stands in its place as a table, instead of an older one", () => {
    const once = withResult(page, "a", { histories: 3, problems: 0 })
    const twice = withResult(once, "a", { histories: 4, problems: 1 })
    assert.strictEqual(
      twice,
      "Before\n\n<!-- a: begin -->\n\n| what | result |\n| --- | --- |\n| histories | 4 |\n| problems | 1 |\n\n<!-- a: end -->\n\nAfter\n"
    )
  })

  it("is a row among others, and takes the place of its own older one", () => {
    const rows = [
      { cloud: "verda", histories: 3 },
      { cloud: "aws", histories: 1 },
      { cloud: "verda", histories: 5 }
    ].reduce((text, row) => withRow(text, "a", row), page)
    assert.include(rows, "| cloud | histories |\n| --- | --- |\n| aws | 1 |\n| verda | 5 |\n\n<!-- a: end -->")
  })

  it("has no place where nobody made one", () => {
    assert.throws(() => withRow(page, "b", { cloud: "aws" }), /no place for "b"/)
  })
})
