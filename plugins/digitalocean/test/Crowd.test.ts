import { assert, describe, it } from "@effect/vitest"
import { type Mark } from "@runctl/core/Ownership"
import { type Resource, resourceId } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Crowd from "@runctl/plugin-digitalocean/Crowd"
import { tagsFor } from "@runctl/plugin-digitalocean/Droplets"
import * as Pace from "@runctl/plugin-digitalocean/Pace"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { newMark, reasonOf, requestFor, using } from "./rented.ts"
import type { Recorded } from "./recorded.ts"
import type { Cloud } from "./server.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))

it.prop(
  "lists without end, and questions about every droplet, stay below what may be read",
  [upTo(20), upTo(500)],
  ([pages, droplets]) => {
    for (const { millis, requests } of Pace.plan.lanes.read.all ?? []) {
      const lists = Math.floor(millis / Crowd.ageFor(pages)) + 1
      // The first question about each may be asked at once: the pace is there for those.
      const questions = droplets > 4 ? millis / (Crowd.spacingFor(droplets) / droplets) : 0
      assert.isAtMost(pages * lists + questions, requests)
    }
  }
)

it.prop(
  "whoever asks gets a list that is young and not from before a change, or one that was begun after the question",
  [upTo(100_000), upTo(100_000), upTo(20_000), upTo(300_000), upTo(9)],
  ([startedAt, changedAt, took, now, pages]) => {
    const endedAt = startedAt + took
    const last = { startedAt, endedAt, exit: Exit.succeed({ droplets: new Map(), pages }) }
    for (const askedAt of [now, startedAt, startedAt - 1]) {
      const next = Crowd.step(last, { askedAt, changedAt }, now)
      if (typeof next === "number") assert.isAtMost(next, Crowd.ageFor(pages))
      else {
        assert.isAbove(startedAt, changedAt)
        assert.isTrue(now - startedAt < Crowd.ageFor(pages) || startedAt >= askedAt)
      }
    }
  }
)

/** Droplets that are there already, each with its own mark. */
const plant = ({ world }: Cloud, count: number, size = "tiny", status = "active") =>
  Array.from({ length: count }, () => {
    const mark: Mark = newMark()
    const id = world.nextId++
    const droplet = { id, name: `m${id}`, size, region: "ams3", tags: tagsFor(mark), status, address: "192.0.2.1" }
    world.droplets.set(id, droplet)
    return resourceId("digitalocean", "ams3", String(id))
  })

const one = ({ method, path }: Recorded): boolean => method === "GET" && /^\/v2\/droplets\/\d+$/.test(path)
const many = ({ method, path }: Recorded): boolean => method === "GET" && path === "/v2/droplets"

const looks = (provider: AnyTrainingProvider, ids: ReadonlyArray<Resource["id"]>) =>
  Effect.forEach(ids, (id) => provider.getResource(id), { concurrency: "unbounded" })

/** Lets the clock run until something is over that waits for answers as well. */
const untilDone = <A, E>(fiber: Fiber.Fiber<A, E>) =>
  Effect.gen(function* () {
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("100 millis")
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))
    }
    return yield* Fiber.join(fiber)
  })

describe("many droplets that are polled at once", () => {
  it.effect("are each looked at every five seconds within the limits, with and without GPUs", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ids = [...plant(cloud, 150, "tiny"), ...plant(cloud, 50, "gpu-one")]
        const sent: Array<number> = []
        for (let round = 0; round < 24; round++) {
          const before = cloud.requests.length
          const seen = yield* looks(provider, ids)
          assert.deepStrictEqual(
            seen.map(({ id, state }) => [Number(id.split("/")[2]), state._tag]),
            ids.map((id) => [Number(id.split("/")[2]), "Running"])
          )
          const now = yield* Clock.currentTimeMillis
          for (const _ of cloud.requests.slice(before)) sent.push(now)
          yield* TestClock.adjust("5 seconds")
        }
        assert.isAtMost(cloud.requests.filter(one).length, 4)
        assert.strictEqual(cloud.requests.filter(many).length, 24 * 2)
        assert.isAtMost(sent.length * 30, 4400, "in an hour")
      })
    )
  )

  it.effect("are seen as they were three seconds ago at most, and a few are asked for by themselves", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ids = plant(cloud, 6)
        const states = Effect.map(looks(provider, ids), (all) => new Set(all.map(({ state }) => state._tag)))
        yield* states
        for (const droplet of cloud.world.droplets.values()) droplet.status = "off"
        yield* TestClock.adjust("2999 millis")
        assert.deepStrictEqual([...(yield* states)], ["Running"])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual([...(yield* states)], ["Stopped"])

        yield* TestClock.adjust("12 seconds")
        const before = cloud.requests.length
        yield* looks(provider, ids.slice(0, 4))
        assert.deepStrictEqual(cloud.requests.slice(before).map(one), [true, true, true, true])
      })
    )
  )

  it.effect("and of which one is not in the list: it is asked for by itself before it is NotFound", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const [first, ...others] = plant(cloud, 6)
        if (first === undefined) return assert.fail("nothing was planted")
        yield* looks(provider, others)
        yield* looks(provider, others)
        // It comes after the list was read.
        const [late] = plant(cloud, 1)
        if (late === undefined) return assert.fail("nothing was planted")
        assert.strictEqual((yield* provider.getResource(late)).state._tag, "Running")
        assert.isTrue(cloud.requests.slice(-1).every(one))

        cloud.world.droplets.delete(Number(late.split("/")[2]))
        yield* TestClock.adjust("3 seconds")
        const before = cloud.requests.length
        assert.strictEqual((yield* reasonOf(provider.getResource(late)))._tag, "NotFound")
        assert.deepStrictEqual(cloud.requests.slice(before).map(one), [false, false, true])
      })
    )
  )

  it.effect("and of which one was made here and does not show yet: it is Starting, and nobody asks for a minute", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ids = plant(cloud, 6)
        const { id } = yield* provider.createResource(requestFor())
        cloud.world.droplets.delete(Number(id.split("/")[2]))
        yield* looks(provider, ids)
        const before = cloud.requests.length
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
        assert.strictEqual(cloud.requests.length, before)
      })
    )
  )

  it.effect("and of which one is switched off: no list from before that is its answer", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ids = plant(cloud, 6)
        const [first] = ids
        if (first === undefined) return assert.fail("nothing was planted")
        yield* looks(provider, ids)
        yield* provider.stopResource(first)
        const fiber = yield* Effect.forkChild(provider.getResource(first))
        assert.strictEqual((yield* untilDone(fiber)).state._tag, "Stopped")
        assert.isTrue(cloud.requests.slice(-2).every(many))
      })
    )
  )

  it.effect("share a failure, and ask again afterwards", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const ids = plant(cloud, 50)
        yield* looks(provider, ids)
        yield* TestClock.adjust("3 seconds")
        cloud.faults.push({ when: many, status: 503, body: { id: "unavailable", message: "later" }, times: 2 })
        const before = cloud.requests.length
        const reasons = yield* Effect.forEach(ids, (id) => reasonOf(provider.getResource(id)), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual([...new Set(reasons.map(({ _tag }) => _tag))], ["Unavailable"])
        assert.isAtMost(cloud.requests.length - before, 2)
        cloud.faults.splice(0)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* looks(provider, ids)).length, 50)
      })
    )
  )
})

describe("what makes a droplet", () => {
  it.effect("is asked about as seldom as many are slow, and a failure is told ever after", () =>
    Effect.gen(function* () {
      const crowd = Crowd.make(Effect.succeed({ droplets: new Map(), pages: 2 }))
      let asked = 0
      const ask = (answer: boolean) => Effect.sync(() => ((asked += 1), answer))
      for (let droplet = 1; droplet <= 200; droplet++) yield* crowd.find(droplet)
      for (let round = 0; round < 100; round++) {
        yield* TestClock.adjust(Duration.seconds(5))
        for (let droplet = 1; droplet <= 200; droplet++) {
          yield* crowd.find(droplet)
          assert.isFalse(yield* crowd.hasFailed(droplet, ask(false)))
        }
      }
      assert.strictEqual(asked, 200)
      yield* TestClock.adjust("10 minutes")
      assert.isTrue(yield* crowd.hasFailed(1, ask(true)))
      assert.isTrue(yield* crowd.hasFailed(1, ask(false)))
      assert.strictEqual(asked, 201)
    })
  )
})
