import { type AnyTrainingProvider, TrainingProvider, type Using } from "@runctl/core/TrainingProvider"
import * as FakeJobs from "@runctl/testkit/FakeJobs"
import { judge } from "@runctl/testkit/Law"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as TestClock from "effect/testing/TestClock"
import { memoryFiles } from "./memoryFiles.ts"
import { noShells } from "./platform.ts"

/** Runs an effect while the virtual clock goes on. */
const virtually = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("50 millis")
  return yield* Fiber.join(fiber)
})

/** Turns an honest provider into one that lies. */
export type Lie = (honest: Honest) => AnyTrainingProvider

/** A provider that keeps every law, with its whole using half. */
export type Honest = AnyTrainingProvider & { readonly using: Using }

/** Holds a provider that runs jobs itself to every law, in virtual time, and says which laws it does not keep. */
export const brokenLaws = Effect.fnUntraced(function* (options: FakeJobs.FakeJobsOptions, lie: Lie) {
  const platform = Layer.mergeAll(memoryFiles(), Path.layer, noShells)
  const provider = Layer.effect(
    TrainingProvider,
    Effect.map(FakeJobs.make(options), (made) => lie(made.provider))
  )
  const services = ProviderLaws.services({ every: "100 millis", within: "20 seconds", timeout: "5 minutes" }).pipe(
    Layer.provideMerge(provider),
    Layer.provideMerge(platform)
  )
  const judged = Effect.forEach(ProviderLaws.laws, (law) =>
    Effect.map(virtually(judge(law)), (verdict) => (verdict._tag === "Broken" ? [{ law: law.name, ...verdict }] : []))
  )
  return (yield* Effect.provide(judged, services)).flat()
})
