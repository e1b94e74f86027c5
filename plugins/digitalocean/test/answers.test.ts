import { assert, describe, it } from "@effect/vitest"
import type { ProviderError } from "@runctl/core/ProviderError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { reasonOf, requestFor, using } from "./rented.ts"
import { creates, reads, said } from "./recorded.ts"
import { type Fault } from "./server.ts"

const html = "<html><body>Please log in</body></html>"

type Tag = ProviderError["reason"]["_tag"]
interface Case {
  readonly what: string
  readonly fault: Omit<Fault, "when">
  readonly read: Tag
  readonly create: Tag
  readonly words?: RegExp
}

/** What the cloud may answer to anything, and what it means for a read and for the request that rents. */
const answers: ReadonlyArray<Case> = [
  {
    what: "a 401",
    fault: { status: 401, body: said("unauthorized", "Unable to authenticate you.") },
    read: "Unauthorized",
    create: "Unauthorized",
    words: /in DIGITALOCEAN_TOKEN /
  },
  {
    what: "a 403",
    fault: { status: 403, body: said("forbidden", "You are not authorized to perform this operation") },
    read: "Forbidden",
    create: "Forbidden",
    words: /needs the scope (sizes:read|regions:read|droplet:(read|create))/
  },
  {
    what: "a 404",
    fault: { status: 404, body: said("not_found", "No such thing") },
    read: "NotFound",
    create: "NotFound"
  },
  { what: "a 409", fault: { status: 409, body: said("conflict", "Busy") }, read: "Conflict", create: "Conflict" },
  {
    what: "a 422",
    fault: { status: 422, body: said("unprocessable_entity", "Name is invalid") },
    read: "Rejected",
    create: "Rejected",
    words: /Name is invalid/
  },
  {
    what: "a 429",
    fault: {
      status: 429,
      headers: { "retry-after": "1" },
      body: said("too_many_requests", "API rate limit exceeded.")
    },
    read: "RateLimited",
    create: "RateLimited"
  },
  {
    what: "a 500",
    fault: { status: 500, body: said("server_error", "oops") },
    read: "Unavailable",
    create: "OutcomeUnknown"
  },
  { what: "a 503", fault: { status: 503, body: html }, read: "Unavailable", create: "OutcomeUnknown" },
  { what: "HTML", fault: { status: 200, body: html }, read: "MalformedResponse", create: "OutcomeUnknown" },
  {
    what: "a login page's 404",
    fault: { status: 404, body: html },
    read: "MalformedResponse",
    create: "OutcomeUnknown"
  },
  {
    what: "JSON of something else",
    fault: { status: 200, body: { a: 1 } },
    read: "MalformedResponse",
    create: "OutcomeUnknown"
  },
  {
    what: "half a JSON",
    fault: { status: 200, body: '{"droplet": {"id": 1' },
    read: "MalformedResponse",
    create: "OutcomeUnknown"
  },
  { what: "a body that breaks off", fault: { cut: "body" }, read: "Unavailable", create: "OutcomeUnknown" },
  {
    what: "nothing: the connection breaks before",
    fault: { cut: "before" },
    read: "Unavailable",
    create: "OutcomeUnknown"
  },
  {
    what: "nothing: the connection breaks after",
    fault: { cut: "after" },
    read: "Unavailable",
    create: "OutcomeUnknown"
  },
  {
    what: "a redirect",
    fault: { status: 307, headers: { location: "/v2/elsewhere" }, body: "" },
    read: "MalformedResponse",
    create: "OutcomeUnknown",
    words: /redirect, which is not followed/
  }
]

describe.each(answers)("$what", ({ create, fault, read, words = /./ }) => {
  it.live("is told from a read, which changes nothing", () =>
    using((provider, { faults, requests, world }) =>
      Effect.gen(function* () {
        faults.push({ ...fault, when: reads, times: 9 })
        const calls = [
          Effect.asVoid(provider.offers({})),
          Effect.asVoid(provider.listResources),
          Effect.asVoid(provider.createResource(requestFor()))
        ]
        for (const call of calls) {
          const reason = yield* reasonOf(call)
          assert.strictEqual(reason._tag, read)
          assert.match(reason.message, words)
        }
        assert.isFalse(requests.some(creates))
        assert.strictEqual(world.droplets.size, 0)
      })
    )
  )

  it.live("to the request that rents is told, and the request is not sent again", () =>
    using((provider, { faults, requests }) =>
      Effect.gen(function* () {
        faults.push({ ...fault, when: creates, times: 9 })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, create)
        assert.match(reason.message, words)
        assert.strictEqual(requests.filter(creates).length, 1)
        assert.isFalse(requests.some(({ path }) => path === "/v2/elsewhere"))
      })
    )
  )
})

describe("what a refused create means", () => {
  const cases: ReadonlyArray<readonly [string, Tag]> = [
    ["The size you selected is temporarily unavailable because of High CPU server capacity", "OutOfCapacity"],
    ["Size is not available in this region.", "OutOfCapacity"],
    ["Region is not available", "OutOfCapacity"],
    ["Droplet already has a pending event.", "Conflict"],
    ["creating this/these droplet(s) will exceed your droplet limit", "QuotaExceeded"],
    ["Please verify your payment method before creating droplets", "InsufficientFunds"],
    ["Name Only valid hostname characters are allowed.", "Rejected"]
  ]
  it.live.each(cases)("%s", ([message, tag]) =>
    using((provider, { faults, world }) =>
      Effect.gen(function* () {
        faults.push({ when: creates, status: 422, body: said("unprocessable_entity", message) })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, tag)
        assert.include(reason.message, message)
        assert.strictEqual(world.droplets.size, 0)
      })
    )
  )

  it.live("waits as long as a 429 says, by the header or by when requests are allowed again", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const limited = { when: creates, status: 429, body: said("too_many_requests", "slow down") }
        const reset = String(Math.ceil(Date.now() / 1000) + 120)
        faults.push({ ...limited, headers: { "ratelimit-reset": reset, "ratelimit-remaining": "0" } })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, "RateLimited")
        const seconds = reason._tag === "RateLimited" && reason.retryAfter ? Duration.toSeconds(reason.retryAfter) : 0
        assert.isTrue(seconds > 115 && seconds <= 122, `${seconds} s`)
        const next = yield* reasonOf(provider.offers({ region: "ams3" }).pipe(Effect.andThen(provider.listResources)))
        assert.strictEqual(next._tag, "RateLimited")
      })
    )
  )
})
