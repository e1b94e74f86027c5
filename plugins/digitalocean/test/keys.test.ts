import { assert, describe, it } from "@effect/vitest"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { providerAt, publicKey, reasonOf, requestFor, us, using } from "./rented.ts"
import { creates, said } from "./recorded.ts"

describe("a key that is", () => {
  it.live("registered already, under whatever name and comment, is used and not registered again", () =>
    using((provider, { requests, world }) =>
      Effect.gen(function* () {
        world.keys.set(5, { id: 5, name: "laptop", public_key: publicKey.replace(/ runctl$/, " me@laptop") })
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        assert.deepStrictEqual(requests.find(creates)?.body, {
          ...Object(requests.find(creates)?.body),
          ssh_keys: [5]
        })
        assert.deepStrictEqual(yield* provider.companions.list, [])
      })
    )
  )

  it.live("registered by somebody else meanwhile is found", () =>
    using((provider, { faults, world }) =>
      Effect.gen(function* () {
        world.keys.set(5, { id: 5, name: "runctl-ourselve", public_key: publicKey })
        faults.push({ when: ({ path }) => path === "/v2/account/keys", body: { ssh_keys: [], links: {} } })
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        assert.strictEqual(world.keys.size, 1)
      })
    )
  )

  it.live("known costs no call, not even after a restart", () =>
    using((provider, cloud, home) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        const before = cloud.requests.length
        const request = requestFor({ authorizedKey: publicKey })
        yield* Effect.flatMap(TrainingProvider, (again) => again.createResource(request)).pipe(
          Effect.provide(providerAt({ home, settings: { endpoint: cloud.url } }))
        )
        assert.isFalse(cloud.requests.slice(before).some(({ path }) => path.startsWith("/v2/account/keys")))
      })
    )
  )

  it.live("unknown to the account, although it was known, is registered once more, and never twice", () =>
    using((provider, { faults, requests, world }) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        world.keys.clear()
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        assert.deepStrictEqual([world.droplets.size, world.keys.size], [2, 1])
        const message = "9 are invalid key identifiers for Droplet creation."
        faults.push({ when: creates, times: 9, status: 422, body: said("unprocessable_entity", message) })
        const before = requests.filter(creates).length
        assert.strictEqual(
          (yield* reasonOf(provider.createResource(requestFor({ authorizedKey: publicKey }))))._tag,
          "Rejected"
        )
        assert.strictEqual(requests.filter(creates).length, before + 2)
      })
    )
  )

  it.live("ours is a companion of the owner, and removed as often as asked; others stay", () =>
    using((provider, { requests, world }) =>
      Effect.gen(function* () {
        world.keys.set(5, { id: 5, name: "laptop", public_key: "ssh-ed25519 B" })
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        const [ours, ...more] = yield* provider.companions.list
        assert.deepStrictEqual(more, [])
        assert.deepStrictEqual(
          [ours?.kind, ours?.owner, ours?.key, ours?.name],
          ["ssh-key", us, undefined, "runctl-ourselve"]
        )
        const before = requests.length
        yield* provider.companions.list
        assert.strictEqual(requests.length, before)
        for (const id of [ours?.id ?? "", ours?.id ?? "", "no-such-companion"]) yield* provider.companions.remove(id)
        assert.deepStrictEqual([...world.keys.keys()], [5])
        assert.deepStrictEqual(yield* provider.companions.list, [])
      })
    )
  )
})
