import { assert, describe, it } from "@effect/vitest"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { cloud, folder, providerAt, reasonOf, using } from "./rented.ts"
import { reads, said } from "./recorded.ts"
import { token } from "./server.ts"

describe("a token", () => {
  const at = (env: Readonly<Record<string, string>>, endpoint: string) =>
    Effect.gen(function* () {
      const home = yield* folder
      return yield* Effect.flatMap(TrainingProvider, (provider) => provider.offers({})).pipe(
        Effect.provide(providerAt({ home, settings: { endpoint }, env }))
      )
    })

  it.live("that is nowhere keeps the plugin from starting, and says where it was looked for", () =>
    Effect.gen(function* () {
      const reason = yield* reasonOf(at({ HOME: "/nonexistent" }, "http://127.0.0.1:1"))
      assert.strictEqual(reason._tag, "Unauthorized")
      assert.match(reason.message, /DIGITALOCEAN_TOKEN, DIGITALOCEAN_ACCESS_TOKEN or doctl's config\.yaml/)
    }).pipe(Effect.scoped)
  )

  it.live("that is wrong names where it came from, not itself", () =>
    using((_, { url }) =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(at({ DIGITALOCEAN_ACCESS_TOKEN: "dop_v1_other" }, url))
        assert.strictEqual(reason._tag, "Unauthorized")
        assert.match(reason.message, /DIGITALOCEAN_ACCESS_TOKEN/)
        assert.notInclude(reason.message, "dop_v1_other")
      })
    ).pipe(Effect.scoped)
  )

  it.live("that was refused is looked for anew the next time", () =>
    using((_, { requests, url }, home) =>
      Effect.gen(function* () {
        const file = join(home, "doctl/config.yaml")
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, "access-token: dop_v1_old\n")
        yield* Effect.flatMap(TrainingProvider, (provider) =>
          Effect.gen(function* () {
            const reason = yield* reasonOf(provider.listResources)
            assert.match(reason.message, /doctl\/config\.yaml \(context default\)/)
            writeFileSync(file, `access-token: ${token}\n`)
            assert.deepStrictEqual(yield* provider.listResources, [])
            assert.isAtMost(requests.length, 4)
          })
        ).pipe(Effect.provide(providerAt({ home, settings: { endpoint: url }, env: { XDG_CONFIG_HOME: home } })))
      })
    )
  )

  it.live("goes to no other place that an answer names", () =>
    using((provider, { faults, world }) =>
      Effect.gen(function* () {
        const elsewhere = yield* cloud
        faults.push({ when: reads, status: 302, headers: { location: `${elsewhere.url}/v2/sizes` }, body: "" })
        assert.strictEqual((yield* reasonOf(provider.offers({})))._tag, "MalformedResponse")
        faults.splice(0)
        const next = { pages: { next: `${elsewhere.url}/v2/droplets?page=2&per_page=200` } }
        faults.push({ when: ({ query }) => query["type"] === "gpus", body: { droplets: [], links: next } })
        assert.deepStrictEqual(yield* provider.listResources, [])
        assert.deepStrictEqual([elsewhere.requests.length, world.droplets.size], [0, 0])
      })
    ).pipe(Effect.scoped)
  )

  it.live("is in no error, whoever repeats it", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const bodies = [
          { status: 422, body: said("unprocessable_entity", `bad ${token}`) },
          { status: 500, body: said("server_error", `bad ${token}`) },
          { status: 403, body: said("forbidden", `bad ${token}`) },
          { status: 200, body: `not json ${token}` }
        ]
        for (const fault of bodies) {
          faults.push({ ...fault, when: reads, times: 2 })
          const error = yield* Effect.flip(provider.listResources)
          assert.notInclude(`${error.message} ${JSON.stringify(error)} ${String(error.stack)}`, token)
          faults.splice(0)
        }
      })
    )
  )
})
