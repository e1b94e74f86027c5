import { assert, describe, it } from "@effect/vitest"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterEach, beforeEach } from "vitest"
import { folder, providerAt, reasonOf, region, requestFor, using } from "./rented.ts"

/** The SDK's own chain reads the environment of the process: nothing of this computer's is in it here. */
const names = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_REGION"]
const before = new Map<string, string | undefined>()

beforeEach(() => {
  for (const name of names) {
    before.set(name, process.env[name])
    delete process.env[name]
  }
})

afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

const at = (env: Readonly<Record<string, string>>, settings: Readonly<Record<string, unknown>>) =>
  Effect.gen(function* () {
    const home = yield* folder
    return yield* Effect.flatMap(TrainingProvider, (provider) => provider.listResources).pipe(
      Effect.provide(providerAt({ home, settings, env }))
    )
  })

/** A home of AWS's tools, with these profiles. */
const configured = (config: string, credentials: string) =>
  Effect.map(folder, (home) => {
    mkdirSync(join(home, ".aws"))
    for (const [name, variable, text] of [
      ["config", "AWS_CONFIG_FILE", config],
      ["credentials", "AWS_SHARED_CREDENTIALS_FILE", credentials]
    ] as const) {
      const file = join(home, ".aws", name)
      writeFileSync(file, text)
      process.env[variable] = file
    }
  })

describe("keys", () => {
  it.live("of a profile are used, with its region", () =>
    using((_, cloud) =>
      Effect.gen(function* () {
        yield* configured(
          "[profile training]\nregion = us-west-2\n",
          "[training]\naws_access_key_id = AKIAEMULATED00000000\naws_secret_access_key = y\n"
        )
        const settings = { endpoint: cloud.url, profile: "training" }
        assert.deepStrictEqual(yield* at({ AWS_EC2_METADATA_DISABLED: "true" }, settings), [])
        // A profile that is named counts before keys in the environment.
        const env = { AWS_ACCESS_KEY_ID: "wrong", AWS_SECRET_ACCESS_KEY: "y", AWS_REGION: region }
        assert.deepStrictEqual(yield* at(env, settings), [])
        assert.deepStrictEqual(yield* at({ ...env, AWS_PROFILE: "training" }, { endpoint: cloud.url }), [])
      }).pipe(Effect.scoped)
    )
  )

  it.live("that are nowhere are missed at once, with the places where they are looked for", () =>
    using((_, cloud) =>
      Effect.gen(function* () {
        yield* configured("", "")
        const env = { AWS_REGION: region, AWS_EC2_METADATA_DISABLED: "true" }
        const reason = yield* reasonOf(at(env, { endpoint: cloud.url }))
        assert.strictEqual(reason._tag, "Unauthorized")
        assert.match(reason.message, /AWS_PROFILE, AWS_ACCESS_KEY_ID, ~\/\.aws, SSO, roles/)
        assert.deepStrictEqual([...cloud.requests], [])
      }).pipe(Effect.scoped)
    )
  )

  it.live("that are wrong are Unauthorized, and named by no part of them", () =>
    using((_, cloud) =>
      Effect.gen(function* () {
        const env = { AWS_ACCESS_KEY_ID: "AKIAOTHER", AWS_SECRET_ACCESS_KEY: "secretOfMine", AWS_REGION: region }
        const reason = yield* reasonOf(at(env, { endpoint: cloud.url }))
        assert.strictEqual(reason._tag, "Unauthorized")
        assert.match(reason.message, /AuthFailure/)
        assert.notInclude(reason.message, "secretOfMine")
      }).pipe(Effect.scoped)
    )
  )
})

describe("no way to AWS", () => {
  /** A port where nobody listens. */
  const closedPort = Effect.callback<number>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      server.close(() => resume(Effect.succeed(port)))
    })
  })

  it.live("is Unavailable", () =>
    Effect.gen(function* () {
      const env = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y", AWS_REGION: region }
      for (const endpoint of [`http://127.0.0.1:${yield* closedPort}`, "https://ec2.invalid"]) {
        const reason = yield* reasonOf(at(env, { endpoint }))
        assert.strictEqual(reason._tag, "Unavailable")
        assert.match(reason.message, /AWS's API was not reached: .*(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)/)
      }
    }).pipe(Effect.scoped)
  )

  it.live("when a launch goes is Unavailable too: it was provably not sent", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor())
        yield* Effect.promise(() => cloud.close())
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "Unavailable")
      })
    )
  )

  it.live("is no redirect: what is signed goes nowhere else", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.redirect("https://example.org/", { times: 99 })
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "MalformedResponse")
        assert.match(reason.message, /redirect, which is not followed/)
      })
    )
  )
})
