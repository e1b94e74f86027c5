import { assert, describe, it } from "@effect/vitest"
import type * as CloudApi from "@runctl/core/CloudApi"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { apiOf, credential, failureOf, get, json, post, saidIn, secret } from "./api.ts"

describe("a call", () => {
  it.effect("carries its query, its body as JSON, the API's own headers, and the credential in one header", () =>
    Effect.gen(function* () {
      const api = yield* apiOf(() => json({ id: 1 }), { headers: { "api-version": "7" } })
      const call = { ...post, method: "PATCH", query: { a: "1", b: ["x", "y"] } } as const
      assert.deepStrictEqual(yield* api.call(call), { id: 1 })
      const [request] = api.requests
      assert.deepStrictEqual([request?.method, request?.url], ["PATCH", "https://api.example.org/machines"])
      assert.deepStrictEqual(JSON.parse(JSON.stringify(request?.urlParams.params)), [
        ["a", "1"],
        ["b", "x"],
        ["b", "y"]
      ])
      assert.deepStrictEqual(
        [request?.headers["authorization"], request?.headers["api-version"], request?.headers["content-type"]],
        [`Bearer ${secret}`, "7", "application/json"]
      )
    })
  )

  it.effect("takes the credential where the API wants it, and shows it to no trace", () => {
    const seen: Array<string> = []
    const tracer = Tracer.make({
      span: (options) =>
        Object.assign(new Tracer.NativeSpan(options), {
          attribute: (key: string, value: unknown) => void seen.push(`${key}=${JSON.stringify(value)}`)
        })
    })
    return Effect.gen(function* () {
      const header = { name: "X-Vendor-Key", valueOf: (token: string) => `key ${token}` }
      const api = yield* apiOf(() => json({}), { credential: { ...credential, header } })
      yield* api.call(get)
      assert.strictEqual(api.requests[0]?.headers["x-vendor-key"], `key ${secret}`)
      assert.isUndefined(api.requests[0]?.headers["authorization"])
      assert.include(seen.join(), "x-vendor-key")
      assert.notInclude(seen.join(), secret)
    }).pipe(
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provideService(HttpClient.TracerHeaderFilter, () => true)
    )
  })

  it.effect(
    "asks for no credential where there is none to be had, and says what is missing where there should be",
    () =>
      Effect.gen(function* () {
        const open = yield* apiOf(() => json([]), { credential: undefined })
        yield* open.call(get)
        assert.isUndefined(open.requests[0]?.headers["authorization"])
        const failure = yield* failureOf(() => json([]), get, {
          credential: { ...credential, find: () => Effect.undefined }
        })
        assert.strictEqual(failure.message, "the credential in EXAMPLE_KEY or a file is missing or was refused")
      })
  )

  it.effect("gives text where it is asked for, nothing where nothing is promised, and takes a page for neither", () =>
    Effect.gen(function* () {
      const plain = () => new Response("a-b-c", { headers: { "content-type": "text/plain" } })
      const page = () => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } })
      const api = yield* apiOf(plain)
      assert.strictEqual(yield* api.call({ ...post, answer: "text" }), "a-b-c")
      assert.isUndefined(yield* api.call({ ...post, answer: "any" }))
      const hidden = yield* api.call({ ...post, answer: "secret" })
      assert.notInclude(JSON.stringify(hidden), "a-b-c")
      assert.strictEqual(Redacted.isRedacted(hidden) ? Redacted.value(hidden) : hidden, "a-b-c")
      assert.strictEqual((yield* Effect.flip(api.call(post)))._tag, "Strange")
      const none = yield* apiOf(() => new Response(null, { status: 204 }))
      assert.isUndefined(yield* none.call(post))
      for (const answer of ["text", "any", "json", "secret"] as const) {
        assert.strictEqual((yield* failureOf(page, { ...post, answer }))._tag, "Strange")
      }
      assert.strictEqual((yield* failureOf(() => new Response(""), { ...post, answer: "text" }))._tag, "Strange")
    })
  )
})

describe("an answer that is none", () => {
  it.effect("is told apart: refused, broken, or somebody else's", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Response, string]> = [
        [json({ error: "no such thing", code: "missing" }, 404), "Refused"],
        [new Response("<html>", { status: 404 }), "Strange"],
        [new Response("slow down", { status: 429 }), "Refused"],
        [json({ error: "oops" }, 500), "Broken"],
        [new Response("<html>", { status: 502 }), "Broken"],
        [json({ error: "late" }, 408), "Broken"],
        [new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } }), "Strange"],
        [new Response('{"id": 1'), "Strange"]
      ]
      for (const [response, tag] of cases) {
        assert.strictEqual((yield* failureOf(() => response))._tag, tag, String(response.status))
      }
      const refused = yield* failureOf(() => json({ error: "no such thing", code: "missing" }, 404), {
        ...get,
        scope: "machines:read"
      })
      assert.deepInclude(refused, {
        status: 404,
        message: "no such thing",
        code: "missing",
        setting: "EXAMPLE_KEY",
        scope: "machines:read",
        body: { error: "no such thing", code: "missing" }
      })
    })
  )

  it.effect("means what the vendor says it means: a 503 that rented nothing, an error in a 200", () =>
    Effect.gen(function* () {
      const soldOut = () => json({ error: "no capacity", code: "sold_out" }, 503)
      const isRefusal: CloudApi.Options<"all">["isRefusal"] = ({ call, status }, { code }) =>
        code === "sold_out" && call.method === "POST" ? true : status < 500
      assert.deepInclude(yield* failureOf(soldOut, post, { isRefusal }), { _tag: "Refused", code: "sold_out" })
      assert.strictEqual((yield* failureOf(soldOut, get, { isRefusal }))._tag, "Broken")
      const inside = () => json({ error: "cannot", code: "no" })
      assert.deepStrictEqual(yield* Effect.flatMap(apiOf(inside), (api) => api.call(get)), {
        error: "cannot",
        code: "no"
      })
      assert.deepInclude(yield* failureOf(inside, get, { errorInside: saidIn }), { _tag: "Refused", status: 200 })
    })
  )

  it.effect("is given up when it is endless, and when it never comes", () =>
    Effect.gen(function* () {
      const long = yield* failureOf(() => json({ text: "x".repeat(2000) }), get, { longest: 1000 })
      assert.match(long.message, /answered with more than/)
      const never = new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
      const patience = { read: Duration.seconds(5), change: Duration.seconds(9) }
      const api = yield* apiOf(() => never, { patience })
      const waiting = yield* Effect.forkChild(Effect.flip(api.call({ ...post, kind: "read" })))
      yield* TestClock.adjust("5 seconds")
      assert.match((yield* Fiber.join(waiting)).message, /POST \/machines was not answered within 5 s/)
    })
  )

  it.effect("repeats no secret: neither the credential nor what a body holds", () =>
    Effect.gen(function* () {
      const body = { script: "hunter2" }
      for (const status of [400, 500]) {
        const failure = yield* failureOf(() => json({ error: `bad ${secret} and hunter2` }, status), {
          ...post,
          body,
          secrets: [Redacted.make("hunter2"), Redacted.make("")]
        })
        assert.match(failure.message, /bad <secret> and <secret>/)
        assert.notMatch(JSON.stringify(failure), /canary|hunter2/)
      }
    })
  )
})
