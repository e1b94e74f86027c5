import { assert, describe, it } from "@effect/vitest"
import * as CloudApi from "@runctl/core/CloudApi"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { apiOf, credential, failureOf, get, json, pace, saidIn } from "./api.ts"

describe("a credential that is fetched for a while", () => {
  /** Tokens t1, t2, …, each good for an hour; the API lets in one of them. */
  const fetched = (good: () => string) => {
    let count = 0
    const source: CloudApi.CredentialSource = {
      missing: "EXAMPLE_ID",
      find: () =>
        Effect.gen(function* () {
          yield* Effect.sleep("1 second")
          const goodUntil = (yield* Clock.currentTimeMillis) + 3_600_000
          return { token: Redacted.make(`t${++count}`), setting: "EXAMPLE_ID", goodUntil }
        })
    }
    const api = apiOf(
      ({ headers }) => (headers["authorization"] === `Bearer ${good()}` ? json([]) : json({ error: "who?" }, 401)),
      { credential: source }
    )
    return { api, count: () => count }
  }

  /** Lets a call wait for what it fetches. */
  const called = (api: CloudApi.CloudApi) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.result(api.call(get)))
      yield* TestClock.adjust("5 seconds")
      return (yield* Fiber.join(fiber))._tag
    })

  it.effect("is fetched once for all who call at once, and anew when its time is over", () =>
    Effect.gen(function* () {
      let good = "t1"
      const { api: made, count } = fetched(() => good)
      const api = yield* made
      const all = yield* Effect.forkChild(Effect.all([api.call(get), api.call(get)], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(all)
      assert.strictEqual(count(), 1)
      good = "t2"
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([yield* called(api), count(), api.requests.length], ["Success", 2, 3])
    })
  )

  it.effect("and refused before that is fetched once more, and no oftener", () =>
    Effect.gen(function* () {
      let good = "t2"
      const { api: made, count } = fetched(() => good)
      const api = yield* made
      assert.deepStrictEqual([yield* called(api), count(), api.requests.length], ["Success", 2, 2])
      good = "none"
      assert.deepStrictEqual([yield* called(api), count(), api.requests.length], ["Failure", 3, 4])
    })
  )

  it.effect("that fails to be fetched fails the call in its own words", () =>
    Effect.gen(function* () {
      const find = () => Effect.fail({ _tag: "Lost", message: "no login" } as const)
      assert.deepInclude(yield* failureOf(() => json([]), get, { credential: { missing: "x", find } }), {
        _tag: "Lost",
        message: "no login"
      })
    })
  )
})

describe("turns", () => {
  it.effect("are kept as the answers' headers say, and for as long as a refusal without words is worth", () =>
    Effect.gen(function* () {
      let headers: Readonly<Record<string, string>> = { ratelimit: '"minute";r=0;t=12, "hour";r=2800;t=1812' }
      let status = 200
      const api = yield* apiOf(() => json(status === 200 ? [] : { error: "wait" }, status, headers), {
        pauseWhenRefused: Duration.seconds(5)
      })
      const isWaiting = (seconds: number) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(Effect.result(api.call(get)))
          yield* TestClock.adjust(Duration.millis(seconds * 1000 - 1))
          const waited = fiber.pollUnsafe() === undefined
          yield* TestClock.adjust("1 millis")
          yield* Fiber.join(fiber)
          return waited
        })
      yield* api.call(get)
      headers = {}
      assert.isTrue(yield* isWaiting(12))
      status = 429
      const refused = yield* Effect.flip(api.call(get))
      assert.deepStrictEqual(
        refused._tag === "Refused" && refused.retryAfter !== undefined && Duration.toSeconds(refused.retryAfter),
        5
      )
      status = 200
      assert.isTrue(yield* isWaiting(5))
      headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7" }
      yield* api.call(get)
      headers = {}
      assert.isTrue(yield* isWaiting(7))
    })
  )

  it.effect("tell the API's clock from ours, and say once that they are far apart", () => {
    const said: Array<string> = []
    return Effect.gen(function* () {
      const api = yield* apiOf(() => json([], 200, { date: "Thu, 01 Jan 1970 00:10:00 GMT" }))
      yield* api.call(get)
      yield* api.call(get)
      assert.strictEqual(yield* api.skew, 600_000)
      assert.deepStrictEqual(said, ["example: this computer's clock is 10 minutes behind Example's"])
    }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])))
  })

  it.effect("follow no redirect of a real client", () =>
    Effect.gen(function* () {
      const asked: Array<RequestInit | undefined> = []
      const fetch: typeof globalThis.fetch = (_, init) => {
        asked.push(init)
        return Promise.resolve(json([]))
      }
      const api = yield* CloudApi.make({
        provider: "example",
        title: "Example",
        endpoint: "https://api.example.org",
        pace: pace(),
        turnOf: () => ({ lane: "all" }),
        credential,
        errorOf: saidIn
      })
      yield* api.call(get).pipe(Effect.provideService(FetchHttpClient.Fetch, fetch))
      assert.strictEqual(asked[0]?.redirect, "manual")
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
