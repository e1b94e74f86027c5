/**
 * Laws about what is offered, and what it costs.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import { Offer, type OfferQuery, priceOf } from "@runctl/core/Offer"
import { rank } from "@runctl/core/Ranking"
import * as ResourceState from "@runctl/core/ResourceState"
import { type Charge, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Law, LawSettings, NotApplicable } from "../../Law.ts"
import { check, chosenOffer, newMark, refuses, rentRunning, rentWith, requestFor } from "../rent.ts"

const isOffer = Schema.is(Schema.toType(Offer))

/** Halves of a nano-dollar: what a sum of prices may be off by. */
const tolerance = 1e-9

const sum = (charges: ReadonlyArray<Charge>): number => charges.reduce((total, { usdPerHour }) => total + usdPerHour, 0)

export const laws: ReadonlyArray<Law> = [
  {
    name: "an offer says whose it is, where its price was read and when, and has what was asked for",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const { offerQuery } = yield* LawSettings
      const offer = yield* chosenOffer
      const queries: ReadonlyArray<OfferQuery> = [
        offerQuery,
        { instanceType: offer.instanceType, region: offer.region },
        { vcpus: offer.vcpus, memoryGiB: offer.memoryGiB }
      ]
      for (const query of queries) {
        const offers = yield* provider.offers(query)
        yield* check(offers.length > 0, `it has no offer for ${JSON.stringify(query)}, which its own offer satisfies`)
        for (const each of offers) {
          yield* check(isOffer(each), `it offers something malformed: ${JSON.stringify(each)}`)
          yield* check(each.provider === provider.name, `an offer says it is of ${each.provider}`)
        }
        const [left] = rank(offers, query).rejected
        yield* check(left === undefined, `for ${JSON.stringify(query)} it offers what does not fit: ${left?.why}`)
      }
    })
  },
  {
    name: "what nobody has is not offered",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const offers = yield* provider.offers({ vcpus: 1_000_000_000 })
      yield* check(offers.length === 0, `it offers ${offers[0]?.instanceType} for a billion vCPUs`)
    })
  },
  {
    name: "no time costs nothing, and more time never costs less",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const { instanceType } = yield* chosenOffer
      const hours = [0, 0.001, 0.5, 1, 2, 24, 1000]
      const costs = yield* Effect.forEach(hours, (each) => provider.estimateCost(instanceType, each))
      yield* check(costs[0] === 0, `no time costs $${costs[0]}`)
      for (const [index, cost] of costs.entries()) {
        const before = costs[index - 1] ?? 0
        yield* check(
          Number.isFinite(cost) && cost >= before,
          `${hours[index]} hours cost $${cost}, fewer cost $${before}`
        )
      }
    })
  },
  {
    name: "an hour is estimated at the price that is offered",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const offer = yield* chosenOffer
      const price = priceOf(offer, "on-demand")
      if (price === undefined) return yield* new NotApplicable({ message: "the price of the offer is unknown" })
      const types = (yield* provider.offers({ instanceType: offer.instanceType })).map((each) =>
        priceOf(each, "on-demand")
      )
      const cost = yield* provider.estimateCost(offer.instanceType, 1)
      yield* check(
        types.some((each) => each !== undefined && Math.abs(each - cost) <= tolerance),
        `an hour of ${offer.instanceType} is estimated at $${cost}, and offered at $${price}`
      )
    })
  },
  {
    name: "an instance type that nobody has cannot be estimated or rented",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const unknown = "no-such-type-x9"
      yield* refuses(provider.estimateCost(unknown, 1), "estimating an unknown type", "Rejected", "NotFound")
      const request = yield* requestFor(yield* newMark())
      const rented = rentWith({ ...request, offer: { ...request.offer, instanceType: unknown } })
      yield* refuses(rented, "renting an unknown type", "Rejected", "NotFound")
    })
  },
  {
    name: "a running machine costs what its offer said",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const price = priceOf(yield* chosenOffer, "on-demand")
      if (price === undefined) return yield* new NotApplicable({ message: "the price of the offer is unknown" })
      const machine = yield* rentRunning()
      const charges = yield* provider.billing(machine, ResourceState.Running)
      const beside = sum(charges.filter(({ item }) => item !== "compute"))
      yield* check(
        machine.costPerHour >= price - tolerance && machine.costPerHour <= price + beside + tolerance,
        `it was offered at $${price}/h and costs $${machine.costPerHour}/h, of which $${beside}/h is not the machine`
      )
    })
  },
  {
    name: "what is billed agrees with what the capabilities say of stopping, and nothing is billed for what is gone",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      const inState = (state: ResourceState.ResourceState) => Effect.map(provider.billing(machine, state), sum)
      const runs = yield* inState(ResourceState.Running)
      yield* check(
        runs >= machine.costPerHour - tolerance,
        `$${runs}/h is billed, and it costs $${machine.costPerHour}/h`
      )
      const gone = yield* inState(ResourceState.Terminated)
      yield* check(gone === 0, `$${gone}/h is billed for what is gone`)
      const { stop } = provider.capabilities
      if (stop === "none") return
      const charges = yield* provider.billing(machine, ResourceState.Stopped)
      const stopped = sum(charges)
      const compute = sum(charges.filter(({ item }) => item === "compute"))
      const agrees = {
        nothing: stopped === 0,
        disk: compute === 0 && stopped <= runs,
        everything: Math.abs(stopped - runs) <= tolerance
      }
      yield* check(agrees[stop], `stopping leaves "${stop}" to bill, and $${stopped}/h is billed while stopped`)
    })
  },
  {
    name: "a price above the limit is refused, and nothing is rented",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const mark = yield* newMark()
      const request = yield* requestFor(mark)
      const price = priceOf(request.offer, "on-demand")
      if (price === undefined || price === 0) {
        return yield* new NotApplicable({ message: "no limit is below a price of nothing" })
      }
      const rented = rentWith({ ...request, priceLimit: UsdPerHour.make(price / 2) })
      yield* refuses(rented, "renting at twice the limit", "PriceTooLow")
      const listed = (yield* provider.listResources).filter(({ key }) => key === mark.key)
      yield* check(listed.length === 0, "it was rented all the same")
    })
  },
  {
    name: "a price at the limit is not refused",
    run: Effect.gen(function* () {
      const request = yield* requestFor(yield* newMark())
      const priceLimit = priceOf(request.offer, "on-demand")
      if (priceLimit === undefined) return yield* new NotApplicable({ message: "the price of the offer is unknown" })
      yield* rentWith({ ...request, priceLimit })
    })
  },
  {
    name: "who has no spot market says so",
    needs: { what: "providers without a spot market", from: ({ spot }) => spot === "none" },
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const spot = yield* provider.offers({ market: "spot" })
      yield* check(spot.length === 0, "it offers spot machines")
      const request = yield* requestFor(yield* newMark())
      yield* refuses(rentWith({ ...request, market: "spot" }), "renting a spot machine", "UnsupportedCapability")
    })
  },
  {
    name: "what is offered on the spot market has a price there",
    needs: { what: "providers with a spot market", from: ({ spot }) => spot !== "none" },
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const offers = yield* provider.offers({ market: "spot" })
      for (const offer of offers) {
        yield* check(priceOf(offer, "spot") !== undefined, `${offer.instanceType} has no spot price`)
      }
    })
  }
]
