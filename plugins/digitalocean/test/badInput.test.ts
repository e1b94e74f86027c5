import { assert, describe, it } from "@effect/vitest"
import type { ProviderError } from "@runctl/core/ProviderError"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import { expired, withoutOpenssl } from "./certificate.ts"
import { cloud, folder, providerAt, publicKey, reasonOf, requestFor, us, using } from "./rented.ts"
import { type Fault, type Recorded, serveSecurely, token } from "./server.ts"

const creates = ({ method, path }: Recorded): boolean => method === "POST" && path === "/v2/droplets"
const reads = ({ method }: Recorded): boolean => method === "GET"
const said = (id: string, message: string) => ({ id, message })
const html = "<html><body>Please log in</body></html>"

type Tag = ProviderError["reason"]["_tag"]
interface Case {
  readonly what: string
  readonly fault: Omit<Fault, "when">
  readonly read: Tag
  readonly create: Tag
  readonly words?: RegExp
}

/** What the cloud may answer to anything, and what it means for a read and for the request that rents. */
const answers: ReadonlyArray<Case> = [
  {
    what: "a 401",
    fault: { status: 401, body: said("unauthorized", "Unable to authenticate you.") },
    read: "Unauthorized",
    create: "Unauthorized",
    words: /in DIGITALOCEAN_TOKEN /
  },
  {
    what: "a 403",
    fault: { status: 403, body: said("forbidden", "You are not authorized to perform this operation") },
    read: "Forbidden",
    create: "Forbidden",
    words: /needs the scope (sizes:read|regions:read|droplet:(read|create))/
  },
  {
    what: "a 404",
    fault: { status: 404, body: said("not_found", "No such thing") },
    read: "NotFound",
    create: "NotFound"
  },
  { what: "a 409", fault: { status: 409, body: said("conflict", "Busy") }, read: "Conflict", create: "Conflict" },
  {
    what: "a 422",
    fault: { status: 422, body: said("unprocessable_entity", "Name is invalid") },
    read: "Rejected",
    create: "Rejected",
    words: /Name is invalid/
  },
  {
    what: "a 429",
    fault: {
      status: 429,
      headers: { "retry-after": "1" },
      body: said("too_many_requests", "API rate limit exceeded.")
    },
    read: "RateLimited",
    create: "RateLimited"
  },
  {
    what: "a 500",
    fault: { status: 500, body: said("server_error", "oops") },
    read: "Unavailable",
    create: "OutcomeUnknown"
  },
  { what: "a 503", fault: { status: 503, body: html }, read: "Unavailable", create: "OutcomeUnknown" },
  { what: "HTML", fault: { status: 200, body: html }, read: "MalformedResponse", create: "OutcomeUnknown" },
  {
    what: "a login page's 404",
    fault: { status: 404, body: html },
    read: "MalformedResponse",
    create: "OutcomeUnknown"
  },
  {
    what: "JSON of something else",
    fault: { status: 200, body: { a: 1 } },
    read: "MalformedResponse",
    create: "OutcomeUnknown"
  },
  {
    what: "half a JSON",
    fault: { status: 200, body: '{"droplet": {"id": 1' },
    read: "MalformedResponse",
    create: "OutcomeUnknown"
  },
  { what: "a body that breaks off", fault: { cut: "body" }, read: "Unavailable", create: "OutcomeUnknown" },
  {
    what: "nothing: the connection breaks before",
    fault: { cut: "before" },
    read: "Unavailable",
    create: "OutcomeUnknown"
  },
  {
    what: "nothing: the connection breaks after",
    fault: { cut: "after" },
    read: "Unavailable",
    create: "OutcomeUnknown"
  },
  {
    what: "a redirect",
    fault: { status: 307, headers: { location: "/v2/elsewhere" }, body: "" },
    read: "MalformedResponse",
    create: "OutcomeUnknown",
    words: /redirect, which is not followed/
  }
]

describe.each(answers)("$what", ({ create, fault, read, words = /./ }) => {
  it.live("is told from a read, which changes nothing", () =>
    using((provider, { faults, requests, world }) =>
      Effect.gen(function* () {
        faults.push({ ...fault, when: reads, times: 9 })
        const calls = [
          Effect.asVoid(provider.offers({})),
          Effect.asVoid(provider.listResources),
          Effect.asVoid(provider.createResource(requestFor()))
        ]
        for (const call of calls) {
          const reason = yield* reasonOf(call)
          assert.strictEqual(reason._tag, read)
          assert.match(reason.message, words)
        }
        assert.isFalse(requests.some(creates))
        assert.strictEqual(world.droplets.size, 0)
      })
    )
  )

  it.live("to the request that rents is told, and the request is not sent again", () =>
    using((provider, { faults, requests }) =>
      Effect.gen(function* () {
        faults.push({ ...fault, when: creates, times: 9 })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, create)
        assert.match(reason.message, words)
        assert.strictEqual(requests.filter(creates).length, 1)
        assert.isFalse(requests.some(({ path }) => path === "/v2/elsewhere"))
      })
    )
  )
})

describe("what a refused create means", () => {
  const cases: ReadonlyArray<readonly [string, Tag]> = [
    ["The size you selected is temporarily unavailable because of High CPU server capacity", "OutOfCapacity"],
    ["Size is not available in this region.", "OutOfCapacity"],
    ["Region is not available", "OutOfCapacity"],
    ["Droplet already has a pending event.", "Conflict"],
    ["creating this/these droplet(s) will exceed your droplet limit", "QuotaExceeded"],
    ["Please verify your payment method before creating droplets", "InsufficientFunds"],
    ["Name Only valid hostname characters are allowed.", "Rejected"]
  ]
  it.live.each(cases)("%s", ([message, tag]) =>
    using((provider, { faults, world }) =>
      Effect.gen(function* () {
        faults.push({ when: creates, status: 422, body: said("unprocessable_entity", message) })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, tag)
        assert.include(reason.message, message)
        assert.strictEqual(world.droplets.size, 0)
      })
    )
  )

  it.live("waits as long as a 429 says, by the header or by when requests are allowed again", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const limited = { when: creates, status: 429, body: said("too_many_requests", "slow down") }
        const reset = String(Math.ceil(Date.now() / 1000) + 120)
        faults.push({ ...limited, headers: { "ratelimit-reset": reset, "ratelimit-remaining": "0" } })
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, "RateLimited")
        const seconds = reason._tag === "RateLimited" && reason.retryAfter ? Duration.toSeconds(reason.retryAfter) : 0
        assert.isTrue(seconds > 115 && seconds <= 122, `${seconds} s`)
        const next = yield* reasonOf(provider.offers({ region: "ams3" }).pipe(Effect.andThen(provider.listResources)))
        assert.strictEqual(next._tag, "RateLimited")
      })
    )
  )
})

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
            assert.strictEqual(requests.length, 4)
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
          when: ({ path, query }) => path === "/v2/droplets" && query["name"] !== undefined,
          headers: { connection: "close" },
          body: { droplets: [], links: {} }
        })
        yield* provider.offers({})
        const asked = Effect.gen(function* () {
          while (!cloud.requests.some(({ query }) => query["name"] !== undefined)) yield* Effect.sleep("1 millis")
          yield* Effect.promise(cloud.close)
        })
        const [reason] = yield* Effect.all([reasonOf(provider.createResource(request)), asked], { concurrency: 2 })
        assert.include(["Unavailable"], reason._tag)
      })
    )
  )
})

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
    using((provider, { world }) =>
      Effect.gen(function* () {
        world.keys.set(5, { id: 5, name: "laptop", public_key: "ssh-ed25519 B" })
        yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        const [ours, ...more] = yield* provider.companions.list
        assert.deepStrictEqual(more, [])
        assert.deepStrictEqual(
          [ours?.kind, ours?.owner, ours?.key, ours?.name],
          ["ssh-key", us, undefined, "runctl-ourselve"]
        )
        for (const id of [ours?.id ?? "", ours?.id ?? "", "no-such-companion"]) yield* provider.companions.remove(id)
        assert.deepStrictEqual([...world.keys.keys()], [5])
      })
    )
  )
})
