import { assert, describe, it } from "@effect/vitest"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { using } from "./rented.ts"

const found = ({ diagnose = Effect.succeed([]) }: AnyTrainingProvider) =>
  Effect.map(diagnose, (all) =>
    Object.fromEntries(all.map(({ message, name, status }) => [name, `${status}: ${message}`]))
  )

describe("a look at what may be in the way", () => {
  it.live("finds a key that may read, credit, and a clock that agrees", () =>
    using((provider) =>
      Effect.gen(function* () {
        const all = yield* found(provider)
        assert.match(all["key"] ?? "", /^ok/)
        assert.match(all["account"] ?? "", /^ok: \$100\.00 of credit/)
        assert.match(all["clock"] ?? "", /^ok/)
      })
    )
  )

  it.live("says that an account without credit has everything stopped, and warns before", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.setCredit(0)
        assert.match((yield* found(provider))["account"] ?? "", /^fail: \$0 of credit/)
        cloud.setCredit(0.5)
        assert.match((yield* found(provider))["account"] ?? "", /^warn/)
      })
    )
  )

  it.live("tells a key that is refused from one that may not read everything", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.forbidden({ path: /users/ })
        cloud.faults.unauthorized({ path: /v1\/instances/ })
        const all = yield* found(provider)
        assert.match(all["account"] ?? "", /^ok: the key may not read it/)
        assert.match(all["key"] ?? "", /^fail: .*VAST_API_KEY/)
      })
    )
  )
})
