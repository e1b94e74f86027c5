import { assert, describe, it } from "@effect/vitest"
import { resourceId } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { notFound } from "./droplets.ts"
import { providerAt, reasonOf, requestFor, using } from "./rented.ts"
import type { Recorded } from "./recorded.ts"
import type { Cloud } from "./server.ts"

const looks = ({ method, path }: Recorded): boolean => method === "GET" && path === "/v2/droplets/1000"
const asks = ({ path }: Recorded): boolean => path === "/v2/actions/51000"
const missing = { when: looks, ...notFound, times: 99 }
const action = (status: string) => ({ when: asks, body: { action: { id: 51_000, status } }, times: 99 })

/** Lets the clock run until something is over that waits for answers as well. */
const untilDone = <A, E>(fiber: Fiber.Fiber<A, E>) =>
  Effect.gen(function* () {
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("1 second")
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))
    }
    return yield* Fiber.join(fiber)
  })

describe("a droplet that answers that it is not there", () => {
  it.effect("is Starting for two minutes after it was made, also for another process, and then not there", () =>
    using((provider, { faults, url }, home) =>
      Effect.gen(function* () {
        faults.push(missing, action("in-progress"))
        const made = yield* provider.createResource(requestFor())
        yield* TestClock.adjust("119 seconds")
        const other = Effect.flatMap(TrainingProvider, (again) => again.getResource(made.id)).pipe(
          Effect.provide(providerAt({ home, settings: { endpoint: url } }))
        )
        for (const look of [provider.getResource(made.id), other]) {
          const { costPerHour, id, key, state } = yield* look
          assert.deepStrictEqual([id, key, costPerHour, state._tag], [made.id, made.key, made.costPerHour, "Starting"])
        }
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* reasonOf(provider.getResource(made.id)))._tag, "NotFound")
      })
    )
  )

  it.effect("is an Error when the action that makes it has failed, and is ended like any other", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        faults.push(missing, action("errored"))
        const { id } = yield* provider.createResource(requestFor())
        const { state } = yield* provider.getResource(id)
        assert.strictEqual(state._tag, "Error")
        yield* provider.terminate(id)
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
      })
    )
  )

  it.effect("and was never made here is not there, and nothing else is asked", () =>
    using((provider, { requests }) =>
      Effect.gen(function* () {
        const id = resourceId("digitalocean", "ams3", "1000")
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
        for (const native of ["0", "-1", "1e3", "no-such", "9".repeat(16)]) {
          const strange = resourceId("digitalocean", "ams3", native)
          assert.strictEqual((yield* reasonOf(provider.getResource(strange)))._tag, "NotFound")
          yield* provider.terminate(strange)
        }
        assert.strictEqual(requests.length, 1)
      })
    )
  )
})

describe("ending a droplet that does not show yet", () => {
  const lost = { ...notFound, when: ({ method }: Recorded) => method === "DELETE" }

  it.effect("does not hide it: it may still come, and is there until two minutes are over", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        faults.push(missing, action("in-progress"), lost)
        yield* provider.terminate(id)
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
        faults.splice(0)
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
        yield* provider.terminate(id)
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
      })
    )
  )

  it.effect("is the end of it when the action that makes it has failed", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        faults.push(missing, action("errored"), lost)
        yield* provider.terminate(id)
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
      })
    )
  )
})

describe("a droplet that stays new", () => {
  it.effect("for more than a minute is asked about what makes it, and is an Error when that has failed", () =>
    using((provider, { faults, requests }) =>
      Effect.gen(function* () {
        faults.push(action("errored"))
        const { id } = yield* provider.createResource(requestFor())
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
        assert.isFalse(requests.some(asks))
        yield* TestClock.adjust("61 seconds")
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Error")
      })
    )
  )
})

describe("a droplet whose end was accepted", () => {
  it.effect("and that is there all the same after five minutes is what it is again, so that it is ended again", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        faults.push({ when: ({ method }) => method === "DELETE", status: 204 })
        yield* provider.terminate(id)
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Terminating")
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
      })
    )
  )
})

describe("switching off", () => {
  const running = (cloud: Cloud) => {
    const droplet = cloud.world.droplets.get(1000)
    if (droplet !== undefined) Object.assign(droplet, { status: "active", address: "192.0.2.1" })
  }
  const events = ({ requests }: Cloud) =>
    requests.filter(({ path }) => path.endsWith("/actions")).map(({ body }) => String(Object(body).type))

  it.effect("asks the system to shut down, and takes its power after a minute when it does not", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        running(cloud)
        cloud.faults.push({
          when: ({ body }) => Object(body).type === "shutdown",
          status: 201,
          body: { action: { id: 1, status: "in-progress" } }
        })
        const fiber = yield* Effect.forkChild(provider.stopResource(id))
        const stopped = yield* untilDone(fiber)
        assert.strictEqual(stopped.state._tag, "Stopped")
        assert.deepStrictEqual(events(cloud), ["shutdown", "power_off"])
        yield* provider.stopResource(id)
        const started = yield* provider.startResource(id)
        assert.strictEqual(started.state._tag, "Running")
        yield* provider.startResource(id)
        assert.deepStrictEqual(events(cloud), ["shutdown", "power_off", "power_on"])
      })
    )
  )

  it.effect("and on again: it is on when it is said to be, and after a minute it is said that it is not", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        running(cloud)
        yield* provider.stopResource(id)
        const body = { action: { id: 1, status: "in-progress" } }
        cloud.faults.push({ when: ({ body }) => Object(body).type === "power_on", status: 201, body, times: 2 })
        const before = yield* Clock.currentTimeMillis
        const never = yield* Effect.forkChild(provider.startResource(id))
        assert.strictEqual((yield* untilDone(never)).state._tag, "Stopped")
        // The clock goes on while the cloud answers, on a busy computer for longer.
        const took = (yield* Clock.currentTimeMillis) - before
        assert.isAtLeast(took, 58_000)
        assert.isAtMost(took, 180_000)
        const later = yield* Effect.forkChild(provider.startResource(id))
        while (events(cloud).length < 3) yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))
        running(cloud)
        assert.strictEqual((yield* untilDone(later)).state._tag, "Running")
      })
    )
  )

  it.effect("takes no power from a system that does shut down", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        running(cloud)
        assert.strictEqual((yield* provider.stopResource(id)).state._tag, "Stopped")
        assert.deepStrictEqual(events(cloud), ["shutdown"])
      })
    )
  )

  it.effect("a droplet that is busy fails with Conflict, and so does ending it; a lost answer is OutcomeUnknown", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        running(cloud)
        const body = { id: "unprocessable_entity", message: "Droplet already has a pending event." }
        const changes = ({ method }: Recorded) => method !== "GET"
        cloud.faults.push({ when: changes, status: 422, body, times: 2 })
        assert.strictEqual((yield* reasonOf(provider.stopResource(id)))._tag, "Conflict")
        assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Conflict")
        cloud.faults.push({ when: changes, cut: "after" })
        assert.strictEqual((yield* reasonOf(provider.stopResource(id)))._tag, "OutcomeUnknown")
      })
    )
  )
})

describe("a request that nobody answers", () => {
  it.effect("is given up: a read after half a minute, the one that rents after a minute, as OutcomeUnknown", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        faults.push({ when: ({ method }) => method === "GET", hang: true })
        const read = yield* Effect.forkChild(reasonOf(provider.listResources))
        assert.strictEqual((yield* untilDone(read))._tag, "Unavailable")
        faults.push({ when: ({ method }) => method === "POST", hang: true })
        const rent = yield* Effect.forkChild(reasonOf(provider.createResource(requestFor())))
        assert.strictEqual((yield* untilDone(rent))._tag, "OutcomeUnknown")
      })
    )
  )
})

describe("what is worth a word", () => {
  it.effect("is said once: a state that nobody knows, and clocks that are far apart", () => {
    const said: Array<string> = []
    const logger = Logger.make(({ message }) => void said.push(String(message)))
    return using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.headers = { date: "Thu, 01 Jan 1970 00:06:00 GMT" }
        const { id } = yield* provider.createResource(requestFor())
        Object.assign(cloud.world.droplets.get(1000) ?? {}, { status: "hovering" })
        for (const _ of [1, 2, 3]) assert.strictEqual((yield* provider.getResource(id)).state._tag, "Unknown")
        assert.deepStrictEqual(said, [
          "digitalocean: this computer's clock is 6 minutes behind DigitalOcean's",
          'digitalocean: a droplet is in the state "hovering", which is not known here'
        ])
      })
    ).pipe(Effect.provide(Logger.layer([logger])))
  })
})
