import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { short, statusLine } from "../../src/follow/statusLine.ts"

const sample = {
  at: 0,
  cpuPercent: 46.6,
  memoryUsedBytes: 700_182_528,
  memoryTotalBytes: 25_276_510_208,
  diskUsedBytes: null,
  diskTotalBytes: null,
  gpus: [
    {
      index: 0,
      utilizationPercent: 97,
      memoryUsedBytes: 2 ** 33,
      memoryTotalBytes: 2 ** 34,
      temperatureC: null,
      powerW: null
    }
  ]
}

const live = {
  doing: "running",
  sinceMillis: 0,
  metrics: new Map([
    ["loss", { metric: "loss", step: 3, value: 0.412_34 }],
    ["acc", { metric: "acc", step: 2, value: 1 }]
  ]),
  sample
}

it("shows what is done, the newest metrics and how busy the machine is", () => {
  assert.strictEqual(
    statusLine(live, 65_000, 200),
    "running 1m 5s · step 3 · loss 0.4123 · acc 1 · gpu 97% 8.0 GiB of 16 GiB · cpu 47% · mem 668 MiB of 24 GiB"
  )
})

const Width = Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 300 }))

it.prop("never fills the last column, whatever the width", [Width], ([columns]) => {
  assert.isBelow(statusLine(live, 65_000, columns).length, columns)
})

it("numbers stay short", () => {
  assert.deepStrictEqual([0, 0.412_345, 1e-9, 123_456.7, 1e12, -2.5].map(short), [
    "0",
    "0.4123",
    "1e-9",
    "123500",
    "1e+12",
    "-2.5"
  ])
})
