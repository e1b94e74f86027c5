import { assert, describe, it } from "@effect/vitest"
import { resourceId } from "@runctl/core/Resource"
import * as Effect from "effect/Effect"
import { billed, offerOf, reasonOf, requestFor, sent, using } from "./rented.ts"

const single = /^\/api\/v0\/instances\/\d+\/$/

describe("ending", () => {
  it.live("is asked for again when it was asked too often: the instance would live on", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        cloud.faults.rateLimit({ method: "DELETE", times: 2 })
        yield* provider.terminate(id)
        assert.deepStrictEqual(billed(cloud), [])
        assert.deepStrictEqual(
          sent(cloud, "DELETE", single).map(({ status }) => status),
          [429, 429, 200]
        )
      })
    )
  )

  it.live("succeeds for what is gone already, whoever removed it", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        yield* provider.terminate(id)
        yield* provider.terminate(id)
        assert.strictEqual(sent(cloud, "DELETE", single).at(-1)?.status, 404)
      })
    )
  )

  it.live("leaves alone what carries no mark", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = cloud.plant({ name: "not runctl's" })
        const reason = yield* reasonOf(provider.terminate(resourceId("vastai", "US", String(id))))
        assert.strictEqual(reason._tag, "Rejected")
        assert.deepStrictEqual(billed(cloud), [id])
      })
    )
  )

  it.live("is shown as under way until the instance is gone", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          yield* provider.terminate(id)
          assert.strictEqual((yield* provider.getResource(id)).state._tag, "Terminating")
          assert.strictEqual((yield* provider.listResources)[0]?.state._tag, "Terminating")
        }),
      { deleteSeconds: 600 }
    )
  )

  it.live("that is refused with the status of a success did not happen", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        cloud.faults.answer({ status: 200, body: { success: false, msg: "busy" } }, { method: "DELETE" })
        yield* reasonOf(provider.terminate(id))
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Running")
      })
    )
  )
})

describe("stopped", () => {
  it.live("costs its disk until it is destroyed, and runs again when it is started", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor({ offer: offerOf("m1103-1x-rtx-4090") }))
        yield* provider.stopResource(machine.id)
        const stopped = yield* provider.getResource(machine.id)
        assert.strictEqual(stopped.state._tag, "Stopped")
        assert.closeTo(stopped.costPerHour, (32 * 0.15) / 720, 1e-9)
        assert.deepStrictEqual(
          (yield* provider.billing(stopped, stopped.state)).map(({ item }) => item),
          ["disk"]
        )
        assert.strictEqual(billed(cloud).length, 1)
        yield* provider.startResource(machine.id)
        assert.strictEqual((yield* provider.getResource(machine.id)).state._tag, "Running")
      })
    )
  )

  it.live("by a higher bid was taken back, which its evidence says, and the disk's price", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor({ market: "spot" }))
        assert.strictEqual((yield* provider.preemptionEvidence(machine)).preempted, "no")
        cloud.preempt(Number(machine.id.split("/")[2]))
        const stopped = yield* provider.getResource(machine.id)
        assert.strictEqual(stopped.state._tag, "Stopped")
        const { message, preempted } = yield* provider.preemptionEvidence(stopped)
        assert.strictEqual(preempted, "yes")
        // Who follows what runs on it is to look for another one, and not to wait.
        assert.strictEqual((yield* reasonOf(provider.endpoint(stopped)))._tag, "OutOfCapacity")
        assert.match(message, /outbid.*disk costs \$0\.0067\/h/)
        assert.deepStrictEqual(
          (yield* provider.billing(stopped, stopped.state)).map(({ item }) => item),
          ["disk"]
        )
        assert.strictEqual(billed(cloud).length, 1)
      })
    )
  )

  it.live("by us was not taken back, though it lives by a bid", () =>
    using((provider) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor({ market: "spot" }))
        const stopped = yield* provider.stopResource(machine.id)
        assert.strictEqual((yield* provider.preemptionEvidence(stopped)).preempted, "no")
        assert.strictEqual((yield* reasonOf(provider.endpoint(stopped)))._tag, "Conflict")
      })
    )
  )

  it.live("machines are not reached, and those that run are, by the way that the settings want", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const machine = yield* provider.createResource(requestFor())
          assert.deepInclude(yield* provider.endpoint(machine), {
            _tag: "Ssh",
            user: "root",
            hostKeyName: machine.id,
            host: "ssh4.vast.ai"
          })
          const stopped = yield* provider.stopResource(machine.id)
          assert.strictEqual((yield* reasonOf(provider.endpoint(stopped)))._tag, "Conflict")
        }),
      { settings: { ssh: "proxy" } }
    )
  )
})
