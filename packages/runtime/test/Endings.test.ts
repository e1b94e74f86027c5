import { assert, describe, it } from "@effect/vitest"
import { fromUsd } from "@runctl/core/Money"
import { Budgets } from "@runctl/runtime/Budgets"
import { Endings } from "@runctl/runtime/Endings"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import * as Effect from "effect/Effect"
import { cap } from "./fakeWorld.ts"

import { request, on, living, reservedIn, cutOff, away } from "./fakeRents.ts"

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
        // The machine and its disk, as its provider says.
        assert.strictEqual(ended.chargedNanoUsd, Math.ceil((fromUsd(0.06) * seconds) / 3600))
        assert.deepStrictEqual(yield* reservedIn("run/test"), { reserved: [], spent: Number(ended.chargedNanoUsd) })
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
        assert.deepStrictEqual({ reserved, spent }, { reserved: [], spent: Number(again.chargedNanoUsd) })
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
        yield* Effect.sleep("2 minutes")
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
