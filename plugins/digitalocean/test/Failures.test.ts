import { assert, describe, it } from "@effect/vitest"
import { failures, meaningOf } from "@runctl/plugin-digitalocean/Failures"
import * as Schema from "effect/Schema"

it.prop("every word of a refusal has a meaning, and is passed on", [Schema.String], ([message]) => {
  assert.strictEqual(meaningOf(message).message, message)
})

describe("a refusal of DigitalOcean's", () => {
  const reason = (status: number, message: string) =>
    failures.repeatable({
      _tag: "Refused",
      status,
      message,
      retryAfter: undefined,
      setting: "DIGITALOCEAN_TOKEN",
      scope: "droplet:create"
    })

  it("of a request means what its words say, and any other what its status says", () => {
    assert.strictEqual(
      reason(422, "creating this/these droplet(s) will exceed your droplet limit")._tag,
      "QuotaExceeded"
    )
    assert.strictEqual(reason(403, "over the droplet limit")._tag, "Forbidden")
    assert.match(reason(403, "no").message, /the token in DIGITALOCEAN_TOKEN needs the scope droplet:create/)
  })
})
