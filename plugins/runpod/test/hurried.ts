import { TrainingProvider } from "@runctl/core/TrainingProvider"
import type * as Emulator from "@runctl/testkit/Emulator"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The time of the cloud, which may go faster. */
const clockOf = ({ clock }: Emulator.Emulated): Clock.Clock => {
  const millis = (): number => clock.now()
  const nanos = (): bigint => BigInt(Math.round(millis())) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => Effect.promise(() => clock.sleep(Duration.toSeconds(duration)))
  }
}

/** A provider that keeps the cloud's time, and with it the cloud's minutes; whoever uses it keeps their own. */
export const hurried = <R, E, RIn>(
  cloud: Emulator.Emulated,
  layer: Layer.Layer<TrainingProvider | R, E, RIn>
): Layer.Layer<TrainingProvider | R, E, RIn> => {
  const clock = clockOf(cloud)
  const kept = <A, X, S>(effect: Effect.Effect<A, X, S>) => Effect.provideService(effect, Clock.Clock, clock)
  const all = Layer.effect(
    TrainingProvider,
    Effect.map(TrainingProvider, (provider) =>
      TrainingProvider.of({
        ...provider,
        offers: (query) => kept(provider.offers(query)),
        estimateCost: (type, hours) => kept(provider.estimateCost(type, hours)),
        createResource: (request) => kept(provider.createResource(request)),
        getResource: (id) => kept(provider.getResource(id)),
        listResources: kept(provider.listResources),
        startResource: (id) => kept(provider.startResource(id)),
        stopResource: (id) => kept(provider.stopResource(id)),
        terminate: (id) => kept(provider.terminate(id)),
        endpoint: (resource) => kept(provider.endpoint(resource))
      })
    )
  )
  return all.pipe(Layer.provideMerge(layer))
}
