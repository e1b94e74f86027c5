import { assert, describe, it } from "vitest"
import { interleaved, median } from "../measure.ts"
import { isWithin, lineOf, type Result } from "../Result.ts"

const result = (value: number, unit: Result["unit"] = "x"): Result => ({
  name: "a thing",
  value,
  unit,
  limit: 2,
  details: "why"
})

describe("a bench's result", () => {
  it("has twice its limit to itself, and with --strict no more than the limit", () => {
    assert.isTrue(isWithin(result(4), false))
    assert.isFalse(isWithin(result(4.1), false))
    assert.isTrue(isWithin(result(2), true))
    assert.isFalse(isWithin(result(2.1), true))
  })

  it("gets no slack for what is counted", () => {
    assert.isFalse(isWithin(result(3, "files"), false))
    assert.isFalse(isWithin(result(3, "calls"), false))
  })

  it("is one line that says whether it is too much", () => {
    assert.strictEqual(lineOf(result(1.5), false), "a thing: 1.50 x (2) ok; why")
    assert.match(lineOf(result(3), false), /within the slack/)
    assert.match(lineOf(result(3), true), /TOO MUCH/)
  })

  it("that is no number fails", () => {
    assert.isFalse(isWithin(result(Number.NaN), false))
  })
})

describe("a measurement", () => {
  it("is the median of what was measured in turn, without the rounds to warm up", async () => {
    const order: Array<string> = []
    const values = { a: [100, 3, 1, 2], b: [100, 4, 8, 6] }
    const next = (name: "a" | "b") => () => {
      order.push(name)
      return values[name].shift() ?? Number.NaN
    }
    const medians = await interleaved({ a: next("a"), b: next("b") }, { rounds: 3, warmups: 1 })
    assert.deepStrictEqual(medians, { a: 2, b: 6 })
    assert.strictEqual(order.join(""), "abababab")
    assert.strictEqual(median([1, 2, 3, 10]), 2.5)
  })
})
