/** Renting a server, and ending it. */
import type { CloudApi } from "@runctl/core/CloudApi"
import * as CloudFailure from "@runctl/core/CloudFailure"
import { formatUsd } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { failures } from "./Api.ts"
import * as Plans from "./Plans.ts"
import * as Servers from "./Servers.ts"

/** What can be told from the request alone: nothing is asked then. */
const refusalOf = ({ bootstrap, market }: CreateRequest): ProviderError.Reason | undefined => {
  if (market === "spot") return new ProviderError.UnsupportedCapability({ message: "Fernhill has no spot market" })
  const bytes = new TextEncoder().encode(bootstrap.content).length
  return bytes > 65_536
    ? new ProviderError.Rejected({
        message: `what the machine is to do at boot has ${bytes} bytes, 65536 are the most`
      })
    : undefined
}

/** More than was agreed to is not paid. */
const priceProblem = ({ id, usd_per_hour: price }: Plans.Plan, { priceLimit }: CreateRequest) =>
  priceLimit === undefined || price <= priceLimit
    ? undefined
    : new ProviderError.PriceTooLow({
        message: `${id} costs ${formatUsd(price)}/h, at most ${formatUsd(priceLimit)}/h wanted`,
        usdPerHour: price
      })

const resourceOf = (server: Servers.Server, { mark }: CreateRequest): Effect.Effect<Resource, CloudFailure.Failure> => {
  const resource = Servers.toResource({ ...server, name: server.name ?? Ownership.toName(mark) })
  return resource === undefined
    ? Effect.fail({ _tag: "Strange", message: `the server ${server.id} carries another mark than was asked for` })
    : Effect.succeed(resource)
}

/** The server that has the name already: no two servers of an account have the same one. */
const existing = (api: CloudApi, name: string) =>
  Effect.map(Servers.list(api, { name }), (servers) => servers.find((server) => server.name === name))

const isTaken = (cause: CloudFailure.Cause): boolean => cause._tag === "Refused" && cause.code === "name_taken"

/**
 * Rents a server, or answers with the one that has the name. The request that rents is sent once: when its answer is lost
 * nobody knows what came of it, and `failures.once` says so. Calling it `Unavailable` would rent twice.
 */
export const rent = Effect.fnUntraced(function* (api: CloudApi, request: CreateRequest) {
  const refusal = refusalOf(request)
  if (refusal !== undefined) return yield* Effect.fail(refusal)
  const { authorizedKey, bootstrap, mark, offer } = request
  const name = Ownership.toName(mark)
  const found = yield* existing(api, name)
  if (found !== undefined) return yield* resourceOf(found, request)

  const plan = yield* Plans.named(yield* Plans.all(api), offer.instanceType)
  const dearer = priceProblem(plan, request)
  if (dearer !== undefined) return yield* dearer
  const body = {
    name,
    plan: plan.id,
    site: offer.region,
    ...(authorizedKey === undefined ? {} : { ssh_keys: [authorizedKey] }),
    ...(bootstrap.format === "none" ? {} : { user_data: bootstrap.content })
  }
  return yield* api.call({ method: "POST", path: "/v1/servers", body }).pipe(
    Effect.flatMap(Servers.oneIn),
    Effect.flatMap((server) => resourceOf(server, request)),
    // Somebody was faster with the same name: it is the same machine.
    Effect.catchIf(isTaken, (taken) =>
      Effect.flatMap(existing(api, name), (server) =>
        server === undefined ? Effect.fail(taken) : resourceOf(server, request)
      )
    ),
    Effect.mapError(failures.once)
  )
})

/** Ends a machine; one that is gone, or never was, is ended. A server that runctl has not made is nobody's to end. */
export const terminate = Effect.fnUntraced(function* (api: CloudApi, id: ResourceId) {
  const path = Servers.pathOf(id)
  if (path === undefined) return
  const isGone = (cause: CloudFailure.Cause) => CloudFailure.isMissing(cause)
  const server = yield* Effect.flatMap(api.call({ method: "GET", path }), Servers.oneIn).pipe(
    Effect.catchIf(isGone, () => Effect.succeed(undefined))
  )
  if (server === undefined) return
  if (Servers.markOf(server) === undefined) {
    return yield* new ProviderError.Rejected({ message: `${id} is no machine of runctl's: it carries no mark` })
  }
  yield* Effect.catchIf(api.call({ method: "DELETE", path }), isGone, () => Effect.void)
})
