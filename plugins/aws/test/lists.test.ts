import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { reasonOf, requestFor, using } from "./rented.ts"

const isAction = (action: string) => (body: unknown) => typeof body === "string" && body.includes(`Action=${action}&`)

describe("a list", () => {
  it.live("fails when a region fails: half a list would say that machines are gone", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor())
        const list = isAction("DescribeInstances")
        cloud.faults.serverError({ body: list, nth: 2 })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Unavailable")
        cloud.faults.truncate({ body: list, times: 9 })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Unavailable")
        cloud.faults.clear()
        cloud.faults.html({ body: list, times: 9 }, 200)
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "MalformedResponse")
      })
    )
  )

  it.live("does without a region that is closed to us, unless machines are offered there", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor())
        const west = (body: unknown) => isAction("DescribeInstances")(body)
        cloud.faults.forbidden({ body: west, nth: 2 })
        assert.strictEqual((yield* provider.listResources).length, 1)
        cloud.faults.forbidden({ body: west, times: 3 })
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "Forbidden")
        assert.match(reason.message, /takes ec2:DescribeInstances/)
      })
    )
  )
})
