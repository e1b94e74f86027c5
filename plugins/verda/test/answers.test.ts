import { assert, describe, it } from "@effect/vitest"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { nativeIn, reasonOf, requestFor, using } from "./rented.ts"

const row = (message: string, statusCode: number) => ({
  status: 207,
  body: [
    {
      instanceId: "8472bacf-875d-4e86-ad31-4a5d2dcd5f4d",
      action: "delete",
      status: "error",
      error: message,
      statusCode
    }
  ]
})

const puts = { method: "PUT" }

const rented = (provider: AnyTrainingProvider) => Effect.map(provider.createResource(requestFor()), ({ id }) => id)

describe("an answer", () => {
  it.effect("of 429 is none of the usual form, and says after how long to come again", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.faults.rateLimit({ path: /instances$/ }, 49)
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "RateLimited")
        if (reason._tag === "RateLimited") {
          assert.strictEqual(Duration.toSeconds(reason.retryAfter ?? Duration.zero), 49)
        }
        yield* TestClock.adjust("50 seconds")
        assert.deepEqual(yield* provider.listResources, [])
      })
    )
  )

  it.effect("that is a page, or no list, is malformed, and never an empty list", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.faults.html({ path: /instances$/ }, 200)
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "MalformedResponse")
        core.faults.answer({ status: 200, body: { instances: [] } }, { path: /instances$/ })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "MalformedResponse")
        core.faults.answer({ status: 200, body: [{ no: "id" }] }, { path: /instances$/ })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "MalformedResponse")
        core.faults.serverError({ path: /instances$/ })
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Unavailable")
      })
    )
  )

  it.effect("about an instance may have anything but its id otherwise than promised", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const id = yield* rented(provider)
        const [listed] = yield* provider.listResources
        const odd = { id: nativeIn(id), hostname: listed?.name, status: 5, ip: {}, tags: null, price_per_hour: "2.5" }
        core.faults.answer({ status: 200, body: odd }, { path: /instances\/\S+$/ })
        const got = yield* provider.getResource(id)
        assert.deepEqual([got.state._tag, got.key], ["Unknown", listed?.key])
      })
    )
  )

  it.effect("to an end that says it was refused, in a row, is a refusal", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const id = yield* rented(provider)
        core.faults.answer(row("Insufficient scope", 403), puts)
        assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Forbidden")
        core.faults.answer(row("Can't discontinue a discontinued instance", 400), puts)
        yield* provider.terminate(id)
        core.faults.answer({ status: 404, body: { code: "not_found", message: "Invalid instance id" } }, puts)
        yield* provider.terminate(id)
        assert.lengthOf(core.billing(0), 1, "none of them has ended it")
        yield* provider.terminate(id)
        assert.lengthOf(core.billing(0), 0)
      })
    )
  )

  it.effect("to an end that was lost may be asked for again", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const id = yield* rented(provider)
        core.faults.loseReply(puts)
        assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Unavailable")
        yield* provider.terminate(id)
        assert.lengthOf(core.billing(0), 0)
      })
    )
  )

  it.effect("to a start that was lost leaves its outcome unknown, and one that would change nothing is none", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const id = yield* rented(provider)
        yield* provider.stopResource(id)
        core.faults.loseRequest(puts)
        assert.strictEqual((yield* reasonOf(provider.startResource(id)))._tag, "OutcomeUnknown")
        core.faults.answer({ status: 403, body: { code: "forbidden_action", message: "Instance is running" } }, puts)
        core.setStatus(nativeIn(id), "offline", 0)
        const starting = provider.startResource(id)
        yield* Effect.forkChild(
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => core.setStatus(nativeIn(id), "running", 0))
          )
        )
        assert.oneOf((yield* starting).state._tag, ["Running", "Starting"])
      })
    )
  )

  it.effect("to a key that is not there any more lets it be registered anew", () =>
    using((provider, { core, seen }) =>
      Effect.gen(function* () {
        yield* rented(provider)
        for (const { id, kind } of core.belongings(0)) {
          if (kind === "ssh-key") yield* provider.companions.remove(`ssh-key/${id}`)
        }
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "Rejected")
        yield* rented(provider)
        assert.lengthOf(
          seen.filter(({ method, path }) => method === "POST" && path === "/v1/ssh-keys"),
          2
        )
      })
    )
  )
})
