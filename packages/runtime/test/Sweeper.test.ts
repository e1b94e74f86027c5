import { assert, describe, it } from "@effect/vitest"
import * as ProviderError from "@runctl/core/ProviderError"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import { Endings } from "@runctl/runtime/Endings"
import { Journal } from "@runctl/runtime/Journal"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Effect from "effect/Effect"
import { away, living, on, request } from "./fakeRents.ts"

const sweep = Effect.flatMap(Sweeper, (sweeper) => sweeper.sweep({ by: "command" }))

/** Over a grace, and a little. */
const twoSweeps = Effect.gen(function* () {
  const first = yield* sweep
  yield* Effect.sleep("5 minutes")
  return { first, second: yield* sweep }
})

/** A machine whose request was cut off on its way and arrives after its key was given up. */
const arrivesLate = (provider: AnyTrainingProvider): AnyTrainingProvider => ({
  ...provider,
  createResource: (wanted) =>
    Effect.andThen(
      Effect.forkDetach(Effect.delay(provider.createResource(wanted), "90 seconds")),
      Effect.fail(
        new ProviderError.ProviderError({
          provider: provider.name,
          operation: "createResource",
          reason: new ProviderError.OutcomeUnknown({ message: "cut" })
        })
      )
    )
})

/** A request that arrives twice. */
const twice = (provider: AnyTrainingProvider): AnyTrainingProvider => ({
  ...provider,
  createResource: (wanted) =>
    Effect.flatMap(provider.createResource(wanted), (first) =>
      Effect.as(provider.createResource({ ...wanted, label: "again" }), first)
    )
})

/** Without what was made beside them. */
const machinesIn = (ids: ReadonlyArray<string>) => ids.filter((id) => !id.includes("/companion/"))

/** Its key is given up after a minute, and the machine is there after one and a half. */
const rentedLate = Effect.andThen(
  Effect.flatMap(Rents, (rents) => Effect.flip(rents.rent(request()))),
  Effect.sleep("2 minutes")
)

const given = { capabilities: { idempotency: "tag" as const } }

const onlyRecord = Effect.gen(function* () {
  const [record] = yield* (yield* Records).resources
  return record ?? (yield* Effect.die(new Error("no record")))
})

describe("the sweeper", () => {
  it.effect("ends a machine that appears after its key was given up, once it was seen twice over the grace", () =>
    on(
      given,
      (cloud) =>
        Effect.gen(function* () {
          yield* rentedLate
          const { mark } = yield* onlyRecord
          assert.lengthOf(yield* living(cloud), 1)
          const { first, second } = yield* twoSweeps
          assert.lengthOf(first.ended, 0)
          assert.deepStrictEqual(machinesIn(second.ended), ["fake/fake-1/m-1"])
          assert.lengthOf(yield* living(cloud), 0)
          const record = yield* (yield* Records).resource(mark.key)
          assert.strictEqual(record?.phase, "Gone")
          // The time of the machine is charged, although its reservation was given back when it was given up.
          const { ledger } = yield* (yield* Records).ledger("run/test")
          assert.deepStrictEqual(ledger.reserved, {})
          assert.isAbove(ledger.spent, 0)
          assert.strictEqual(Number(ledger.spent), Number(record?.chargedNanoUsd))
        }),
      arrivesLate
    )
  )

  it.effect("counts two looks at the same moment once, and ends nothing before the grace", () =>
    on(
      given,
      (cloud) =>
        Effect.gen(function* () {
          yield* rentedLate
          for (let look = 0; look < 20; look++) {
            yield* sweep
            yield* Effect.sleep("10 seconds")
          }
          assert.lengthOf(yield* living(cloud), 1)
        }),
      arrivesLate
    )
  )

  it.effect("ends nothing when a provider cannot be asked, and says who could not", () =>
    on(
      given,
      (cloud) =>
        Effect.gen(function* () {
          yield* rentedLate
          yield* sweep
          yield* Effect.sleep("5 minutes")
          yield* cloud.refuse("listResources", away, 3)
          const swept = yield* sweep
          assert.deepStrictEqual(
            swept.survey.failures.map(({ provider }) => provider),
            ["fake"]
          )
          assert.lengthOf(yield* living(cloud), 1)
          const said = (yield* (yield* Journal).read(streams.sweeper)).map(({ type }) => type)
          assert.include(said, "SweepCompleted")
        }),
      arrivesLate
    )
  )

  it.effect("leaves what is rented and what is being ended alone", () =>
    on({}, (cloud) =>
      Effect.gen(function* () {
        const record = yield* (yield* Rents).rent(request())
        yield* twoSweeps
        assert.lengthOf(yield* living(cloud), 1)
        yield* (yield* Endings).end(record.mark.key, "us")
        const { second } = yield* twoSweeps
        assert.lengthOf(second.ended, 0)
      })
    )
  )

  it.effect("ends the second machine of a request that arrived twice, and keeps the first", () =>
    on(
      { capabilities: { idempotency: "none" } },
      (cloud) =>
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(request())
          assert.lengthOf(yield* living(cloud), 2)
          const { second } = yield* twoSweeps
          assert.lengthOf(second.ended, 1)
          const left = yield* living(cloud)
          assert.deepStrictEqual(
            left.map(({ id }) => id),
            record.resource === undefined ? [] : [record.resource.id]
          )
          const after = yield* (yield* Records).resource(record.mark.key)
          assert.strictEqual(after?.phase, "Held")
          const surplus = Number(after?.surplusNanoUsd)
          assert.isAbove(surplus, 0)
          // What came twice is paid for too, with the machine that stays.
          const ended = yield* (yield* Endings).end(record.mark.key, "us")
          const { ledger } = yield* (yield* Records).ledger("run/test")
          assert.strictEqual(Number(ledger.spent), Number(ended.chargedNanoUsd))
          assert.isAbove(Number(ended.chargedNanoUsd), 2 * surplus * 0.9)
        }),
      twice
    )
  )

  it.effect("settles what a second machine has cost by itself where the first is gone already", () =>
    on(
      { capabilities: { idempotency: "none" } },
      (cloud) =>
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(request())
          yield* Effect.sleep("2 minutes")
          const first = yield* (yield* Endings).end(record.mark.key, "us")
          yield* twoSweeps
          assert.lengthOf(yield* living(cloud), 0)
          const after = yield* (yield* Records).resource(record.mark.key)
          const { ledger } = yield* (yield* Records).ledger("run/test")
          assert.isAbove(Number(after?.chargedNanoUsd), Number(first.chargedNanoUsd))
          assert.strictEqual(
            Number(after?.chargedNanoUsd) - Number(first.chargedNanoUsd),
            Number(after?.surplusNanoUsd)
          )
          assert.strictEqual(Number(ledger.spent), Number(after?.chargedNanoUsd))
          assert.deepStrictEqual(ledger.reserved, {})
        }),
      twice
    )
  )

  it.effect("ends again what lives on after its provider had said that it is gone", () => {
    let isLying = false
    return on(
      {},
      (cloud) =>
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(request())
          yield* Effect.sleep("10 minutes")
          isLying = true
          yield* (yield* Endings).end(record.mark.key, "us")
          isLying = false
          assert.lengthOf(yield* living(cloud), 1)
          yield* twoSweeps
          assert.lengthOf(yield* living(cloud), 0)
          const after = yield* (yield* Records).resource(record.mark.key)
          const { ledger } = yield* (yield* Records).ledger("run/test")
          assert.strictEqual(Number(ledger.spent), Number(after?.chargedNanoUsd))
        }),
      (provider) => ({
        ...provider,
        terminate: (id) => (isLying ? Effect.void : provider.terminate(id)),
        getResource: (id) =>
          Effect.map(provider.getResource(id), (found) =>
            isLying ? { ...found, state: { _tag: "Terminated" } } : found
          )
      })
    )
  })

  it.effect("removes what was made beside a machine once that is gone, by the same proof", () =>
    on({}, (cloud, provider) =>
      Effect.gen(function* () {
        const record = yield* (yield* Rents).rent(request())
        yield* twoSweeps
        assert.lengthOf(yield* provider.companions.list, 1)
        if (record.resource !== undefined) yield* cloud.preempt(record.resource.id)
        yield* (yield* Endings).end(record.mark.key, "provider")
        assert.lengthOf(yield* provider.companions.list, 1)
        const { first, second } = yield* twoSweeps
        assert.lengthOf(first.ended, 0)
        assert.lengthOf(second.ended, 1)
        assert.lengthOf(yield* provider.companions.list, 0)
      })
    )
  )
})
