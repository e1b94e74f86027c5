import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type On, reads, using, type Cloud } from "./rented.ts"

const findings = (spoil: (cloud: Cloud) => void = () => undefined, on: On = {}) =>
  using(
    (provider, cloud) =>
      Effect.gen(function* () {
        spoil(cloud)
        const all = yield* provider.diagnose ?? Effect.succeed([])
        return Object.fromEntries(all.map(({ advice, message, name, status }) => [name, { advice, message, status }]))
      }),
    on
  )

describe("the diagnosis", () => {
  it.live("says whose the key is, and what is left of the credits", () =>
    Effect.gen(function* () {
      const { clock, credits, key } = yield* findings()
      assert.deepInclude(key, { status: "ok" })
      assert.match(key?.message ?? "", /user@example\.com's, of the organization [0-9a-f-]{36}/)
      assert.deepInclude(credits, { status: "ok" })
      assert.match(credits?.message ?? "", /\$500\.00 are left, 909 h of the cheapest machine/)
      assert.deepInclude(clock, { status: "ok" })
    })
  )

  it.live("warns of credits for less than a day, and of none", () =>
    Effect.gen(function* () {
      const few = yield* findings(undefined, { cloud: { credits: 5 } })
      assert.deepInclude(few["credits"], { status: "warn" })
      assert.match(few["credits"]?.advice ?? "", /dashboard\.lyceum\.technology/)
      const none = yield* findings(undefined, { cloud: { credits: 0 } })
      assert.deepInclude(none["credits"], { status: "fail" })
    })
  )

  it.live("says that a key was refused, or is missing, or that the account is not active", () =>
    Effect.gen(function* () {
      const refused = yield* findings(undefined, { env: { LYCEUM_API_KEY: "lk_wrong" } })
      assert.deepInclude(refused["key"], { status: "fail" })
      assert.match(refused["key"]?.message ?? "", /LYCEUM_API_KEY is missing or was refused/)
      assert.match(refused["key"]?.advice ?? "", /api-keys/)
      const missing = yield* findings(undefined, { env: {} })
      assert.match(missing["key"]?.message ?? "", /~\/\.lyceum\/config\.json/)
      const inactive = yield* findings(({ core }) => void (core.account.isActive = false))
      assert.deepInclude(inactive["key"], { status: "fail" })
    })
  )

  it.live("says that the clocks are apart, and is no failure when the prices are missing", () =>
    Effect.gen(function* () {
      const late = yield* findings(({ clock }) => clock.advance(900))
      assert.deepInclude(late["clock"], { status: "warn" })
      const priceless = yield* findings(({ faults }) => faults.serverError({ ...reads, path: /pricing/ }))
      assert.match(priceless["credits"]?.message ?? "", /\$500\.00 are left$/)
    })
  )
})
