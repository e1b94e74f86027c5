import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { running } from "./running.ts"
import { nativeIn, offerOf, reasonOf, requestFor, script, using } from "./rented.ts"

describe("a spot instance", () => {
  const spot = requestFor({ market: "spot", offer: offerOf("1V100.6V", "FIN-01"), bootstrap: script })

  it.effect(
    "that was taken back is Terminated, preempted, has left no disk, and its script goes when it is ended",
    () =>
      using((provider, { core, seen }) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(spot)
          const post = seen.find(({ method, path }) => method === "POST" && path === "/v1/instances")
          assert.deepInclude(post?.body, { is_spot: true, contract: "SPOT" })
          assert.strictEqual((yield* provider.preemptionEvidence(yield* provider.getResource(id))).preempted, "no")
          yield* TestClock.adjust("1 minute")
          core.preempt(nativeIn(id), 60_000)
          const over = yield* provider.getResource(id)
          assert.deepEqual([over.endedBy, over.costPerHour], ["preempted", 0])
          assert.strictEqual(over.state._tag, "Terminated")
          assert.strictEqual((yield* reasonOf(provider.endpoint(over)))._tag, "NotFound", "nobody waits for it")
          const { message, preempted } = yield* provider.preemptionEvidence(over)
          assert.deepEqual([preempted, message], ["yes", "Verda took it back (evicted_by_on_demand)"])
          assert.deepEqual(
            core.belongings(60_000).map(({ kind }) => kind),
            ["script", "ssh-key"]
          )
          yield* provider.terminate(id)
          assert.deepEqual(
            core.belongings(60_000).map(({ kind }) => kind),
            ["ssh-key"]
          )
        })
      )
  )

  it.effect("that somebody deleted in the console was not taken back, and without a journal nobody knows", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource({ ...spot, mark: requestFor().mark })
        const token = core.issueToken(1e12)
        const body = { action: "delete", id: nativeIn(id) }
        core.handle({ method: "PUT", path: "/v1/instances", token, body }, 0)
        const over = yield* provider.getResource(id)
        assert.notProperty(over, "endedBy")
        assert.strictEqual((yield* provider.preemptionEvidence(over)).preempted, "no")
        core.faults.serverError({ path: /journal/ })
        assert.strictEqual((yield* provider.preemptionEvidence(over)).preempted, "unknown")
      })
    )
  )
})

describe("many instances that are polled", () => {
  it.effect("are looked at in one list, without a refusal", () =>
    using(
      (provider, { core, seen }) =>
        Effect.gen(function* () {
          const ids = yield* Effect.forEach(Array.from({ length: 40 }), () =>
            Effect.map(running(provider.createResource(requestFor())), ({ id }) => id)
          )
          yield* TestClock.adjust("2 minutes")
          const before = seen.length
          const look = Effect.forEach(ids, provider.getResource, { concurrency: 40 })
          for (let round = 0; round < 6; round++) {
            assert.isTrue((yield* running(look)).every(({ state }) => state._tag === "Running"))
            yield* TestClock.adjust("5 seconds")
          }
          assert.isBelow(seen.length - before, 20)
          const [first] = ids
          if (first !== undefined) yield* running(provider.terminate(first))
          assert.strictEqual((yield* running(provider.getResource(first ?? assert.fail()))).state._tag, "Terminated")
          assert.notInclude(core.violations.map(({ message }) => message).join(), "429")
        }),
      { bootSeconds: 1 }
    )
  )
})
