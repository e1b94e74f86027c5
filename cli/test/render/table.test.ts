import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { plain, type Style } from "../../src/render/style.ts"
import { table, tableOfAny } from "../../src/render/table.ts"

const Cell = Schema.String.check(Schema.isPattern(/^[!-~]{1,12}$/))
const Rows = Schema.Array(Schema.Tuple([Cell, Cell, Cell, Schema.Boolean]))
const columns = [{ title: "NAME" }, { title: "PRICE", isNumber: true }, { title: "LAST" }]
const colored: Style = { ...plain, dim: (text) => `\u001B[2m${text}\u001B[22m` }

it.prop("plain cells, colored or not, are aligned as letters of any width are", [Rows], ([rows]) => {
  const cells = rows.map(([name, price, last, isColored]) => [
    name,
    price,
    isColored ? `\u001B[32m${last}\u001B[39m` : last
  ])
  assert.strictEqual(table(columns, cells, colored), tableOfAny(columns, cells, colored))
})

it("wide letters are aligned by their width", () => {
  const [, first = "", second = ""] = table(
    [{ title: "A" }, { title: "B" }],
    [
      ["机器", "x"],
      ["abcd", "y"]
    ],
    plain
  ).split("\n")
  assert.strictEqual(first, "机器  x")
  assert.strictEqual(second, "abcd  y")
})
