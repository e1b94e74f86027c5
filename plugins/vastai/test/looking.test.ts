import { assert, describe, it } from "@effect/vitest"
import { toName } from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Effect from "effect/Effect"
import { billed, newMark, reasonOf, requestFor, sent, using } from "./rented.ts"

const deprecated = {
  success: false,
  error: "deprecated_endpoint",
  msg: "/api/v1/instances/ is deprecated. Use /api/v2/instances/ instead."
}

const listings = /^\/api\/v1\/instances\/$/
const single = /^\/api\/v0\/instances\/\d+\/$/

describe("listing", () => {
  it.live("gives every instance with a mark, whoever's, from all pages of 25, and nobody else's", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const marks = Array.from({ length: 60 }, () => newMark())
        for (const mark of marks) cloud.plant({ name: toName(mark) })
        cloud.plant({ name: "somebody else's" })
        const found = yield* provider.listResources
        assert.sameMembers(
          found.map(({ key }) => key),
          marks.map(({ key }) => key)
        )
        assert.strictEqual(sent(cloud, "GET", listings).length, 3)
        assert.isTrue(found.every(({ state }) => state._tag === "Running"))
      })
    )
  )

  it.live("fails when any page does: half a list looks like machines that are gone", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (let index = 0; index < 30; index++) cloud.plant({ name: toName(newMark()) })
        cloud.faults.serverError({ path: listings, nth: 2 })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Unavailable")
      })
    )
  )

  it.live("from an address that is not answered any more is a failure, and not an empty list", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.plant({ name: toName(newMark()) })
        cloud.faults.answer({ status: 410, body: deprecated }, { path: listings })
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "MalformedResponse")
        assert.include(reason.message, "deprecated")
      })
    )
  )

  it.live("that says no with the status of a success is a failure", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const body = { success: false, error: "server_error", msg: "try later" }
        cloud.faults.answer({ status: 200, body }, { path: listings })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Rejected")
      })
    )
  )

  it.live("of nothing may be told as null, and of a page that leads back is a failure", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const page = { success: true, instances_found: 0, total_instances: 0, label_counts: {}, instances: null }
        cloud.faults.answer({ status: 200, body: { ...page, next_token: null } }, { path: listings })
        assert.deepStrictEqual(yield* provider.listResources, [])
        cloud.faults.answer({ status: 200, body: { ...page, next_token: "again" } }, { path: listings, times: 3 })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "MalformedResponse")
      })
    )
  )

  it.live("shows an instance whose row is odd, and does not break", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const mark = newMark()
        const row = { id: 31_000_077, label: toName(mark), actual_status: 7, ports: "none" }
        const page = { success: true, instances_found: 1, total_instances: 1, label_counts: {}, next_token: null }
        cloud.faults.answer({ status: 200, body: { ...page, instances: [row] } }, { path: listings })
        const [found] = yield* provider.listResources
        assert.deepStrictEqual([found?.key, found?.id], [mark.key, "vastai/unknown/31000077"])
      })
    )
  )
})

describe("one machine", () => {
  it.live("that is gone is not found: its address answers null", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        yield* provider.terminate(id)
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
        assert.strictEqual(sent(cloud, "GET", single).at(-1)?.status, 200)
      })
    )
  )

  it.live("is not gone because a key was refused, which answers 404 as well", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const refused = { status: 404, body: { error: null, msg: "Invalid user key" } }
        cloud.faults.answer(refused, { path: listings })
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "Unauthorized")
        cloud.faults.answer(refused, { method: "DELETE" })
        assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Unauthorized")
        assert.strictEqual(billed(cloud).length, 1)
      })
    )
  )

  it.live("keeps its region and type, and nobody's number is anybody's machine", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const created = yield* provider.createResource(requestFor())
        const got = yield* provider.getResource(created.id)
        assert.deepStrictEqual([got.id, got.instanceType], [created.id, created.instanceType])
        const stranger = cloud.plant({ name: "not runctl's" })
        const id = resourceId("vastai", "US", String(stranger.id))
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
      })
    )
  )

  it.live("among many that are polled at once is answered from one list", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const ids = Array.from({ length: 20 }, () =>
            resourceId("vastai", "US", String(cloud.plant({ name: toName(newMark()) }).id))
          )
          const before = cloud.requests.length
          yield* Effect.forEach(ids, provider.getResource, { concurrency: "unbounded" })
          assert.strictEqual(cloud.requests.length - before, 1)
        }),
      { settings: { pace: 1 } }
    )
  )

  it.live("that failed to start is an error, and its host is left alone for a while", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.failCreate()
        const { id } = yield* provider.createResource(requestFor())
        const { state } = yield* provider.getResource(id)
        assert.match(ResourceState.format(state), /OCI runtime create failed/)
        const offers = yield* provider.offers({ gpu: "RTX 3060" })
        assert.deepStrictEqual(offers, [])
        yield* provider.terminate(id)
      })
    )
  )
})
