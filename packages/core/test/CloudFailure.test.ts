import { assert, describe, it } from "@effect/vitest"
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const failures = CloudFailure.make({
  provider: "example",
  meaningOf: ({ code, message }) => (code === "sold_out" ? new ProviderError.OutOfCapacity({ message }) : undefined)
})
const { once, repeatable } = failures

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
    scope: Schema.NonEmptyString,
    code: Schema.Literals(["sold_out", "other"])
  })
])

it.prop("what rents is repeated by nobody unless it was provably not accepted", [Failures], ([failure]) => {
  const reason = once(failure)
  if (ProviderError.isRetryable(reason)) assert.include(["NotSent", "Refused"], failure._tag)
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

describe("a refusal", () => {
  const refused = (status: number, code?: string): CloudFailure.Refused => ({
    _tag: "Refused",
    status,
    message: "no",
    code,
    retryAfter: undefined,
    setting: "EXAMPLE_KEY",
    scope: undefined
  })

  it("means what its status says, unless the vendor's words say more", () => {
    const meanings = [400, 401, 402, 403, 404, 409, 410, 422, 429].map((status) => repeatable(refused(status))._tag)
    assert.deepStrictEqual(meanings, [
      "Rejected",
      "Unauthorized",
      "InsufficientFunds",
      "Forbidden",
      "NotFound",
      "Conflict",
      "Rejected",
      "Rejected",
      "RateLimited"
    ])
    assert.strictEqual(repeatable(refused(400, "sold_out"))._tag, "OutOfCapacity")
    assert.strictEqual(once(refused(400, "sold_out"))._tag, "OutOfCapacity")
  })

  it.effect("becomes the provider's error, with the operation", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(failures.failing("offers")(Effect.fail(refused(402))))
      assert.strictEqual(error.message, "example: offers failed: no")
    })
  )
})

describe("a failed connection", () => {
  const failed = (...causes: ReadonlyArray<object>): CloudFailure.Failure["_tag"] =>
    CloudFailure.ofTransport("Example")(
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
    for (const odd of [undefined, null, "text", 7, {}])
      assert.strictEqual(CloudFailure.ofTransport("Example")(odd)._tag, "Lost")
  })
})
