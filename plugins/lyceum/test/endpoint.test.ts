import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { reads, reasonOf, requestFor, using } from "./rented.ts"

const statusPath = /\/status$/

describe("the way to a machine", () => {
  it.effect(
    "is the host and port that are told, as the user who was seen there, under a name of its own (C1, C2)",
    () =>
      using((provider, cloud) =>
        Effect.gen(function* () {
          const [bare, ported] = [
            yield* provider.createResource(requestFor()),
            yield* provider.createResource(requestFor())
          ]
          const machines = cloud.machines()
          for (const [index, { id }] of [bare, ported].entries()) {
            const machine = yield* provider.getResource(id)
            const host = machines[index]?.publicIp
            assert.isDefined(host)
            assert.strictEqual(machine.publicIp, host)
            const endpoint: unknown = yield* provider.endpoint(machine)
            assert.deepStrictEqual(endpoint, { _tag: "Ssh", host, port: 22, user: "lyceum", hostKeyName: id })
          }
          // Both forms of ids and of addresses were met.
          assert.notInclude(bare.id, "-")
          assert.include(ported.id.split("/")[2], "-")
        })
      )
  )

  it.effect("is asked for once: it does not change while the machine lives", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const machine = yield* provider.getResource(id)
        const before = cloud.requests.length
        for (const _ of [1, 2, 3]) yield* provider.endpoint(machine)
        assert.lengthOf(cloud.requests, before)
        const { publicIp: _, ...unseen } = machine
        yield* provider.endpoint(unseen)
        assert.lengthOf(cloud.requests, before + 1)
      })
    )
  )

  it.effect("is as the user whom the settings name", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          assert.deepInclude(yield* provider.endpoint(yield* provider.getResource(id)), { user: "someone" })
        }),
      { settings: { "ssh-user": "someone" } }
    )
  )

  it.effect("is none to what cannot be read, and to what is not there any more", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor())
        const [, , nativeId = ""] = machine.id.split("/")
        const odd = { vm_id: nativeId, display_name: machine.name, status: "ready", ip_address: "203.0.113.10:99999" }
        faults.answer({ status: 200, body: odd }, { ...reads, path: statusPath })
        assert.strictEqual((yield* reasonOf(provider.endpoint(machine)))._tag, "MalformedResponse")
        yield* provider.terminate(machine.id)
        const reason = yield* reasonOf(provider.endpoint(machine))
        assert.strictEqual(reason._tag, "NotFound")
        assert.match(reason.message, /is Terminated, and nothing brings it back/)
      })
    )
  )

  it.effect("is none to one that is off or has failed: whoever waits for it waits in vain", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const { id, name } = yield* provider.createResource(requestFor())
        const running = yield* provider.getResource(id)
        const [, , nativeId = ""] = id.split("/")
        const ways = { stopped: "NotFound", failed: "NotFound", terminating: "Conflict" }
        for (const [status, tag] of Object.entries(ways)) {
          const odd = { vm_id: nativeId, display_name: name, status, ip_address: "203.0.113.10" }
          faults.answer({ status: 200, body: odd }, { ...reads, path: statusPath, times: 2 })
          const machine = yield* provider.getResource(id)
          assert.strictEqual((yield* reasonOf(provider.endpoint(machine)))._tag, tag, status)
        }
        yield* provider.endpoint(running)
      })
    )
  )
})
