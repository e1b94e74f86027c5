import { assert, describe, it } from "@effect/vitest"
import * as Ownership from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { asked, newMark, reasonOf, requestFor, using } from "./rented.ts"

describe("listing", () => {
  it.effect("finds all, on as many pages as they take, also where pages are short", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          for (let count = 0; count < 25; count++) cloud.plant({ name: Ownership.toName(newMark()) })
          const found = yield* provider.listResources
          assert.strictEqual(new Set(found.map(({ id }) => id)).size, 25)
          assert.strictEqual(asked(cloud, "GET", /^\/v2\/pods$/), 3)
        }),
      { pageLength: 10 }
    )
  )

  it.effect("fails as a whole when one page does", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          for (let count = 0; count < 25; count++) cloud.plant({ name: Ownership.toName(newMark()) })
          cloud.faults.serverError({ path: /^\/v2\/pods$/, nth: 3 })
          assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Unavailable")
          assert.strictEqual((yield* provider.listResources).length, 25)
        }),
      { pageLength: 10 }
    )
  )

  it.effect("takes an answer without a word about pages for the only one, and what it cannot read for Unknown", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const mark = newMark()
        const odd = [
          { id: "one", name: Ownership.toName(mark), status: "LEVITATING" },
          { id: "two", name: Ownership.toName(mark), status: 7, gpu: "none", mounts: [] }
        ]
        cloud.faults.answer({ status: 200, body: { pods: odd } }, { path: /^\/v2\/pods$/ })
        const found = yield* provider.listResources
        assert.deepStrictEqual(
          found.map(({ id, key, state }) => [id, key, state._tag]),
          [
            ["runpod/any/one", mark.key, "Unknown"],
            ["runpod/any/two", mark.key, "Unknown"]
          ]
        )
        cloud.faults.answer({ status: 200, body: { pods: [{ name: "no id" }] } }, { path: /^\/v2\/pods$/ })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "MalformedResponse")
      })
    )
  )

  it.effect("is one question for all who poll at the same time", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const made = yield* Effect.forEach(Array.from({ length: 12 }), () => provider.createResource(requestFor()))
        const before = cloud.requests.length
        for (let second = 0; second < 60; second += 5) {
          yield* Effect.forEach(made, ({ id }) => provider.getResource(id), { concurrency: "unbounded" })
          yield* TestClock.adjust("5 seconds")
        }
        assert.isAtMost(cloud.requests.length - before, 12)
      })
    )
  )
})
