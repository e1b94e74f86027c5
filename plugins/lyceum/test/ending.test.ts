import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { asked, deletes, offerOf, reasonOf, reads, requestFor, using } from "./rented.ts"

describe("terminating", () => {
  it.effect("ends what a machine costs, also one that has failed or has switched itself off", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const [one, off] = [
            yield* provider.createResource(requestFor()),
            yield* provider.createResource(requestFor())
          ]
          cloud.faults.failCreate()
          const failed = yield* provider.createResource(requestFor())
          cloud.clock.advance(60)
          cloud.core.ended(off.id.split("/")[2] ?? "", "off", cloud.clock.now())
          assert.strictEqual((yield* provider.getResource(failed.id)).state._tag, "Error")
          assert.strictEqual((yield* provider.getResource(off.id)).state._tag, "Stopped")
          assert.lengthOf(cloud.billing(), 3)
          for (const { id } of [one, off, failed]) {
            yield* provider.terminate(id)
            assert.deepInclude(yield* provider.getResource(id), {
              state: ResourceState.Terminated,
              costPerHour: UsdPerHour.make(0)
            })
            yield* provider.terminate(id)
          }
          assert.lengthOf(cloud.billing(), 0)
        }),
      { cloud: { bootSeconds: 10 } }
    )
  )

  it.effect(
    "is tried again after every failure of the service, whatever its words: else the machine goes on billing",
    () =>
      using((provider, cloud) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          const words = { detail: "The instance could not be provisioned right now. Please try again in a moment." }
          for (const spoil of [
            () => cloud.faults.answer({ status: 500, body: words }, deletes),
            () => cloud.faults.html(deletes),
            () => cloud.faults.loseRequest(deletes),
            () => cloud.faults.loseReply(deletes)
          ]) {
            spoil()
            assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Unavailable")
          }
          cloud.faults.rateLimit(deletes, 2)
          assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "RateLimited")
          yield* TestClock.adjust("3 seconds")
          yield* provider.terminate(id)
          assert.lengthOf(cloud.billing(), 0)
        })
      )
  )

  it.effect("succeeds for what is gone, and for what never was", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const id of ["never", "fa292eba-16ba-4dd2-8c31-f58ac11d87bf"]) {
          yield* provider.terminate(resourceId("lyceum", "lyceum", id))
        }
        yield* provider.terminate(resourceId("verda", "x", "1"))
        assert.lengthOf(asked(cloud, "DELETE", /./), 0)
      })
    )
  )

  it.effect("leaves a stranger's machine alone, whoever names it", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = cloud.plant({ name: "runctl-or-so" })
        const reason = yield* reasonOf(provider.terminate(resourceId("lyceum", "lyceum", String(id))))
        assert.strictEqual(reason._tag, "Rejected")
        assert.match(reason.message, /no machine of runctl's/)
        assert.lengthOf(asked(cloud, "DELETE", /./), 0)
        assert.lengthOf(cloud.billing(), 1)
      })
    )
  )

  it.effect("of one that does not show yet leaves it to come, so that it is ended again", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          yield* provider.terminate(id)
          assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
          cloud.clock.advance(31)
          yield* provider.terminate(id)
          assert.strictEqual((yield* provider.getResource(id)).state._tag, "Terminated")
          assert.lengthOf(cloud.billing(), 0)
        }),
      { cloud: { visibleSeconds: 30 } }
    )
  )

  it.effect("that is refused because it has ended already succeeds; one that is refused otherwise does not", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const refusal = { status: 400, body: { detail: "VM is already terminated" } }
        cloud.faults.answer(refusal, deletes)
        assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Rejected")
        yield* provider.terminate(id)
        cloud.faults.answer(refusal, deletes)
        yield* provider.terminate(id)
      })
    )
  )

  it.effect("is not over because it was answered so: the machine is asked", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        cloud.faults.ignoreDelete()
        yield* provider.terminate(id)
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Running")
      })
    )
  )
})

it.effect("nothing is started or stopped, and nothing is asked for that", () =>
  using((provider, cloud) =>
    Effect.gen(function* () {
      const { id } = yield* provider.createResource(requestFor())
      const before = cloud.requests.length
      assert.strictEqual((yield* reasonOf(provider.startResource(id)))._tag, "UnsupportedCapability")
      assert.strictEqual((yield* reasonOf(provider.stopResource(id)))._tag, "UnsupportedCapability")
      assert.deepStrictEqual(yield* provider.companions.list, [])
      yield* provider.companions.remove("anything")
      assert.lengthOf(cloud.requests, before)
    })
  )
)

describe("why a machine ended", () => {
  it.effect("is not known of a spot machine that nobody here has ended, and says what it may be", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const spot = yield* provider.createResource(requestFor({ market: "spot", offer: offerOf("h100.1x") }))
        const running = yield* provider.getResource(spot.id)
        assert.strictEqual((yield* provider.preemptionEvidence(running)).preempted, "no")
        cloud.core.preempt(spot.id.split("/")[2] ?? "", cloud.clock.now())
        const gone = yield* provider.getResource(spot.id)
        assert.strictEqual(gone.state._tag, "Terminated")
        const evidence = yield* provider.preemptionEvidence(gone)
        assert.strictEqual(evidence.preempted, "unknown")
        assert.match(evidence.message, /spot machine .* taken back/)
      })
    )
  )

  it.effect("is that runctl has ended it, or that somebody or no credits did", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const [ours, theirs] = [
          yield* provider.createResource(requestFor()),
          yield* provider.createResource(requestFor())
        ]
        yield* provider.terminate(ours.id)
        const own = yield* provider.preemptionEvidence(yield* provider.getResource(ours.id))
        assert.deepInclude(own, { preempted: "no", message: "runctl has ended it" })
        cloud.core.handle(
          { method: "DELETE", path: `/api/v2/external/vms/${theirs.id.split("/")[2] ?? ""}`, token: cloud.token },
          cloud.clock.now()
        )
        const other = yield* provider.preemptionEvidence(yield* provider.getResource(theirs.id))
        assert.strictEqual(other.preempted, "unknown")
        assert.match(other.message, /credits/)
        cloud.faults.serverError({ ...reads, path: /status$/ })
        const gone = { ...theirs, state: ResourceState.Terminated }
        assert.strictEqual((yield* reasonOf(provider.preemptionEvidence(gone)))._tag, "Unavailable")
      })
    )
  )
})
