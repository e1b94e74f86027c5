import { assert, it } from "@effect/vitest"
import * as Money from "@runctl/core/Money"
import * as Schema from "effect/Schema"

const Nano = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000_000_000 }))
const amounts = (numbers: ReadonlyArray<number>) => numbers.map((number) => Money.NanoUsd.make(number))
const Seconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 31_536_000 }))
/** Up to 1,000 dollars an hour, in whole nano-dollars: a year of it is just below the largest amount there is. */
const NanoRate = Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 1_000_000_000_000 }))
const rate = (nanos: number) => Money.UsdPerHour.make(nanos / 1e9)
const ceilDivide = (left: bigint, right: bigint): bigint => (left + right - 1n) / right

it.prop("sums are exact, in any order", [Schema.Array(Nano).check(Schema.isMaxLength(8))], ([numbers]) => {
  const exact = numbers.reduce((total, each) => total + BigInt(each), 0n)
  assert.strictEqual(BigInt(Money.sum(amounts(numbers))), exact)
  assert.strictEqual(Money.sum(amounts(numbers.toReversed())), Money.sum(amounts(numbers)))
})

it("a tenth and two tenths of a dollar are three tenths", () => {
  assert.strictEqual(Money.toUsd(Money.add(Money.fromUsd(0.1), Money.fromUsd(0.2))), 0.3)
})

it.prop("dollars and back change no amount", [Nano], ([nanos]) => {
  const [amount = Money.zero] = amounts([nanos])
  assert.strictEqual(Money.fromUsd(Money.toUsd(amount)), amount)
})

it.prop(
  "what is left is never negative, and together with what was taken is the whole",
  [Nano, Nano],
  ([from, take]) => {
    const [whole = Money.zero, part = Money.zero] = amounts([from, take])
    const left = Money.remaining(whole, part)
    assert.strictEqual(left, Math.max(0, from - take))
  }
)

it.prop("a rate over a time is the exact cost rounded up", [NanoRate, Seconds], ([nanos, seconds]) => {
  const cost = Money.overSeconds(rate(nanos), seconds)
  assert.strictEqual(BigInt(cost), ceilDivide(BigInt(nanos) * BigInt(seconds), 3600n))
})

it("a long time at a high rate is not flattered by the size of the numbers", () => {
  const nanos = 999_999_999_999
  const seconds = 31_000_001
  assert.strictEqual(
    BigInt(Money.overSeconds(rate(nanos), seconds)),
    ceilDivide(BigInt(nanos) * BigInt(seconds), 3600n)
  )
})

it.prop(
  "the seconds an amount affords cost no more than it, and one more would",
  [Nano, NanoRate],
  ([nanos, perHour]) => {
    const [amount = Money.zero] = amounts([nanos])
    const seconds = Money.secondsAffordable(amount, rate(perHour))
    assert.isAtMost(Money.overSeconds(rate(perHour), seconds), amount)
    assert.isAbove(Money.overSeconds(rate(perHour), seconds + 1), amount)
  }
)

it("a free rate, or one below a nano-dollar, lasts for ever", () => {
  assert.strictEqual(Money.secondsAffordable(Money.zero, rate(0)), Infinity)
  assert.strictEqual(Money.secondsAffordable(Money.zero, Money.UsdPerHour.make(1e-12)), Infinity)
})

it.prop("a negative, endless or unsafely large amount is refused", [Nano], ([nanos]) => {
  for (const usd of [-(nanos + 1) / 1e9, Infinity, Number.NaN, 1e10]) assert.throws(() => Money.fromUsd(usd))
})

it("prints dollars for people", () => {
  const printed = {
    $0: 0,
    "$0.000000001": 0.000000001,
    "$0.0042": 0.0042,
    "$0.0010": 0.001,
    "$0.010": 0.01,
    "$0.10": 0.1,
    "$0.50": 0.5,
    "$1.00": 1,
    "$2.10": 2.1,
    "$999.99": 999.99,
    "$1,234.50": 1234.5,
    "$1,234,567.00": 1_234_567
  }
  assert.deepStrictEqual(
    Object.values(printed).map((usd) => Money.format(Money.fromUsd(usd))),
    Object.keys(printed)
  )
})

it.prop("what is printed is within half of its last digit, and never nothing for something", [Nano], ([nanos]) => {
  const [amount = Money.zero] = amounts([nanos])
  const printed = Money.format(amount)
  const read = Number(printed.replaceAll(/[$,]/g, ""))
  const digits = printed.split(".")[1]?.length ?? 0
  assert.closeTo(read, Money.toUsd(amount), 0.5 * 10 ** -digits + 1e-6 * read)
  assert.strictEqual(read === 0, nanos === 0)
})
