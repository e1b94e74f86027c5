import { assert, it } from "@effect/vitest"
import * as ProviderError from "@runctl/core/ProviderError"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { billing, type Clouds, names, onAny, rentAny } from "./anyCloud.ts"
import { away, noCapacity } from "./fakeRents.ts"

const message = "no"
const faults = [
  noCapacity,
  away,
  new ProviderError.InsufficientFunds({ message }),
  new ProviderError.QuotaExceeded({ message }),
  new ProviderError.OutcomeUnknown({ message }),
  new ProviderError.MalformedResponse({ message }),
  "lost",
  "lost and away",
  "none"
] as const

it.effect("any cloud leaves one machine where a machine is had, and none where not, whatever else happens", () =>
  Effect.gen(function* () {
    for (let seed = 0; seed < 32; seed++) {
      yield* Effect.gen(function* () {
        const idempotency = (["token", "name", "tag", "none"] as const)[yield* Random.nextIntBetween(0, 4)] ?? "none"
        const plan: Array<(clouds: Clouds) => Effect.Effect<void>> = []
        for (const name of names) {
          const fault = faults[yield* Random.nextIntBetween(0, faults.length)] ?? "none"
          if (fault === "lost" || fault === "lost and away") {
            plan.push((clouds) => clouds[name].loseAnswer("createResource"))
            if (fault !== "lost") plan.push((clouds) => clouds[name].refuse("listResources", away, 3))
          } else if (fault !== "none") plan.push((clouds) => clouds[name].refuse("createResource", fault, 3))
        }
        yield* onAny(
          (clouds) =>
            Effect.gen(function* () {
              for (const each of plan) yield* each(clouds)
              const rented = yield* rentAny()
              const records = yield* Records
              // What is not known yet is found out by whoever comes next.
              for (const record of yield* records.resources) {
                if (record.phase === "Intended") yield* Effect.ignore((yield* Rents).resolve(record))
              }
              const held = (yield* records.resources).filter(({ phase }) => phase === "Held")
              assert.isAtMost(held.length, 1, `seed ${seed}`)
              assert.deepStrictEqual(
                yield* billing(clouds),
                held.map(({ provider }) => provider),
                `seed ${seed}`
              )
              if (Result.isSuccess(rented.result)) assert.lengthOf(held, 1)
            }),
          { capabilities: { idempotency }, visibleAfter: "5 seconds" }
        )
      }).pipe(Random.withSeed(`any-${seed}`))
    }
  })
)
