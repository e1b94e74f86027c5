import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { asked, newMark, providerAt, reads, reasonOf, requestFor, shells, using } from "./rented.ts"

const statusPath = /\/status$/
const lists = { ...reads, path: /\/vms\/list$/ }

describe("the list of machines", () => {
  it.effect("is asked for without the dead, who keep their names for ever, and with what has failed (C4)", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const [alive, dead] = [
          yield* provider.createResource(requestFor()),
          yield* provider.createResource(requestFor())
        ]
        cloud.faults.failCreate()
        const failed = yield* provider.createResource(requestFor())
        yield* provider.terminate(dead.id)
        const listed = yield* provider.listResources
        assert.sameMembers(
          listed.map(({ id }) => id),
          [alive.id, failed.id]
        )
        assert.strictEqual(listed.find(({ id }) => id === failed.id)?.state._tag, "Error")
        assert.deepStrictEqual(
          asked(cloud, "GET", /\/vms\/list$/).map(({ query }) => query),
          [{ include_terminated: "false", include_failed: "true" }]
        )
      })
    )
  )

  it.effect("has the dead as dead where the cloud shows them all the same", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const name = Ownership.toName(newMark())
        const row = { status: "terminated", display_name: name, hardware_profile: "h100", gpu_count: 1 }
        const vms = [
          { ...row, vm_id: "one" },
          { ...row, vm_id: "two", status: "ready", ip_address: "203.0.113.10" }
        ]
        cloud.faults.answer({ status: 200, body: { vms, total: 2 } }, lists)
        const [dead, alive] = yield* provider.listResources
        assert.deepInclude(dead, { state: ResourceState.Terminated, costPerHour: UsdPerHour.make(0) })
        assert.deepInclude(alive, { state: ResourceState.Running, costPerHour: UsdPerHour.make(2.79) })
      })
    )
  )

  it.effect("has everybody's with a mark, and nobody's without one, however alike the names are (C4)", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ours = yield* provider.createResource(requestFor())
        const theirs = newMark(Ownership.OwnerId.make("stranger"))
        cloud.plant({ name: Ownership.toName(theirs) })
        for (const name of [`${ours.name ?? ""}-abcd`, "runctl-", "sky-cluster", ""]) cloud.plant({ name })
        const listed = yield* provider.listResources
        assert.sameDeepMembers(
          listed.map(({ key, owner }) => ({ key, owner })),
          [
            { key: ours.key, owner: ours.owner },
            { key: theirs.key, owner: theirs.owner }
          ]
        )
      })
    )
  )

  it.effect("fails when it has fewer than it says", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        faults.answer({ status: 200, body: { vms: [], total: 3 } }, lists)
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "MalformedResponse")
        assert.match(reason.message, /3 of 3/)
        faults.truncate(lists)
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Unavailable")
        assert.deepStrictEqual(yield* provider.listResources, [])
      })
    )
  )

  it.effect("shows what cannot be read as Unknown, by its name", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const mark = newMark()
        const vms = [{ vm_id: "one", display_name: Ownership.toName(mark), status: 7 }, { vm_id: "" }, "nothing"]
        faults.answer({ status: 200, body: { vms, total: 3 } }, lists)
        const [one, ...others] = yield* provider.listResources
        assert.lengthOf(others, 0)
        assert.deepInclude(one, { key: mark.key, state: ResourceState.Unknown })
      })
    )
  )

  it.effect("is there without its prices where these cannot be read: they are remembered", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const { costPerHour } = yield* provider.createResource(requestFor())
        yield* TestClock.adjust("2 minutes")
        faults.serverError({ ...reads, path: /pricing/ })
        const [listed] = yield* provider.listResources
        assert.strictEqual(listed?.costPerHour, costPerHour)
      })
    )
  )
})

it.effect("machines and prices are asked for at the same time", () =>
  using((provider, cloud) =>
    Effect.gen(function* () {
      cloud.plant({ name: Ownership.toName(newMark()) })
      // Neither is answered before both were asked.
      const holds = [/list$/, /pricing$/].map((path) => cloud.hold({ ...reads, path, point: "beforeEffect" }))
      const listing = yield* Effect.forkChild(provider.listResources)
      yield* Effect.promise(() => Promise.all(holds.map(({ arrived }) => arrived)))
      for (const { release } of holds) release()
      assert.lengthOf(yield* Fiber.join(listing), 1)
    })
  )
)

describe("one machine", () => {
  it.effect("is Starting until it is ready and has an address (C10)", () =>
    using(
      (provider, { clock }) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          const stateNow = Effect.map(provider.getResource(id), ({ state }) => state._tag)
          assert.strictEqual(yield* stateNow, "Starting")
          clock.advance(130)
          const ready = yield* provider.getResource(id)
          assert.strictEqual(ready.state._tag, "Starting")
          assert.strictEqual((yield* reasonOf(provider.endpoint(ready)))._tag, "Conflict")
          clock.advance(105)
          assert.strictEqual(yield* stateNow, "Running")
        }),
      { cloud: { bootSeconds: 130, addressSeconds: 104 } }
    )
  )

  it.effect("that is not shown yet is Starting for a minute, and then is not there", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const made = yield* provider.createResource(requestFor())
          const young = yield* provider.getResource(made.id)
          assert.deepInclude(young, { state: ResourceState.Starting, key: made.key, costPerHour: made.costPerHour })
          yield* TestClock.adjust("61 seconds")
          assert.strictEqual((yield* reasonOf(provider.getResource(made.id)))._tag, "NotFound")
        }),
      { cloud: { visibleSeconds: 1000 } }
    )
  )

  it.effect("of a stranger, or of no machine, is not there", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = cloud.plant({ name: "somebody's" })
        for (const wanted of [String(id), "no-such", "%", "../user"]) {
          const reason = yield* reasonOf(provider.getResource(resourceId("lyceum", "lyceum", wanted)))
          assert.strictEqual(reason._tag, "NotFound", wanted)
        }
        assert.strictEqual(
          (yield* reasonOf(provider.getResource(resourceId("verda", "x", String(id)))))._tag,
          "NotFound"
        )
      })
    )
  )

  it.effect("cannot be judged by an isolated failure of the service, whatever its words", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const words = { detail: "The instance could not be provisioned right now. Please try again in a moment." }
        faults.answer({ status: 500, body: words }, { ...reads, path: statusPath })
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "Unavailable")
        faults.html({ ...reads, path: statusPath })
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "Unavailable")
        faults.answer({ status: 404, body: "<html>no</html>" }, { ...reads, path: statusPath })
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "MalformedResponse")
        assert.strictEqual((yield* provider.getResource(id)).key.length, 20)
      })
    )
  )

  it.effect("that another organization's key has made is not gone because this one's does not see it", () =>
    using((provider, cloud, home) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const other = cloud.core.addToken(cloud.core.addAccount())
        const settings = { endpoint: cloud.url }
        yield* Effect.gen(function* () {
          const theirs = yield* TrainingProvider
          assert.strictEqual((yield* reasonOf(theirs.getResource(id)))._tag, "Forbidden")
          const end = yield* reasonOf(theirs.terminate(id))
          assert.strictEqual(end._tag, "Forbidden")
          assert.match(end.message, /organization/)
        }).pipe(
          Effect.provide(providerAt({ home, settings, env: { LYCEUM_API_KEY: other } }).pipe(Layer.provide(shells)))
        )
        assert.lengthOf(cloud.billing(), 1)
        yield* provider.terminate(id)
        assert.lengthOf(cloud.billing(), 0)
      })
    )
  )

  it.effect("in a state that nobody knows is Unknown, and that is said once", () => {
    const said: Array<string> = []
    return using((provider, { faults }) =>
      Effect.gen(function* () {
        const { id, name } = yield* provider.createResource(requestFor())
        const [, , nativeId = ""] = id.split("/")
        const odd = { vm_id: nativeId, display_name: name, status: "hibernating", ip_address: "203.0.113.10" }
        faults.answer({ status: 200, body: odd }, { ...reads, path: statusPath, times: 2 })
        for (const _ of [1, 2]) assert.strictEqual((yield* provider.getResource(id)).state._tag, "Unknown")
        assert.lengthOf(
          said.filter((line) => line.includes("hibernating")),
          1
        )
      })
    ).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])))
  })
})
