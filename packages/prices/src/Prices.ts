/**
 * The same comparison as a service, for programs in Effect.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { compareOffers, explainOffer } from "./Compare.ts"
import { type CompareError, isCompareError } from "./CompareError.ts"
import type { Comparison, Explanation } from "./Comparison.ts"
import type { CompareRequest } from "./Request.ts"
import { loadSnapshot, type PlainOffer } from "./Snapshot.ts"

const attempt = <A>(evaluate: () => A): Effect.Effect<A, CompareError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(evaluate())
    } catch (error) {
      return isCompareError(error) ? Effect.fail(error) : Effect.die(error)
    }
  })

/**
 * Compares what a job will really cost.
 *
 * @category services
 * @since 0.1.0
 */
export class Prices extends Context.Service<
  Prices,
  {
    /** Offers by what the job will really cost on them, cheapest first. */
    readonly compare: (request: CompareRequest) => Effect.Effect<Comparison, CompareError>
    /** One of them taken apart: by its rank, its id, or parts of it. */
    readonly explain: (offer: string, request: CompareRequest) => Effect.Effect<Explanation, CompareError>
  }
>()("@runctl/prices/Prices") {}

const service = (offers: ReadonlyArray<PlainOffer>, trusted: boolean) =>
  Prices.of({
    compare: (request) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(() => compareOffers(request, { offers, now, trusted }))),
    explain: (offer, request) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        attempt(() => explainOffer(offer, request, { offers, now, trusted }))
      )
  })

/** Compares offers of one's own. @category layers @since 0.1.0 */
export const layer = (offers: ReadonlyArray<PlainOffer>): Layer.Layer<Prices> =>
  Layer.succeed(Prices, service(offers, false))

/**
 * Compares the offers of the snapshot that comes with this package.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSnapshot: Layer.Layer<Prices> = Layer.effect(
  Prices,
  Effect.map(Effect.promise(loadSnapshot), ({ offers }) => service(offers, true))
)
