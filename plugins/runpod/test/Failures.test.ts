import { assert, describe, it } from "@effect/vitest"
import { errorOf, meaningOf } from "@runctl/plugin-runpod/Failures"
import * as Schema from "effect/Schema"

it.prop("every word of a refusal has a meaning, and is passed on", [Schema.String], ([message]) => {
  assert.strictEqual(meaningOf(message).message, message)
})

describe("an error", () => {
  it("is one only in the API's own form", () => {
    assert.deepStrictEqual(errorOf({ title: "Bad Request", status: 400, detail: "no" }), { message: "no" })
    assert.deepStrictEqual(errorOf({ title: "Bad", status: 422, detail: "a", errors: ["b", 7, ""] }), {
      message: "a; b"
    })
    assert.deepStrictEqual(errorOf({ title: "Gone", status: 410 }), { message: "Gone" })
    for (const other of [
      undefined,
      null,
      "text",
      {},
      { title: "x" },
      { status: 404 },
      { error: "x", status: 404 },
      []
    ]) {
      assert.isUndefined(errorOf(other))
    }
  })

  it("for want of capacity is told by its words alone", () => {
    for (const words of [
      "There are no longer any instances available with the requested specifications. Please refresh and try again.",
      "There are not enough free GPUs on the host machine to start this pod.",
      "No instances available"
    ]) {
      assert.strictEqual(meaningOf(words)._tag, "OutOfCapacity", words)
    }
    assert.strictEqual(meaningOf("exactly one of gpu or cpu must be set")._tag, "Rejected")
  })
})
