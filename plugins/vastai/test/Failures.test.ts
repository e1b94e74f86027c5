import { assert, describe, it } from "@effect/vitest"
import type { Answered } from "@runctl/core/CloudApi"
import type { Refused } from "@runctl/core/CloudFailure"
import { errorInside, errorOf, isMissing, once, repeatable } from "@runctl/plugin-vastai/Failures"

const answered = (status: number, text: string): Answered => {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = undefined
  }
  return { call: { method: "GET", path: "/" }, status, text, body }
}

const refused = (status: number, message: string, code?: string): Refused => ({
  _tag: "Refused",
  status,
  message,
  code,
  retryAfter: undefined,
  setting: "VAST_API_KEY"
})

describe("the words of a refusal", () => {
  it("are found under each of their names, and in plain text", () => {
    const messages = [
      answered(400, '{"success":false,"error":"invalid_args","msg":"wrong"}'),
      answered(400, '{"error":"invalid_args","message":"wrong"}'),
      answered(429, '{"detail":"wrong"}'),
      answered(404, '{"error":null,"msg":"wrong"}'),
      answered(429, "wrong")
    ].map((each) => errorOf(each)?.message)
    assert.deepStrictEqual(messages, Array(5).fill("wrong"))
    assert.deepInclude(errorOf(answered(410, '{"error":"no_such_ask"}')), {
      message: "no_such_ask",
      code: "no_such_ask"
    })
  })

  it("are none in a page of somebody else's", () => {
    assert.isUndefined(errorOf(answered(404, "<html>not here</html>")))
    assert.isUndefined(errorOf(answered(502, "Bad Gateway")))
  })

  it("may come with the status of a success", () => {
    assert.strictEqual(errorInside(answered(200, '{"success":false,"msg":"no"}'))?.message, "no")
    assert.isUndefined(errorInside(answered(200, '{"success":true}')))
    assert.isUndefined(errorInside(answered(200, '{"offers":[]}')))
  })
})

describe("what a refusal means", () => {
  it.each<readonly [string, Refused]>([
    ["Unauthorized", refused(401, "Invalid user key", "auth_error")],
    ["Unauthorized", refused(403, "Invalid user key", "auth_error")],
    ["Unauthorized", refused(404, "Invalid user key")],
    ["Forbidden", refused(403, "This key is not authorized", "forbidden")],
    ["NotFound", refused(404, "Instance not found", "not_found")],
    ["NotFound", refused(404, "Instance with that ID does not exist.", "no_such_instance")],
    ["OutOfCapacity", refused(404, "error 404/3603: no_such_ask … is not available.", "invalid_args")],
    ["OutOfCapacity", refused(410, "error 410/3907: … is no longer available.", "no_such_ask")],
    ["OutOfCapacity", refused(400, "gone", "no_such_ask")],
    ["OutOfCapacity", refused(403, "error 403/3586: Offer 1 is not your own.", "invalid_args")],
    ["PriceTooLow", refused(400, "bid price is below the minimum bid", "invalid_price")],
    ["InsufficientFunds", refused(400, "Your account lacks credit; see the billing page.")],
    ["QuotaExceeded", refused(400, "spend rate limit reached")],
    ["RateLimited", refused(429, "API requests too frequent: endpoint threshold=4.5")],
    ["RateLimited", refused(400, "API requests too frequent: endpoint threshold=4.5")],
    ["MalformedResponse", refused(410, "/api/v0/instances/ is deprecated.", "deprecated_endpoint")],
    ["Rejected", refused(400, "Please set a bid price >= 0.001.", "invalid_args")]
  ])("is %s: %o", (tag, cause) => {
    assert.strictEqual(repeatable(cause)._tag, tag)
    assert.strictEqual(once(cause)._tag, tag)
  })

  it("of a thing that is not there is told from a key that was refused, and from an address that is given up", () => {
    assert.isTrue(isMissing(refused(404, "Instance not found", "not_found")))
    assert.isTrue(isMissing(refused(400, "no", "no_such_instance")))
    assert.isFalse(isMissing(refused(404, "Invalid user key")))
    assert.isFalse(isMissing(refused(410, "gone", "deprecated_endpoint")))
    assert.isFalse(isMissing({ _tag: "Strange", message: "a page" }))
  })

  it("is not known of a create whose answer was lost", () => {
    for (const _tag of ["Lost", "Strange"] as const)
      assert.strictEqual(once({ _tag, message: "" })._tag, "OutcomeUnknown")
    assert.strictEqual(once({ _tag: "Broken", message: "", retryAfter: undefined })._tag, "OutcomeUnknown")
    assert.strictEqual(once({ _tag: "NotSent", message: "" })._tag, "Unavailable")
  })
})
