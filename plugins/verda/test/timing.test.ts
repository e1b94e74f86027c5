import { assert, describe, it } from "@effect/vitest"
import { resourceId } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { running } from "./running.ts"
import { nativeIn, providerIn, reasonOf, requestFor, script, using } from "./rented.ts"

describe("a token", () => {
  it.effect("is asked for once for all who need one, and anew before it ends", () =>
    using((provider, { seen }) =>
      Effect.gen(function* () {
        const logins = () => seen.filter(({ path }) => path === "/v1/oauth2/token").length
        yield* Effect.all([provider.listResources, provider.companions.list, provider.offers({})], { concurrency: 3 })
        assert.strictEqual(logins(), 1)
        yield* TestClock.adjust("47 minutes")
        yield* provider.listResources
        assert.strictEqual(logins(), 1)
        yield* TestClock.adjust("2 minutes")
        yield* provider.listResources
        assert.strictEqual(logins(), 2, "at four fifths of its hour")
      })
    )
  )

  it.effect("that is refused before its time is replaced once, and the call made again", () =>
    using((provider, { core, seen }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        core.revokeTokens()
        assert.strictEqual((yield* provider.getResource(id)).id, id)
        core.revokeTokens()
        yield* provider.terminate(id)
        assert.strictEqual(seen.filter(({ path }) => path === "/v1/oauth2/token").length, 3)
      })
    )
  )

  it.effect("that nobody is given says where the credentials are, and not what they are", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const { clientSecret } = core.account
        Object.assign(core.account, { clientSecret: "another" })
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "Unauthorized")
        assert.match(reason.message, /VERDA_CLIENT_SECRET/)
        assert.notInclude(reason.message, clientSecret)
      })
    )
  )

  it.effect("of another scope may do nothing", () =>
    using((_, place, home) =>
      Effect.gen(function* () {
        const narrow = place.core.issueToken(1e15, "none")
        Object.assign(place.core.cloud, { issue: () => narrow })
        const provider = yield* Effect.provide(TrainingProvider, providerIn(place, home))
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "Forbidden")
        assert.match(reason.message, /cloud-api-v1/)
      })
    )
  )
})

describe("an instance that is being made", () => {
  it.effect("refuses its end, which is asked for again until it is heard", () =>
    using(
      (provider, { core, seen }) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor({ bootstrap: script }))
          yield* running(provider.terminate(id))
          assert.isAbove(seen.filter(({ method }) => method === "PUT").length, 5)
          assert.deepEqual(core.billing(yield* Clock.currentTimeMillis), [])
          assert.deepEqual(
            core.belongings(yield* Clock.currentTimeMillis).map(({ kind }) => kind),
            ["ssh-key"]
          )
        }),
      { bootSeconds: 30 }
    )
  )

  it.effect("for longer than a minute is a Conflict, which is worth trying again", () =>
    using(
      (provider, { core }) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          assert.strictEqual((yield* running(reasonOf(provider.terminate(id))))._tag, "Conflict")
          assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
          yield* TestClock.adjust("10 minutes")
          yield* provider.terminate(id)
          assert.deepEqual(core.billing(yield* Clock.currentTimeMillis), [])
        }),
      { bootSeconds: 300 }
    )
  )

  it.effect("runs without an address for a while, and is Starting until it has one", () =>
    using(
      (provider, { core }) =>
        Effect.gen(function* () {
          const made = yield* provider.createResource(requestFor())
          yield* TestClock.adjust("15 seconds")
          assert.strictEqual(core.machines(15_000)[0]?.status, "active")
          assert.strictEqual((yield* provider.getResource(made.id)).state._tag, "Starting")
          assert.strictEqual((yield* reasonOf(provider.endpoint(made)))._tag, "Conflict")
          yield* TestClock.adjust("15 seconds")
          const got = yield* provider.getResource(made.id)
          assert.strictEqual(got.state._tag, "Running")
          const endpoint = yield* provider.endpoint(got)
          assert.deepInclude(endpoint, { _tag: "Ssh", host: got.publicIp ?? "", user: "root", port: 22 })
        }),
      { bootSeconds: 10, addressSeconds: 10 }
    )
  )

  it.effect("may answer that it is not there for its first minute", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const made = yield* provider.createResource(requestFor())
          assert.deepInclude(yield* provider.getResource(made.id), { id: made.id, costPerHour: made.costPerHour })
          yield* provider.terminate(made.id)
          yield* TestClock.adjust("50 seconds")
          const over = yield* provider.getResource(made.id)
          assert.deepEqual([over.state._tag, over.costPerHour], ["Terminated", 0])
          const never = resourceId("verda", "FIN-01", "00000000-0000-4000-a000-000000000000")
          assert.strictEqual((yield* reasonOf(provider.getResource(never)))._tag, "NotFound")
        }),
      { visibleSeconds: 40 }
    )
  )

  it.effect("whose installation fails is an Error, and ends like any other", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.faults.failCreate()
        const { id } = yield* provider.createResource(requestFor())
        const { state } = yield* provider.getResource(id)
        assert.deepEqual(state, { _tag: "Error", message: "installation failed" })
        core.setStatus(nativeIn(id), "error", 0)
        const broken = yield* provider.getResource(id)
        assert.deepEqual(broken.state, { _tag: "Error", message: "the installation failed" })
        yield* provider.terminate(id)
        assert.deepEqual(core.billing(0), [])
      })
    )
  )

  it.effect("in a state that nobody knows is Unknown, goes on billing, and is told of once", () => {
    const said: Array<string> = []
    return using((provider, { core }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        core.setStatus(nativeIn(id), "levitating", 0)
        for (const look of [provider.getResource(id), provider.getResource(id)]) {
          const { costPerHour, state } = yield* look
          assert.strictEqual(state._tag, "Unknown")
          assert.isAbove(costPerHour, 0)
        }
        core.setStatus(nativeIn(id), "running", 0)
      })
    ).pipe(
      Effect.provide(Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])),
      Effect.map(() =>
        assert.lengthOf(
          said.filter((each) => each.includes("levitating")),
          1
        )
      )
    )
  })
})

describe("a start-up script", () => {
  it.effect("is removed when its instance has run for five minutes, and not before", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor({ bootstrap: script }))
        const scripts = Effect.map(Clock.currentTimeMillis, (now) =>
          core.belongings(now).filter(({ kind }) => kind === "script")
        )
        yield* provider.getResource(id)
        yield* TestClock.adjust("4 minutes")
        yield* provider.listResources
        assert.lengthOf(yield* scripts, 1)
        yield* TestClock.adjust("2 minutes")
        core.faults.serverError({ method: "DELETE" })
        yield* provider.getResource(id)
        assert.lengthOf(yield* scripts, 1, "what fails is tried again")
        yield* provider.listResources
        assert.lengthOf(yield* scripts, 0)
      })
    )
  )
})
