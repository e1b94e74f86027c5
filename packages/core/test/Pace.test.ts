import { assert, describe, it } from "@effect/vitest"
import * as Pace from "@runctl/core/Pace"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"

const Limit = Schema.Struct({
  requests: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  millis: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))
})
const Gaps = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 })))

/** The most that were sent in any window of a length. */
const most = (times: ReadonlyArray<number>, millis: number): number =>
  Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time < from + millis).length))

it.prop(
  "who waits as told never exceeds a limit, and never waits longer than a window",
  [Gaps, Schema.Array(Limit)],
  ([gaps, limits]) => {
    const sent: Array<number> = []
    let now = 0
    for (const gap of gaps) {
      now += gap
      const wait = Pace.waitFor(sent, limits, now)
      assert.isAtMost(wait, Math.max(0, ...limits.map(({ millis }) => millis)))
      now += wait
      assert.strictEqual(Pace.waitFor(sent, limits, now), 0)
      sent.push(now)
    }
    for (const { millis, requests } of limits) assert.isAtMost(most(sent, millis), requests)
  }
)

type Lane = "read" | "change" | "keys"

const changes = [
  { requests: 235, millis: 62_000 },
  { requests: 4_800, millis: 3_610_000 }
]

/** As a cloud allows 250 requests a minute and 5,000 an hour, and ten of those about keys. */
const plan: Pace.Plan<Lane> = {
  title: "Example",
  lanes: {
    read: {
      all: [
        { requests: 200, millis: 62_000 },
        { requests: 4_400, millis: 3_610_000 }
      ],
      reserve: 20
    },
    change: { all: changes },
    keys: { all: changes, own: [{ requests: 9, millis: 62_000 }] }
  }
}

const left = (remaining: number, resetMillis: number): Pace.Said => ({
  allowances: [{ policy: "", remaining, resetMillis }],
  pauseMillis: undefined
})

/** Sends so many at once, and tells when each went. */
const burst = (pace: Pace.Pace<Lane>, lane: Lane, count: number, times: Array<number>) =>
  Effect.forEach(
    Array.from({ length: count }),
    () =>
      Effect.gen(function* () {
        yield* pace.turn({ lane })
        times.push(yield* Clock.currentTimeMillis)
        yield* pace.done({ lane }, Pace.noWord)
      }),
    { concurrency: "unbounded", discard: true }
  )

describe("the pace", () => {
  it.effect("keeps 200 machines that start and are polled at once below what the API allows", () =>
    Effect.gen(function* () {
      const pace = Pace.make(plan)
      const times: Array<number> = []
      const all = yield* Effect.forkChild(
        Effect.all([burst(pace, "change", 400, times), burst(pace, "read", 6_000, times)], {
          concurrency: 2,
          discard: true
        }).pipe(Effect.exit)
      )
      for (let minute = 0; minute < 180; minute++) yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(all)
      assert.isAbove(times.length, 4_000)
      assert.isAtMost(most(times, 60_000), 250)
      assert.isAtMost(most(times.slice(0, 6_000), 3_600_000), 5_000)
    })
  )

  it.effect("asks about keys ten times a minute at most", () =>
    Effect.gen(function* () {
      const pace = Pace.make(plan)
      const times: Array<number> = []
      const all = yield* Effect.forkChild(burst(pace, "keys", 30, times))
      for (let second = 0; second < 300; second++) yield* TestClock.adjust("1 second")
      yield* Fiber.join(all)
      assert.strictEqual(times.length, 30)
      assert.isAtMost(most(times, 60_000), 10)
    })
  )

  it.effect("counts a request as sent when it was answered: what was long on its way may have come last of all", () =>
    Effect.gen(function* () {
      const pace = Pace.make(plan)
      const asked: Array<number> = []
      const slowly = Effect.gen(function* () {
        yield* pace.turn({ lane: "read" })
        asked.push(yield* Clock.currentTimeMillis)
        yield* Effect.sleep("30 seconds")
        yield* pace.done({ lane: "read" }, Pace.noWord)
      })
      const all = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 201 }, () => slowly),
          { concurrency: "unbounded", discard: true }
        )
      )
      for (let second = 0; second < 130; second++) yield* TestClock.adjust("1 second")
      yield* Fiber.join(all)
      assert.deepStrictEqual([asked[199], asked.length], [0, 201])
      assert.isAtLeast(asked[200] ?? 0, 92_000)
    })
  )

  it.effect("lets a machine be ended while polling has used up its share", () =>
    Effect.gen(function* () {
      const pace = Pace.make(plan)
      const polled: Array<number> = []
      const polling = yield* Effect.forkChild(burst(pace, "read", 300, polled))
      yield* TestClock.adjust("1 second")
      const ended: Array<number> = []
      yield* burst(pace, "change", 30, ended)
      assert.deepStrictEqual([polled.length, ended.length], [200, 30])
      yield* Fiber.interrupt(polling)
    })
  )

  it.effect("waits as the API asks, and says so when that is long", () =>
    Effect.gen(function* () {
      const pace = Pace.make(plan)
      yield* pace.turn({ lane: "read" })
      yield* pace.done({ lane: "read" }, { ...Pace.noWord, pauseMillis: 30_000 })
      const waiting = yield* Effect.forkChild(pace.turn({ lane: "change" }))
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(waiting)
      yield* pace.done({ lane: "change" }, left(0, 600_000))
      const error = yield* Effect.flip(pace.turn({ lane: "change" }))
      assert.deepStrictEqual([error._tag, error.retryAfter === undefined], ["RateLimited", false])
      yield* TestClock.adjust("10 minutes")
      yield* pace.turn({ lane: "read" })
    })
  )

  it.effect("keeps what the API says is left for changes", () =>
    Effect.gen(function* () {
      const pace = Pace.make(plan)
      yield* pace.turn({ lane: "read" })
      yield* pace.done({ lane: "read" }, left(20, 600_000))
      assert.strictEqual((yield* Effect.flip(pace.turn({ lane: "read" })))._tag, "RateLimited")
      for (let left = 20; left > 0; left--) yield* pace.turn({ lane: "change" })
      assert.strictEqual((yield* Effect.flip(pace.turn({ lane: "change" })))._tag, "RateLimited")
    })
  )

  it.effect("counts by address where the API does, and hears of each address's allowance for itself", () =>
    Effect.gen(function* () {
      const pace = Pace.make<"read">({
        title: "Example",
        lanes: { read: { all: [{ requests: 100, millis: 60_000 }], own: [{ requests: 1, millis: 5_000 }] } },
        bucketPolicies: ["endpoint"]
      })
      const turn = (bucket: string) => pace.turn({ lane: "read", bucket })
      const done = (bucket: string, said: Pace.Said = Pace.noWord) => pace.done({ lane: "read", bucket }, said)
      yield* turn("/a")
      yield* done("/a")
      yield* turn("/b")
      yield* done("/b", { allowances: [{ policy: "endpoint", remaining: 0, resetMillis: 90_000 }], pauseMillis: 0 })
      const again = yield* Effect.forkChild(turn("/a"))
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(again.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(again)
      assert.strictEqual((yield* Effect.flip(turn("/b")))._tag, "RateLimited")
      yield* done("/a", {
        allowances: [
          { policy: "minute", remaining: 40, resetMillis: 1_000 },
          { policy: "hour", remaining: 0, resetMillis: 900_000 }
        ],
        pauseMillis: undefined
      })
      assert.strictEqual((yield* Effect.flip(turn("/c")))._tag, "RateLimited")
      yield* TestClock.adjust("15 minutes")
      yield* turn("/b")
    })
  )

  it("is the same for everybody who asks one endpoint", () => {
    const towards = Pace.shared(plan)
    assert.strictEqual(towards("https://a.example"), towards("https://a.example"))
    assert.notStrictEqual(towards("https://a.example"), towards("https://b.example"))
  })
})
