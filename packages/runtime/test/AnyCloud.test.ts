import { assert, describe, it } from "@effect/vitest"
import { fromUsd } from "@runctl/core/Money"
import * as ProviderError from "@runctl/core/ProviderError"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import { findOffers } from "@runctl/runtime/Placement"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { asked, billing, got, names, onAny, rentAny } from "./anyCloud.ts"
import { away, noCapacity, request, reservedIn } from "./fakeRents.ts"
import { rentOf } from "./fakeWorld.ts"

const broke = new ProviderError.InsufficientFunds({ message: "no money" })
const quota = new ProviderError.QuotaExceeded({ message: "no more GPUs", quota: "gpus" })
const unheard = new ProviderError.OutcomeUnknown({ message: "cut before it arrived" })
const strange = new ProviderError.MalformedResponse({ message: "<html>" })

describe("any cloud", () => {
  it.effect("that is cheapest is taken", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        const rented = yield* rentAny()
        assert.strictEqual(got(rented), "a")
        assert.deepStrictEqual(rented.tried, [])
        assert.deepStrictEqual(yield* billing(clouds), ["a"])
      })
    )
  )

  it.effect(
    "is the one on which the job will cost least, not the one with the lowest price, and its quote is kept",
    () =>
      onAny(
        (clouds) =>
          Effect.gen(function* () {
            const { result } = yield* rentAny({}, { expectedHours: 1 })
            const record = Result.isSuccess(result) ? result.success : undefined
            assert.strictEqual(record?.provider, "b")
            assert.approximately((record?.quote?.totalNanoUsd ?? 0) / 1e9, 3.3, 0.2)
            assert.isAtLeast(record?.quote?.highNanoUsd ?? 0, record?.quote?.totalNanoUsd ?? Infinity)
            assert.deepStrictEqual(yield* billing(clouds), ["b"])
          }),
        {},
        (provider) => (provider.name === "a" ? withDearTraffic(provider) : provider)
      )
  )

  it.effect("without capacity, money or a quota gives way to the next, each try with a key of its own", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        yield* clouds.a.refuse("createResource", noCapacity)
        yield* clouds.b.refuse("createResource", broke)
        const rented = yield* rentAny()
        assert.strictEqual(got(rented), "c")
        assert.deepStrictEqual(
          rented.tried.map(({ problem, provider, usdPerHour }) => `${provider} ${usdPerHour} ${problem.code}`),
          ["a 2.5 RUNCTL_E_OUT_OF_CAPACITY", "b 3 RUNCTL_E_INSUFFICIENT_FUNDS"]
        )
        const records = yield* (yield* Records).resources
        const failed = records.filter(({ phase }) => phase === "Failed").map(({ mark }) => mark.key)
        assert.sameMembers(
          failed,
          rented.tried.flatMap(({ key }) => key ?? [])
        )
        assert.lengthOf(new Set(records.map(({ mark }) => mark.key)), 3)
        assert.deepStrictEqual(yield* billing(clouds), ["c"])
        assert.deepStrictEqual((yield* reservedIn("run/test")).reserved, [fromUsd(3.75 + 0.01)])
      })
    )
  )

  it.effect("is not tried for anything else once it has no use for us at all", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        yield* clouds.a.refuse("createResource", broke)
        const rented = yield* rentAny({ query: {} })
        assert.strictEqual(got(rented), "b")
        assert.deepStrictEqual(yield* asked(clouds), [1, 1, 0])
      })
    )
  )

  it.effect("whose quota is used up is still tried for less of something else", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        for (const name of names) yield* clouds[name].refuse("createResource", quota)
        const rented = yield* rentAny({ query: {} })
        assert.strictEqual(got(rented), "a")
        assert.deepStrictEqual(
          rented.tried.map(({ instanceType, provider }) => `${provider} ${instanceType}`),
          ["a cpu-2", "b cpu-2", "c cpu-2"]
        )
      })
    )
  )

  it.effect("that does not answer hides no other, whether it fails or never says anything", () =>
    onAny(
      (clouds) =>
        Effect.gen(function* () {
          yield* clouds.b.refuse("offers", away, 3)
          const { asked: names_, failures, offers } = yield* findOffers(rentOf("any"))
          assert.deepStrictEqual(names_, ["a", "b", "c"])
          assert.deepStrictEqual([...new Set(offers.map(({ provider }) => provider))], ["a"])
          assert.deepStrictEqual(
            failures.map(({ message, provider }) => [provider, message]),
            [
              ["b", "b: offers failed: away"],
              ["c", "no offers within 30 s"]
            ]
          )
        }),
      {},
      (provider) => (provider.name === "c" ? { ...provider, offers: () => Effect.never } : provider)
    )
  )

  it.effect("says what was tried, and why, when nothing is left", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        yield* clouds.a.refuse("createResource", noCapacity)
        yield* clouds.b.refuse("createResource", away, 3)
        yield* clouds.c.refuse("createResource", quota)
        const { result, tried } = yield* rentAny()
        const error = Result.isFailure(result) ? result.failure : undefined
        if (error?._tag !== "OffersExhausted") return assert.fail(`it failed with ${String(error)}`)
        assert.deepStrictEqual(error.tried, tried)
        assert.strictEqual(
          error.message,
          "no machine could be had; 3 offers were tried. a/fake-1/h100-1: a: createResource failed: none left; b/fake-1/h100-1: b: createResource failed: away; c/fake-1/h100-1: c: createResource failed: no more GPUs"
        )
        assert.isTrue(error.isPassing)
        assert.deepStrictEqual(yield* billing(clouds), [])
        assert.deepStrictEqual((yield* reservedIn("run/test")).reserved, [])
      })
    )
  )

  it.effect("that was named gives way to no other", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        yield* clouds.a.refuse("createResource", noCapacity, 2)
        const error = yield* Effect.flip((yield* Rents).rent(request({}, "a")))
        assert.strictEqual(error._tag === "ProviderError" && error.reason._tag, "OutOfCapacity")
        yield* clouds.a.refuse("createResource", broke)
        yield* Effect.flip((yield* Rents).rent(request({}, "a")))
        assert.deepStrictEqual(yield* asked(clouds), [3, 0, 0])
      })
    )
  )

  for (const idempotency of ["token", "name", "tag", "none"] as const) {
    const isKnown = idempotency === "token" || idempotency === "name"
    it.effect(`whose answer was lost is asked what became of it before any other (${idempotency})`, () =>
      onAny(
        (clouds) =>
          Effect.gen(function* () {
            yield* clouds.a.loseAnswer("createResource")
            const rented = yield* rentAny()
            assert.strictEqual(got(rented), "a")
            assert.deepStrictEqual(yield* asked(clouds), [isKnown ? 2 : 1, 0, 0])
            assert.deepStrictEqual(yield* billing(clouds), ["a"])
          }),
        { capabilities: { idempotency }, visibleAfter: "10 seconds" }
      )
    )
  }

  it.effect("that cannot be asked what became of a request is the last one asked, and is asked again later", () =>
    onAny((clouds) =>
      Effect.gen(function* () {
        yield* clouds.a.loseAnswer("createResource")
        yield* clouds.a.refuse("listResources", away, 3)
        const { result } = yield* rentAny()
        const error = Result.isFailure(result) ? result.failure : undefined
        assert.strictEqual(error?._tag === "ProviderError" && error.reason._tag, "Unavailable")
        assert.deepStrictEqual(yield* asked(clouds), [1, 0, 0])
        const [record] = yield* (yield* Records).resources
        assert.strictEqual(record?.phase, "Intended")
        if (record === undefined) return
        assert.strictEqual((yield* (yield* Rents).resolve(record)).phase, "Held")
        assert.deepStrictEqual(yield* billing(clouds), ["a"])
      })
    )
  )

  for (const lost of [unheard, strange]) {
    it.effect(`that never shows what became of a request is the last one asked (${lost._tag})`, () =>
      onAny(
        (clouds) =>
          Effect.gen(function* () {
            yield* clouds.a.refuse("createResource", lost)
            const { result } = yield* rentAny()
            const error = Result.isFailure(result) ? result.failure : undefined
            assert.strictEqual(error?._tag === "ProviderError" && error.reason._tag, lost._tag)
            assert.deepStrictEqual(yield* asked(clouds), [1, 0, 0])
            assert.include(yield* clouds.a.calls, "listResources")
          }),
        { capabilities: { idempotency: "none" } }
      )
    )
  }
})

/** What comes home costs more than an hour of the machine. */
const withDearTraffic = (provider: AnyTrainingProvider): AnyTrainingProvider => ({
  ...provider,
  offers: (query) => Effect.map(provider.offers(query), (all) => all.map((offer) => ({ ...offer, egressUsdPerGiB: 2 })))
})
