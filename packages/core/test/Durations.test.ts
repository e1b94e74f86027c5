import { assert, it } from "@effect/vitest"
import * as Durations from "@runctl/core/Durations"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

const seconds = (text: string, unit?: "seconds" | "hours") => {
  const parsed = Durations.parse(text, unit)
  return parsed === undefined ? undefined : Duration.toSeconds(parsed)
}

it("reads what people type", () => {
  const typed = {
    "90s": 90,
    "45m": 2700,
    "2h": 7200,
    "1h30m": 5400,
    "1.5h": 5400,
    "2 days": 172_800,
    " 1D 2 H ": 93_600,
    "0s": 0,
    "3 min 5 sec": 185
  }
  assert.deepStrictEqual(
    Object.keys(typed).map((text) => seconds(text)),
    Object.values(typed)
  )
})

it("counts a bare number in the unit that was said, and refuses it where none was", () => {
  assert.deepStrictEqual([seconds("24", "hours"), seconds("90", "seconds"), seconds("90")], [86_400, 90, undefined])
})

it("refuses what is not a time", () => {
  const hostile = [
    "",
    " ",
    "h",
    "-1h",
    "+1h",
    "1h-",
    "1.h",
    ".5h",
    "1e3s",
    "1h30",
    "1 fortnight",
    "5constructor",
    "1h 2x"
  ]
  for (const text of [...hostile, `${"9".repeat(400)}s`, "0x10s", "1,5h", "١h"]) {
    assert.isUndefined(seconds(text), text)
  }
})

it("prints the two largest units that matter", () => {
  const printed: ReadonlyArray<readonly [string, number]> = [
    ["0s", 0],
    ["42s", 42],
    ["1m", 59.6],
    ["3m 5s", 185],
    ["2h 10m", 7830],
    ["1d 4h", 100_900],
    ["1d", 86_461],
    ["forever", Infinity]
  ]
  assert.deepStrictEqual(
    printed.map(([, amount]) => Durations.format(Duration.seconds(amount))),
    printed.map(([text]) => text)
  )
})

const Seconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000_000 }))

it.prop("what is printed reads back as the same time, less what the third unit would say", [Seconds], ([total]) => {
  const read = seconds(Durations.format(Duration.seconds(total)))
  const below = total < 3600 ? 1 : total < 86_400 ? 60 : 3600
  assert.isDefined(read)
  assert.isTrue(read !== undefined && read <= total && total - read < below, `${total} became ${read}`)
})

it.prop("any mix of units is the sum of its parts", [Seconds, Seconds, Seconds], ([days, hours, rest]) => {
  assert.strictEqual(seconds(`${days}d ${hours} hours${rest}s`), days * 86_400 + hours * 3600 + rest)
})

it.prop("no text makes it throw or gives a time below zero", [Schema.String], ([text]) => {
  assert.isAtLeast(seconds(text) ?? 0, 0)
})
