import { assert, describe, it } from "@effect/vitest"
import { fromUsd } from "@runctl/core/Money"
import { OwnerId, ResourceKey } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { isBillable } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import { Budgets } from "@runctl/runtime/Budgets"
import { Endings } from "@runctl/runtime/Endings"
import { event } from "@runctl/runtime/Event"
import { Journal } from "@runctl/runtime/Journal"
import { makeResourceKey } from "@runctl/runtime/Keys"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { Rents, type RentRequest } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { cap, inVirtualTime, rentOf, temporaryFolder, unpriced, world } from "./fakeWorld.ts"

const hour = 3_600_000
const request = (change: Partial<RentRequest["limits"]> = {}, provider = "fake"): RentRequest => ({
  rent: rentOf(provider),
  limits: { deadlineAt: hour, graceSeconds: 0, holdSeconds: 0, budgets: [cap("run/test", 10)], ...change },
  label: "mine",
  run: undefined
})

const noCapacity = new ProviderError.OutOfCapacity({ message: "none left" })
const away = new ProviderError.Unavailable({ message: "away" })

type Cloud = FakeProvider.FakeCloud["Service"]

/** Plays on a fake cloud, whose provider may be changed on the way. */
const on = <A, E>(
  options: FakeProvider.FakeOptions,
  play: (
    cloud: Cloud,
    provider: AnyTrainingProvider
  ) => Effect.Effect<A, E, Rents | Endings | Resources | Records | Budgets | Journal>,
  change: (provider: AnyTrainingProvider) => AnyTrainingProvider = (provider) => provider
) =>
  Effect.gen(function* () {
    const { cloud, provider } = FakeProvider.make(options)
    const root = yield* temporaryFolder
    const services = yield* world(root, change(provider))
    return yield* inVirtualTime(play(cloud, provider).pipe(Effect.provideContext(services)))
  })

const living = (cloud: Cloud) => Effect.map(cloud.machines, (all) => all.filter(isBillable))

const typesOf = (key: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    return (yield* journal.read(streams.resource(key))).map(({ type }) => type)
  })

const reservedIn = (scope: string) =>
  Effect.gen(function* () {
    const { ledger } = yield* (yield* Records).ledger(scope)
    const reserved: ReadonlyArray<number> = Object.values(ledger.reserved)
    const spent: number | undefined = ledger.spent
    return { reserved, spent }
  })

/** The machine whose creation was cut off between the intent and the answer, as the next process finds it. */
const cutOff = Effect.gen(function* () {
  const rents = yield* Rents
  const records = yield* Records
  const asking = yield* Effect.forkChild(Effect.ignore(rents.rent(request())))
  while ((yield* records.resources).length === 0) yield* Effect.sleep("100 millis")
  yield* Effect.sleep("1 second")
  const [record] = yield* records.resources
  if (record === undefined) return yield* Effect.die(new Error("no intent"))
  return { asking, record }
})

describe("renting", () => {
  it.effect("has its intent and its reservation in the journal before the provider is asked", () => {
    const seen: Array<unknown> = []
    let look: Effect.Effect<void> = Effect.void
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const records = yield* Records
          look = Effect.gen(function* () {
            seen.push((yield* records.resources).map(({ phase }) => phase))
            seen.push(Object.values((yield* records.ledger("run/test")).ledger.reserved))
          }).pipe(Effect.orDie)
          const record = yield* (yield* Rents).rent(request())
          assert.deepStrictEqual(seen, [["Intended"], [fromUsd(0.05)]])
          assert.strictEqual(record.phase, "Held")
          assert.deepStrictEqual(yield* typesOf(record.mark.key), ["InstanceRequested", "InstanceProvisioned"])
        }),
      (provider) => ({
        ...provider,
        createResource: (wanted) => Effect.andThen(look, provider.createResource(wanted))
      })
    )
  })

  it.effect("goes on to the next offer when there is no capacity, and gives the first one's money back", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", noCapacity)
        const record = yield* (yield* Rents).rent(request())
        assert.strictEqual(record.offer.instanceType, "h100-1")
        const all = yield* (yield* Records).resources
        const failed = all.find(({ phase }) => phase === "Failed")
        assert.strictEqual(failed?.problem?.code, "RUNCTL_E_OUT_OF_CAPACITY")
        assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [fromUsd(2.5)], spent: 0 })
        assert.lengthOf(yield* living(cloud), 1)
      })
    )
  )

  it.effect("fails with the provider's reason once every offer was refused, with nothing reserved", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", noCapacity, 2)
        const error = yield* Effect.flip((yield* Rents).rent(request()))
        assert.strictEqual(error._tag === "ProviderError" && error.reason._tag, "OutOfCapacity")
        assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [], spent: 0 })
      })
    )
  )

  it.effect("does not try other offers after a refusal that is about us", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", new ProviderError.Unauthorized({ setting: "TOKEN" }))
        yield* Effect.flip((yield* Rents).rent(request()))
        assert.lengthOf(
          (yield* cloud.calls).filter((call) => call === "createResource"),
          1
        )
      })
    )
  )

  for (const idempotency of ["token", "name", "tag", "none"] as const) {
    it.effect(`adopts the machine whose answer was lost, exactly one, where idempotency is ${idempotency}`, () =>
      on({ capabilities: { idempotency }, visibleAfter: "10 seconds" }, (cloud) =>
        Effect.gen(function* () {
          yield* cloud.loseAnswer("createResource")
          const record = yield* (yield* Rents).rent(request())
          assert.strictEqual(record.phase, "Held")
          const machines = yield* living(cloud)
          assert.deepStrictEqual(
            machines.map(({ id }) => id),
            record.resource === undefined ? [] : [record.resource.id]
          )
        })
      )
    )
  }

  const unheard = new ProviderError.OutcomeUnknown({ message: "cut before it arrived" })

  it.effect("asks again when the answer was lost and nothing is there, where the same key is one machine", () =>
    on({ capabilities: { idempotency: "token" } }, (cloud) =>
      Effect.gen(function* () {
        yield* cloud.refuse("createResource", unheard)
        const record = yield* (yield* Rents).rent(request())
        assert.strictEqual(record.phase, "Held")
        assert.lengthOf(yield* living(cloud), 1)
      })
    )
  )

  for (const idempotency of ["tag", "none"] as const) {
    it.effect(`never asks again blindly, and says that it does not know, where idempotency is ${idempotency}`, () =>
      on({ capabilities: { idempotency } }, (cloud) =>
        Effect.gen(function* () {
          yield* cloud.refuse("createResource", unheard)
          const error = yield* Effect.flip((yield* Rents).rent(request()))
          assert.strictEqual(error._tag === "ProviderError" && error.reason._tag, "OutcomeUnknown")
          assert.lengthOf(
            (yield* cloud.calls).filter((call) => call === "createResource"),
            1
          )
          assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [], spent: 0 })
        })
      )
    )
  }

  it.effect("is refused by a budget before anything is asked for", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* Rents).rent(request({ budgets: [cap("day/today", 0.04)] })))
        assert.strictEqual(error._tag, "BudgetRefused")
        assert.notInclude(yield* cloud.calls, "createResource")
        assert.lengthOf(yield* (yield* Records).resources, 0)
      })
    )
  )

  it.effect("is refused when there is a budget and the price is unknown", () =>
    on(
      {},
      (cloud) =>
        Effect.gen(function* () {
          const rents = yield* Rents
          assert.strictEqual((yield* Effect.flip(rents.rent(request())))._tag, "BudgetRefused")
          assert.notInclude(yield* cloud.calls, "createResource")
          assert.strictEqual((yield* rents.rent(request({ budgets: [] }))).phase, "Held")
        }),
      unpriced
    )
  )

  it.effect("keeps nothing reserved when the intent cannot be written", () =>
    Effect.gen(function* () {
      const { provider } = FakeProvider.make({})
      const services = yield* world(yield* temporaryFolder, provider)
      yield* inVirtualTime(
        Effect.gen(function* () {
          const records = yield* Records
          const journal = yield* Journal
          const rents = yield* Rents
          // Somebody has written to the stream of the very key that will be made.
          const key = yield* makeResourceKey.pipe(Random.withSeed("taken"))
          yield* records.append(streams.resource(key), [event("InstanceBootstrapped", {})])
          const error = yield* Effect.flip(rents.rent(request()).pipe(Random.withSeed("taken")))
          assert.strictEqual(error._tag, "JournalError")
          assert.isAbove((yield* journal.read(streams.budget("run/test"))).length, 1)
          assert.deepStrictEqual((yield* records.ledger("run/test")).ledger.reserved, {})
        }).pipe(Effect.provideContext(services))
      )
    })
  )
})

describe("an intent without an answer", () => {
  for (const arrives of [true, false]) {
    it.effect(`whose request ${arrives ? "had" : "had not"} arrived becomes one machine`, () =>
      on(
        {},
        (cloud) =>
          Effect.gen(function* () {
            const { record } = yield* cutOff
            const resolved = yield* (yield* Rents).resolve(record)
            assert.strictEqual(resolved.phase, "Held")
            assert.lengthOf(yield* living(cloud), 1)
            assert.strictEqual((yield* living(cloud))[0]?.key, record.mark.key)
          }),
        (provider) => {
          let isFirst = true
          return {
            ...provider,
            createResource: (wanted) => {
              if (!isFirst) return provider.createResource(wanted)
              isFirst = false
              return Effect.andThen(
                arrives ? provider.createResource(wanted) : Effect.void,
                Effect.interruptible(Effect.never)
              )
            }
          }
        }
      )
    )
  }
})

describe("ending", () => {
  it.effect("waits until the provider says that the machine is gone, and charges for the time", () =>
    on({ endsFor: "30 seconds" }, (cloud) =>
      Effect.gen(function* () {
        const record = yield* (yield* Rents).rent(request())
        yield* Effect.sleep("10 minutes")
        const ended = yield* (yield* Endings).end(record.mark.key, "us")
        assert.strictEqual(ended.phase, "Gone")
        assert.lengthOf(yield* living(cloud), 0)
        const seconds = ((ended.endedAt ?? 0) - (ended.provisionedAt ?? 0)) / 1000
        assert.isAtLeast(seconds, 630)
        assert.isAtMost(seconds, 640)
        assert.strictEqual(ended.chargedNanoUsd, Math.ceil((fromUsd(0.05) * seconds) / 3600))
        assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [], spent: ended.chargedNanoUsd })
      })
    )
  )

  it.effect("twice and at the same time is ending once", () =>
    on({ endsFor: "30 seconds" }, () =>
      Effect.gen(function* () {
        const endings = yield* Endings
        const { mark } = yield* (yield* Rents).rent(request())
        const both = yield* Effect.all([endings.end(mark.key, "us"), endings.end(mark.key, "deadline")], {
          concurrency: "unbounded"
        })
        assert.strictEqual(both[0].phase, "Gone")
        const again = yield* endings.end(mark.key, "provider")
        assert.strictEqual(again.endingBy, "us")
        const { reserved, spent } = yield* reservedIn("run/test")
        assert.deepStrictEqual({ reserved, spent }, { reserved: [], spent: again.chargedNanoUsd })
      })
    )
  )

  it.effect("that was cut off before its money was settled is settled by the next one", () =>
    on({}, () =>
      Effect.gen(function* () {
        const records = yield* Records
        const budgets = yield* Budgets
        const { mark } = yield* (yield* Rents).rent(request())
        const ended = yield* (yield* Endings).end(mark.key, "us")
        const spent = ended.chargedNanoUsd ?? fromUsd(1)
        yield* budgets.reserve([cap("run/test", 10)], mark.key, fromUsd(1))
        yield* (yield* Endings).end(mark.key, "us")
        assert.deepStrictEqual((yield* records.ledger("run/test")).ledger.reserved, {})
        assert.isAtLeast((yield* records.ledger("run/test")).ledger.spent, spent)
      })
    )
  )

  it.effect("does not believe a machine gone because its provider cannot be asked", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        const { mark } = yield* (yield* Rents).rent(request())
        yield* cloud.refuse("getResource", away, 3)
        const error = yield* Effect.flip((yield* Endings).end(mark.key, "us"))
        assert.strictEqual(error._tag, "ProviderError")
        const record = yield* (yield* Records).resource(mark.key)
        assert.strictEqual(record?.phase, "Ending")
        assert.strictEqual((yield* (yield* Endings).end(mark.key, "deadline")).endingBy, "us")
      })
    )
  )

  it.effect("an intent that was cut off leaves nothing behind", () =>
    on(
      {},
      (cloud) =>
        Effect.gen(function* () {
          const { record } = yield* cutOff
          const ended = yield* (yield* Endings).end(record.mark.key, "us")
          assert.include(["Gone", "Failed"], ended.phase)
          assert.lengthOf(yield* living(cloud), 0)
          assert.deepStrictEqual((yield* reservedIn("run/test")).reserved, [])
        }),
      (provider) => {
        let isFirst = true
        return {
          ...provider,
          createResource: (wanted) => {
            if (!isFirst) return provider.createResource(wanted)
            isFirst = false
            return Effect.andThen(provider.createResource(wanted), Effect.interruptible(Effect.never))
          }
        }
      }
    )
  )
})

describe("machines", () => {
  it.effect("of other owners are counted and never touched", () =>
    on({}, (cloud, provider) =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const mine = yield* resources.create(request())
        const [offer] = yield* provider.offers({})
        if (offer === undefined) return yield* Effect.die(new Error("no offer"))
        const theirs = yield* provider.createResource({
          mark: { owner: OwnerId.make("somebody"), key: ResourceKey.make("t".repeat(20)), deadlineEpochSeconds: 1 },
          offer,
          market: "on-demand",
          label: undefined,
          diskGiB: undefined,
          image: undefined,
          bootstrap: { format: "none", content: "" },
          priceLimit: undefined
        })
        const listing = yield* resources.list({ offline: false })
        assert.strictEqual(listing.others, 1)
        assert.deepStrictEqual(
          listing.resources.map(({ live, resource }) => ({ id: resource?.id, live })),
          [{ id: mine.resource?.id, live: true }]
        )
        yield* Effect.flip(resources.terminate(theirs.id))
        yield* Effect.flip(resources.terminate("t".repeat(20)))
        assert.lengthOf(yield* living(cloud), 2)
        yield* resources.terminate("mine")
        assert.deepStrictEqual(
          (yield* living(cloud)).map(({ id }) => id),
          [theirs.id]
        )
      })
    )
  )

  it.effect("are shown from memory when their provider cannot be asked", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        const resources = yield* Resources
        yield* resources.create(request())
        yield* cloud.refuse("listResources", away, 3)
        const listing = yield* resources.list({ offline: false })
        assert.lengthOf(listing.failures, 1)
        assert.deepStrictEqual(
          listing.resources.map(({ live }) => live),
          [false]
        )
      })
    )
  )

  it.effect("can be stopped and started, the intent before the call", () =>
    on({}, () =>
      Effect.gen(function* () {
        const resources = yield* Resources
        const { mark } = yield* resources.create(request())
        assert.strictEqual((yield* resources.stop("mine")).resource?.state._tag, "Stopped")
        assert.strictEqual((yield* resources.start(mark.key)).resource?.state._tag, "Running")
        assert.deepStrictEqual((yield* typesOf(mark.key)).slice(2), [
          "InstanceStopRequested",
          "InstanceObserved",
          "InstanceStartRequested",
          "InstanceObserved"
        ])
      })
    )
  )
})

describe("a budget", () => {
  const Wishes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 }))).check(
    Schema.isMaxLength(15)
  )
  it.effect.prop(
    "is never exceeded by reservations made at the same time, and is used as far as it goes",
    [Wishes],
    ([wishes]) =>
      on({}, () =>
        Effect.gen(function* () {
          const budgets = yield* Budgets
          const reserve = (usd: number, index: number) =>
            Effect.result(
              budgets.reserve(
                [cap("a", 10), cap("b", 8)],
                ResourceKey.make(`${"k".repeat(18)}${String(index).padStart(2, "0")}`),
                fromUsd(usd / 100)
              )
            )
          yield* Effect.forEach(wishes, reserve, { concurrency: "unbounded" })
          const { reserved } = yield* reservedIn("b")
          const sum = reserved.reduce((left, right) => left + right, 0)
          assert.isAtMost(sum, fromUsd(8))
          // What was refused by one budget is not kept by the other.
          assert.deepStrictEqual((yield* reservedIn("a")).reserved.toSorted(), reserved.toSorted())
          const all = wishes.reduce((left, right) => left + right, 0)
          if (all <= 800) assert.lengthOf(reserved, wishes.length)
        })
      ),
    { arbitrary: { runs: 25 } }
  )

  it.effect("counts what was charged once, however often it is settled", () =>
    on({}, () =>
      Effect.gen(function* () {
        const budgets = yield* Budgets
        const key = ResourceKey.make("k".repeat(20))
        yield* budgets.reserve([cap("a", 10)], key, fromUsd(5))
        yield* budgets.settle(["a"], key, fromUsd(2))
        yield* budgets.settle(["a"], key, fromUsd(2))
        assert.deepStrictEqual(yield* reservedIn("a"), { reserved: [], spent: fromUsd(2) })
      })
    )
  )
})
