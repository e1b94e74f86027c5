import { assert, describe, it } from "@effect/vitest"
import { laneOf, limits, towards } from "@runctl/plugin-vastai/Limits"
import * as Pace from "@runctl/core/Pace"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

/** How long two calls of a lane are apart. **Units**  milliseconds */
const apart = (lane: Parameters<ReturnType<typeof towards>["turn"]>[0]["lane"], factor: number) =>
  Effect.gen(function* () {
    const pace = towards(`https://${lane}.example.org/${factor}`, factor)
    const call = Effect.andThen(pace.turn({ lane }), pace.done({ lane }, Pace.noWord))
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(Effect.andThen(Effect.andThen(call, call), Clock.currentTimeMillis))
    yield* TestClock.adjust("1 minute")
    return (yield* Fiber.join(fiber)) - began
  })

describe("the pace", () => {
  it.effect("keeps the documented time between two calls, and twice as much where the settings want that", () =>
    Effect.gen(function* () {
      assert.isAtLeast(yield* apart("create", 1), 4500)
      assert.isAtLeast(yield* apart("destroy", 1), 3000)
      assert.isAtLeast(yield* apart("show", 1), 2000)
      assert.isAtLeast(yield* apart("list", 1), 1000)
      assert.isAtLeast(yield* apart("manage", 1), 1000)
      assert.isAtLeast(yield* apart("create", 2), 9000)
      assert.strictEqual(yield* apart("create", 0), 0)
      assert.strictEqual(yield* apart("search", 1), 0)
    })
  )

  it("allows fewer than ten searches a minute", () => {
    assert.isBelow(limits.search.requests, 10)
    assert.isAtLeast(limits.search.millis, 60_000)
  })

  it("knows what each call counts as", () => {
    assert.strictEqual(laneOf({ method: "POST", path: "/api/v0/bundles/" }), "search")
    assert.strictEqual(laneOf({ method: "PUT", path: "/api/v0/asks/1/" }), "create")
    assert.strictEqual(laneOf({ method: "DELETE", path: "/api/v0/instances/1/" }), "destroy")
    assert.strictEqual(laneOf({ method: "GET", path: "/api/v0/instances/1/" }), "show")
    assert.strictEqual(laneOf({ method: "PUT", path: "/api/v0/instances/1/" }), "manage")
    assert.strictEqual(laneOf({ method: "GET", path: "/api/v1/instances/" }), "list")
    assert.strictEqual(laneOf({ method: "POST", path: "/api/v0/instances/1/ssh/" }), "other")
  })
})
