import { assert, describe, it } from "@effect/vitest"
import { toName } from "@runctl/core/Ownership"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { newMark, using } from "./rented.ts"

const findings = (provider: AnyTrainingProvider) =>
  Effect.map(provider.diagnose ?? Effect.succeed([]), (all) =>
    Object.fromEntries(all.map(({ message, name, status }) => [name, `${status}: ${message}`]))
  )

describe("what keeps Verda from being used", () => {
  it.effect("is nothing where all is well", () =>
    using((provider, { seen }) =>
      Effect.gen(function* () {
        assert.deepEqual(yield* findings(provider), {
          token: "ok: the credentials are given tokens, and may read instances",
          balance: "ok: 1000.00 USD are left",
          clock: "ok: this computer's clock agrees with Verda's"
        })
        assert.isTrue(seen.every(({ method, path }) => method === "GET" || path === "/v1/oauth2/token"))
      })
    )
  )

  it.effect("may be the credentials, the balance, or scripts that were left", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.account.balance = 0
        const token = core.issueToken(1e12)
        const store = (now: number) =>
          core.handle(
            { method: "POST", path: "/v1/scripts", token, body: { name: toName(newMark()), script: "x" } },
            now
          )
        for (let index = 0; index < 55; index++) store(-index * 10_000)
        const all = yield* findings(provider)
        assert.match(all["balance"] ?? "", /^fail: 0\.00 USD/)
        assert.match(all["scripts"] ?? "", /^warn: 55 start-up scripts/)
        core.revokeTokens()
        Object.assign(core.account, { clientSecret: "another" })
        assert.match((yield* findings(provider))["token"] ?? "", /^fail: the credential in VERDA_CLIENT_SECRET/)
      })
    )
  )
})
