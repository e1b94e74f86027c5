import { assert, describe, it } from "@effect/vitest"
import { makeDigits, side } from "../digits/data.mjs"
import { randomFrom, shuffled } from "../digits/random.mjs"

describe("the data of digits", () => {
  it("is the same for the same seed and another for another", () => {
    assert.deepStrictEqual(makeDigits(30, randomFrom(1)), makeDigits(30, randomFrom(1)))
    assert.notDeepEqual(makeDigits(30, randomFrom(1)), makeDigits(30, randomFrom(2)))
  })

  it("has as many pictures of each digit, each with ink and paper", () => {
    const digits = makeDigits(200, randomFrom(5))

    for (let label = 0; label < 10; label++)
      assert.lengthOf(
        digits.filter((digit) => digit.label === label),
        20
      )
    for (const { pixels } of digits) {
      assert.lengthOf(pixels, side * side)
      assert.isTrue(pixels.every((ink) => ink >= 0 && ink <= 1))
      assert.isAbove(pixels.filter((ink) => ink > 0.7).length, 8)
      assert.isAbove(pixels.filter((ink) => ink < 0.3).length, pixels.length / 3)
    }
  })

  it("is shuffled without losing or repeating anything", () => {
    const order = shuffled(100, randomFrom(6))

    assert.notDeepEqual(order, shuffled(100, randomFrom(7)))
    assert.deepStrictEqual(
      order.toSorted((a, b) => a - b),
      Array.from({ length: 100 }, (_, index) => index)
    )
  })
})
