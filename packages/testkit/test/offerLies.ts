import { UsdPerHour } from "@runctl/core/Money"
import { PriceTooLow } from "@runctl/core/ProviderError"
import { Running } from "@runctl/core/ResourceState"
import * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import { creating, failed, message, type PlantedLie, saying } from "./lying.ts"

export const offerLies: ReadonlyArray<PlantedLie> = [
  {
    lie: "offers in somebody else's name",
    breaks: "an offer says whose it is, where its price was read and when, and has what was asked for",
    of: (honest) => ({
      ...honest,
      offers: (query) =>
        Effect.map(honest.offers(query), (all) => all.map((offer) => ({ ...offer, provider: "somebody" })))
    })
  },
  {
    lie: "offers what does not fit rather than nothing",
    breaks: "what nobody has is not offered",
    of: (honest) => ({
      ...honest,
      offers: (query) =>
        Effect.flatMap(honest.offers(query), (all) => (all.length === 0 ? honest.offers({}) : Effect.succeed(all)))
    })
  },
  {
    lie: "charges for no time",
    breaks: "no time costs nothing, and more time never costs less",
    of: (honest) => ({
      ...honest,
      estimateCost: (type, hours) => Effect.map(honest.estimateCost(type, hours), (cost) => (hours === 0 ? 0.01 : cost))
    })
  },
  {
    lie: "estimates half of its price",
    breaks: "an hour is estimated at the price that is offered",
    of: (honest) => ({
      ...honest,
      estimateCost: (type, hours) => Effect.map(honest.estimateCost(type, hours), (cost) => cost / 2)
    })
  },
  {
    lie: "estimates what it does not have",
    breaks: "an instance type that nobody has cannot be estimated or rented",
    of: (honest) => ({
      ...honest,
      estimateCost: (type, hours) => Effect.orElseSucceed(honest.estimateCost(type, hours), () => hours)
    })
  },
  {
    lie: "says that a machine costs less than was offered",
    breaks: "a running machine costs what its offer said",
    of: (honest) =>
      saying(honest, (resource) => ({ ...resource, costPerHour: UsdPerHour.make(resource.costPerHour / 2) }))
  },
  {
    lie: "bills what is gone",
    breaks: "what is billed agrees with what the capabilities say of stopping, and nothing is billed for what is gone",
    of: (honest) => ({ ...honest, billing: (resource) => honest.billing(resource, Running) })
  },
  {
    lie: "says that stopping costs nothing while the disk is billed",
    breaks: "what is billed agrees with what the capabilities say of stopping, and nothing is billed for what is gone",
    of: (honest) => ({ ...honest, capabilities: { ...honest.capabilities, stop: "nothing" } })
  },
  {
    lie: "forgets the price limit",
    breaks: "a price above the limit is refused, and nothing is rented",
    of: (honest) => creating(honest, (request) => honest.createResource({ ...request, priceLimit: undefined }))
  },
  {
    lie: "takes any price limit for too low",
    breaks: "a price at the limit is not refused",
    of: (honest) =>
      creating(honest, (request) =>
        request.priceLimit === undefined
          ? honest.createResource(request)
          : Effect.fail(failed("createResource", new PriceTooLow({ message })))
      )
  },
  {
    lie: "rents on demand when asked for a spot machine it does not have",
    breaks: "who has no spot market says so",
    options: { capabilities: { spot: "none" } },
    of: (honest) => creating(honest, (request) => honest.createResource({ ...request, market: "on-demand" }))
  },
  {
    lie: "offers spot machines without a price",
    breaks: "what is offered on the spot market has a price there",
    of: (honest) => ({
      ...honest,
      offers: ({ market, ...query }) =>
        market === "spot"
          ? Effect.map(honest.offers(query), (all) => all.map(Struct.omit(["spotUsdPerHour"])))
          : honest.offers(query)
    })
  }
]
