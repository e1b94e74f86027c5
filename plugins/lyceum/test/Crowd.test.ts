import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { asked, reads, reasonOf, requestFor, using } from "./rented.ts"

const [lists, statuses] = [/\/vms\/list$/, /\/status$/]

describe("machines that are looked at again and again", () => {
  const crowded = (count: number) =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ids = yield* Effect.forEach(Array.from({ length: count }), () =>
          Effect.map(provider.createResource(requestFor()), ({ id }) => id)
        )
        const look = Effect.forEach(ids, (id) => Effect.map(provider.getResource(id), ({ state }) => state._tag), {
          concurrency: "unbounded"
        })
        yield* look
        const before = cloud.requests.length
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual([...new Set(yield* look)], ["Running"])
        return cloud.requests.slice(before).map(({ path }) => (lists.test(path) ? "list" : "one"))
      })
    )

  it.effect("are asked for one by one while they are few, and through one list when they are many", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* crowded(4), ["one", "one", "one", "one"])
      assert.deepStrictEqual(yield* crowded(12), ["list"])
    })
  )

  it.effect("that were ended are not seen in a list of before, nor gone because it lacks them", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ids = yield* Effect.forEach([1, 2, 3, 4, 5, 6], () =>
          Effect.map(provider.createResource(requestFor()), ({ id }) => id)
        )
        for (const id of ids) yield* provider.getResource(id)
        const [first = ids[0], second = ids[0]] = ids
        if (first === undefined || second === undefined) return assert.fail("there is none")
        yield* provider.terminate(first)
        assert.strictEqual((yield* provider.getResource(first)).state._tag, "Terminated")
        assert.strictEqual((yield* provider.getResource(second)).state._tag, "Running")
        const alone = asked(cloud, "GET", statuses).length
        yield* provider.getResource(second)
        assert.lengthOf(asked(cloud, "GET", statuses), alone)
      })
    )
  )

  it.effect("fail for whoever asked when their list cannot be had, and are there again for the next", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const ids = yield* Effect.forEach([1, 2, 3, 4, 5], () =>
          Effect.map(provider.createResource(requestFor()), ({ id }) => id)
        )
        for (const id of ids.slice(1)) yield* provider.getResource(id)
        const [first] = ids
        if (first === undefined) return assert.fail("there is none")
        faults.serverError({ ...reads, path: lists })
        assert.strictEqual((yield* reasonOf(provider.getResource(first)))._tag, "Unavailable")
        assert.strictEqual((yield* provider.getResource(first)).state._tag, "Running")
      })
    )
  )
})
