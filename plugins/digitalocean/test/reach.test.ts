import { assert, describe, it } from "@effect/vitest"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { createServer } from "node:net"
import { expired, withoutOpenssl } from "./certificate.ts"
import { folder, providerAt, reasonOf, requestFor, using } from "./rented.ts"
import { serveSecurely } from "./server.ts"

describe("no way to the API", () => {
  const offline = (endpoint: string) =>
    Effect.gen(function* () {
      const home = yield* folder
      return yield* Effect.flatMap(TrainingProvider, (provider) => reasonOf(provider.offers({}))).pipe(
        Effect.provide(providerAt({ home, settings: { endpoint } }))
      )
    }).pipe(Effect.scoped)

  /** A port where nobody listens. */
  const closedPort = Effect.callback<number>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      server.close(() => resume(Effect.succeed(port)))
    })
  })

  it.live("is Unavailable: nobody listens, or the name is unknown", () =>
    Effect.gen(function* () {
      for (const endpoint of [`http://127.0.0.1:${yield* closedPort}`, "https://api.invalid"]) {
        const reason = yield* offline(endpoint)
        assert.strictEqual(reason._tag, "Unavailable")
        assert.match(reason.message, /was not reached: .*(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)/)
      }
    })
  )

  it.live.skipIf(withoutOpenssl)("is Unavailable: the certificate has expired, and no token was sent", () =>
    Effect.gen(function* () {
      const secure = yield* Effect.acquireRelease(
        Effect.promise(() => serveSecurely(expired())),
        (started) => Effect.promise(() => started.close())
      )
      const reason = yield* offline(secure.url)
      assert.strictEqual(reason._tag, "Unavailable")
      assert.match(reason.message, /was not reached: certificate has expired/)
      assert.deepStrictEqual(secure.requests, [])
    }).pipe(Effect.scoped)
  )

  it.live("when the request that rents goes is Unavailable too: it was provably not sent", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        cloud.faults.push({
          when: ({ path, query }) => {
            const isLast = path === "/v2/droplets" && query["name"] !== undefined
            if (isLast) cloud.deafen()
            return isLast
          },
          headers: { connection: "close" },
          body: { droplets: [], links: {} }
        })
        yield* provider.offers({})
        const reason = yield* reasonOf(provider.createResource(request))
        assert.isFalse(cloud.requests.some(({ method }) => method === "POST"))
        assert.strictEqual(reason._tag, "Unavailable")
      })
    )
  )
})
