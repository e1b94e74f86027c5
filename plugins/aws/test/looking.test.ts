import { assert, describe, it } from "@effect/vitest"
import { resourceId } from "@runctl/core/Resource"
import * as Effect from "effect/Effect"
import { newMark, offerOf, reasonOf, region, requestFor, sent, stranger, using } from "./rented.ts"

const nativeOf = (id: string): string => id.split("/")[2] ?? ""

describe("a machine", () => {
  it.live("that does not show yet is Starting, not gone, and is ended all the same", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const made = yield* provider.createResource(requestFor())
          const got = yield* provider.getResource(made.id)
          assert.deepStrictEqual([got.state._tag, got.key, got.costPerHour], ["Starting", made.key, made.costPerHour])
          yield* provider.terminate(made.id)
          assert.deepStrictEqual([...cloud.billing()], [])
          assert.isAbove(sent(cloud, "TerminateInstances").length, 1)
        }),
      { cloud: { visibleSeconds: 12, timeScale: 20 } }
    )
  )

  it.live("that never shows is gone after five minutes, and never before", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const made = yield* provider.createResource(requestFor())
          cloud.clock.advance(4 * 60)
          assert.strictEqual((yield* provider.getResource(made.id)).state._tag, "Starting")
          cloud.clock.advance(70)
          assert.strictEqual((yield* reasonOf(provider.getResource(made.id)))._tag, "NotFound")
        }),
      { cloud: { visibleSeconds: 100_000, timeScale: 1 } }
    )
  )

  it.live("goes through its states in words that all providers share", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          const state = Effect.map(provider.getResource(id), (machine) => machine.state._tag)
          const seen = [yield* state]
          cloud.clock.advance(31)
          seen.push(yield* state)
          yield* provider.stopResource(id)
          seen.push(yield* state)
          cloud.clock.advance(31)
          yield* provider.startResource(id)
          seen.push(yield* state)
          cloud.clock.advance(31)
          seen.push(yield* state)
          yield* provider.terminate(id)
          seen.push(yield* state)
          cloud.clock.advance(31)
          seen.push(yield* state)
          assert.deepStrictEqual(seen, [
            "Starting",
            "Running",
            "Stopped",
            "Starting",
            "Running",
            "Terminating",
            "Terminated"
          ])
          cloud.clock.advance(3601)
          assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
        }),
      { cloud: { bootSeconds: 30, powerSeconds: 30, deleteSeconds: 30, timeScale: 1 } }
    )
  )

  it.live("that is stopped bills its disk and nothing else, and costs as much", () =>
    using((provider) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        yield* Effect.sleep("1 second")
        const running = yield* provider.getResource(id)
        const items = yield* provider.billing(running, running.state)
        assert.deepStrictEqual(
          items.map(({ item }) => item),
          ["compute", "disk", "address"]
        )
        const stopped = yield* provider.stopResource(id)
        const [disk, ...more] = yield* provider.billing(stopped, stopped.state)
        assert.deepStrictEqual(more, [])
        assert.closeTo(disk?.usdPerHour ?? 0, (50 * 0.08) / 730, 1e-12)
        assert.strictEqual(stopped.costPerHour, disk?.usdPerHour)
        assert.deepStrictEqual(yield* provider.billing(stopped, { _tag: "Terminated" }), [])
      })
    )
  )

  it.live("of the spot market cannot be stopped, and its request goes with it", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor({ market: "spot" }))
        yield* Effect.sleep("1 second")
        assert.strictEqual((yield* reasonOf(provider.stopResource(id)))._tag, "UnsupportedCapability")
        yield* provider.terminate(id)
        const actions = cloud.requests.map(({ body }) => new URLSearchParams(String(body)).get("Action"))
        const [cancelled, terminated] = ["CancelSpotInstanceRequests", "TerminateInstances"].map((action) =>
          actions.indexOf(action)
        )
        assert.isAbove(cancelled ?? -1, 0)
        assert.isAbove(terminated ?? -1, cancelled ?? -1)
        const open = [...cloud.core.world.requests.values()].filter(({ state }) => /open|active/.test(state))
        assert.deepStrictEqual(open, [])
      })
    )
  )

  it.live("of nobody's is not got, not listed, and not ended", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const planted = cloud.plant({ name: "web-1" })
        const id = resourceId("aws", region, String(planted.id))
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
        assert.deepStrictEqual(yield* provider.listResources, [])
        const reason = yield* reasonOf(provider.terminate(id))
        assert.match(reason.message, /carries no mark/)
        assert.strictEqual(cloud.billing().length, 1)
      })
    )
  )

  it.live("of another owner is listed as theirs, in whatever region and on whatever page", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          for (const at of ["us-east-1", "us-west-2", "eu-central-1", "us-east-1", "us-east-1"]) {
            yield* provider.createResource(requestFor({ mark: newMark(stranger), offer: offerOf("t3.micro", at) }))
          }
          const all = yield* provider.listResources
          assert.strictEqual(all.length, 5)
          assert.isTrue(all.every(({ owner }) => owner === stranger))
          // Nobody asks a region that is not switched on.
          assert.isFalse(cloud.requests.some(({ account, body }) => `${account}${String(body)}`.includes("me-central")))
        }),
      { cloud: { pageSize: 2, hasEmptyPages: true } }
    )
  )

  it.live("whose mark is in its name alone is known by that", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const mark = newMark()
        const name = `runctl-${mark.owner}-${mark.key}-${mark.deadlineEpochSeconds}`
        const planted = cloud.plant({ name })
        const machine = yield* provider.getResource(resourceId("aws", region, String(planted.id)))
        assert.deepStrictEqual([machine.owner, machine.key], [mark.owner, mark.key])
      })
    )
  )

  it.live("that cannot be is not asked for", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const native of ["0", "i-xyz", "i-123/../x"]) {
          const id = resourceId("aws", region, native)
          assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
          yield* provider.terminate(id)
        }
        assert.deepStrictEqual([...cloud.requests], [])
      })
    )
  )

  it.live("that was ended inside is ended by its own clocks, as AWS tells", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        yield* Effect.sleep("1 second")
        cloud.core.ended(nativeOf(id), "off", cloud.clock.now())
        yield* Effect.sleep("1 second")
        const machine = yield* provider.getResource(id)
        assert.deepStrictEqual(
          [machine.state._tag, machine.endedBy, machine.costPerHour],
          ["Terminated", "deadline", 0]
        )
        assert.strictEqual((yield* provider.preemptionEvidence(machine)).preempted, "no")
        assert.deepStrictEqual([...cloud.billing()], [])
      })
    )
  )

  it.live("whose end was answered and did not happen is Terminating for a while, and then what it is", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          cloud.faults.ignoreDelete()
          yield* provider.terminate(id)
          assert.strictEqual((yield* provider.getResource(id)).state._tag, "Terminating")
          cloud.clock.advance(301)
          assert.strictEqual((yield* provider.getResource(id)).state._tag, "Running")
        }),
      { cloud: { timeScale: 1 } }
    )
  )
})

describe("evidence", () => {
  it.live("is yes for a spot machine that was taken back, from the instance or from its request", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor({ market: "spot" }))
        yield* Effect.sleep("1 second")
        const before = yield* provider.getResource(id)
        assert.strictEqual((yield* provider.preemptionEvidence(before)).preempted, "no")
        cloud.core.interrupt(nativeOf(id), 100_000, cloud.clock.now())
        const noticed = yield* provider.preemptionEvidence(before)
        assert.deepInclude(noticed, { preempted: "yes" })
        assert.match(noticed.message, /marked-for-termination/)
        cloud.preempt(nativeOf(id))
        yield* Effect.sleep("1 second")
        const after = yield* provider.getResource(id)
        assert.deepStrictEqual([after.state._tag, after.endedBy], ["Terminated", "preempted"])
        // Whoever follows a job there is not to ask for ever: it never comes back.
        assert.strictEqual((yield* reasonOf(provider.endpoint(after)))._tag, "NotFound")
        assert.match((yield* provider.preemptionEvidence(after)).message, /SpotInstanceTermination/)
        cloud.clock.advance(3700)
        const gone = yield* provider.preemptionEvidence(after)
        assert.deepInclude(gone, { preempted: "yes" })
        assert.match(gone.message, /instance-terminated-no-capacity/)
      })
    )
  )

  it.live("is no for a machine that we ended, and unknown for one that is shown no more", () =>
    using((provider) =>
      Effect.gen(function* () {
        const made = yield* provider.createResource(requestFor({ market: "spot" }))
        yield* Effect.sleep("1 second")
        yield* provider.terminate(made.id)
        assert.strictEqual((yield* provider.preemptionEvidence(made)).preempted, "no")
        const never = { ...made, id: resourceId("aws", region, "i-0000000000000ffff") }
        assert.strictEqual((yield* provider.preemptionEvidence(never)).preempted, "unknown")
      })
    )
  )
})
