import { assert, describe, it } from "vitest"
import { copyingLine, rateOf } from "../../src/render/copying.ts"
import { rateOf as limitOf } from "../../src/transfer.ts"

describe("how a copy is going", () => {
  it("has the rate of the last seconds, not of the whole", () => {
    const slow = Array.from({ length: 101 }, (_, index) => ({ at: index * 100, bytes: index * 100 }))
    const fast = Array.from({ length: 60 }, (_, index) => ({
      at: 10_100 + index * 100,
      bytes: 10_000 + index * 100_000
    }))
    assert.strictEqual(rateOf(slow), 1000)
    assert.closeTo(rateOf([...slow, ...fast]) ?? 0, 1_000_000, 1)
    assert.isUndefined(rateOf(slow.slice(0, 1)))
    assert.isUndefined(rateOf([]))
  })

  it("says how much is left, and never divides by nothing", () => {
    const progress = { files: 12, totalFiles: 20, bytes: 30 * 1024 ** 2, totalBytes: 120 * 1024 ** 2 }
    assert.match(copyingLine(progress, 1024 ** 2), /12\/20 files .* 25% .*\/s {2}1:30 left$/)
    assert.match(copyingLine(progress, 1000), / 26:\d\d:\d\d left$/)
    assert.notInclude(copyingLine(progress, undefined), "left")
    assert.notInclude(copyingLine(progress, 0), "left")
    assert.include(copyingLine({ files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 }, undefined), "100%")
  })
})

describe("--bwlimit", () => {
  it("takes bytes with a unit, and nothing else", () => {
    assert.strictEqual(limitOf("10M"), 10 * 1024 ** 2)
    assert.strictEqual(limitOf("1.5g"), 1.5 * 1024 ** 3)
    assert.strictEqual(limitOf("500KiB/s"), 500 * 1024)
    assert.strictEqual(limitOf("900"), 900)
    for (const bad of ["", "fast", "-1M", "0", "1T", "10 M B", "1e9"]) assert.throws(() => limitOf(bad), /--bwlimit/)
  })
})
