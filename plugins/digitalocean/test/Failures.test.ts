import { assert, describe, it } from "@effect/vitest"
import { isRetryable } from "@runctl/core/ProviderError"
import { type Failure, meaningOf, ofTransport, once, repeatable } from "@runctl/plugin-digitalocean/Failures"
import * as Schema from "effect/Schema"

const Text = Schema.String
const Failures = Schema.Union([
  Schema.TaggedStruct("NotSent", { message: Text }),
  Schema.TaggedStruct("Lost", { message: Text }),
  Schema.TaggedStruct("Broken", { message: Text, retryAfter: Schema.Undefined }),
  Schema.TaggedStruct("Strange", { message: Text }),
  Schema.TaggedStruct("Refused", {
    status: Schema.Literals([400, 401, 402, 403, 404, 409, 412, 422, 429]),
    message: Text,
    retryAfter: Schema.Undefined,
    setting: Schema.NonEmptyString,
    scope: Schema.NonEmptyString
  })
])

it.prop("what rents is repeated by nobody unless it was provably not accepted", [Failures], ([failure]) => {
  const reason = once(failure)
  if (isRetryable(reason)) assert.include(["NotSent", "Refused"], failure._tag)
  if (failure._tag !== "NotSent" && failure._tag !== "Refused") assert.strictEqual(reason._tag, "OutcomeUnknown")
})

it.prop(
  "no read's outcome is unknown, and only the API's own words say that something is not there",
  [Failures],
  ([failure]) => {
    const reason = repeatable(failure)
    assert.notStrictEqual(reason._tag, "OutcomeUnknown")
    if (reason._tag === "NotFound") assert.strictEqual(failure._tag === "Refused" && failure.status, 404)
  }
)

it.prop("every word of a refusal has a meaning, and is passed on", [Schema.String], ([message]) => {
  assert.strictEqual(meaningOf(message).message, message)
})

describe("a failed connection", () => {
  const failed = (...causes: ReadonlyArray<object>): Failure["_tag"] =>
    ofTransport(
      Object.assign(new Error("transport"), {
        cause: Object.assign(new TypeError("fetch failed"), {
          cause:
            causes.length === 1 ? causes[0] : Object.assign(new AggregateError(causes, ""), { code: "ECONNREFUSED" })
        })
      })
    )._tag
  const error = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall })

  it("was provably not sent when there was no name, no connection or no trust", () => {
    assert.strictEqual(failed(error("ENOTFOUND", "getaddrinfo")), "NotSent")
    assert.strictEqual(failed(error("EAI_AGAIN", "getaddrinfo")), "NotSent")
    assert.strictEqual(failed(error("ECONNREFUSED", "connect")), "NotSent")
    assert.strictEqual(failed(error("EHOSTUNREACH", "connect"), error("ENETUNREACH", "connect")), "NotSent")
    assert.strictEqual(failed(error("CERT_HAS_EXPIRED")), "NotSent")
    assert.strictEqual(failed(error("UND_ERR_CONNECT_TIMEOUT")), "NotSent")
  })

  it("may have been sent in every other case", () => {
    assert.strictEqual(failed(error("ECONNRESET", "read")), "Lost")
    assert.strictEqual(failed(error("EPIPE", "write")), "Lost")
    assert.strictEqual(failed(error("EHOSTUNREACH", "read")), "Lost")
    assert.strictEqual(failed(error("UND_ERR_SOCKET")), "Lost")
    assert.strictEqual(failed(error("ECONNREFUSED", "connect"), error("ECONNRESET", "read")), "Lost")
    assert.strictEqual(failed(new Error("nobody knows")), "Lost")
    for (const odd of [undefined, null, "text", 7, {}]) assert.strictEqual(ofTransport(odd)._tag, "Lost")
  })
})
