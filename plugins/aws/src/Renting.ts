/**
 * Making a machine.
 *
 * @since 0.1.0
 */
import { formatUsd, UsdPerHour } from "@runctl/core/Money"
import type { Market } from "@runctl/core/Offer"
import * as ProviderError from "@runctl/core/ProviderError"
import { type Resource } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import * as Calls from "./internal/calls.ts"
import * as Catalogue from "./Catalogue.ts"
import { type Cause, hasCode, once, repeatable } from "./Failures.ts"
import type { Firewall } from "./Firewall.ts"
import { toResource } from "./Instances.ts"
import type { Keys } from "./Keys.ts"
import * as Launch from "./Launch.ts"
import { ownerTag } from "./Marks.ts"
import * as Network from "./Network.ts"
import type { Place } from "./Dedicated.ts"
import * as Quotas from "./Quotas.ts"
import { mistakeIn } from "./Regions.ts"

/** What making a machine takes. @category models @since 0.1.0 */
export interface Cloud extends Catalogue.Sources {
  readonly keys: Keys
  readonly firewall: Firewall
  /** Pools that had nothing a moment ago, and when. */
  readonly cold: Map<string, number>
}

/** A pool that had nothing is asked last for so long. **Units**  milliseconds */
const coldFor = 3 * 60_000

/** Where a machine is asked for, and what it costs there. @category models @since 0.1.0 */
export interface Pool {
  readonly place: Place
  readonly market: Market
  readonly usdPerHour: number
}

/** The machine of a key that is there already; of several the one that was made first. */
const existing = Effect.fnUntraced(function* ({ aws }: Cloud, { mark, offer }: CreateRequest) {
  const reservations = yield* aws.pages(
    offer.region,
    (NextToken) =>
      Calls.describeInstances({
        Filters: [
          { Name: "tag:runctl-key", Values: [mark.key] },
          { Name: `tag:${ownerTag}`, Values: [mark.owner] },
          { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] }
        ],
        NextToken
      }),
    "Reservations"
  )
  const all = yield* Answers.instancesIn(reservations)
  return all.toSorted((left, right) => (left.InstanceId < right.InstanceId ? -1 : 1))[0]
})

const named = ({ market, place }: Pool, type: string): string => `${type} ${place.zone} ${market}`

/**
 * Pools in the order in which they are asked: what was asked last for the same key, then spot by price, then what had
 * nothing a moment ago; on-demand after spot.
 *
 * @category decisions
 * @since 0.1.0
 */
export const ranked = (
  pools: ReadonlyArray<Pool>,
  isLast: (pool: Pool) => boolean,
  isCold: (pool: Pool) => boolean
): ReadonlyArray<Pool> => {
  const rank = (pool: Pool): number =>
    isLast(pool) ? 0 : 1 + (pool.market === "spot" ? 0 : 2) + (isCold(pool) ? 1 : 0)
  return pools.toSorted((left, right) => rank(left) - rank(right) || left.usdPerHour - right.usdPerHour)
}

const markets = ({ settings }: Cloud, { market }: CreateRequest): ReadonlyArray<Market> =>
  market === "spot" && settings.onDemandFallback ? ["spot", "on-demand"] : [market]

/** What each place costs on each market; what costs more than was agreed is left out, and said when nothing else is left. */
const poolsIn = (
  cloud: Cloud,
  request: CreateRequest,
  priced: Catalogue.Priced,
  places: ReadonlyArray<Place>
): Effect.Effect<ReadonlyArray<Pool>, ProviderError.PriceTooLow | ProviderError.OutOfCapacity> => {
  const { offer, priceLimit } = request
  const type = offer.instanceType
  const where = places.filter(
    ({ zone }) => (priced.zones[type] ?? []).includes(zone) && (offer.zone === undefined || offer.zone === zone)
  )
  const all = markets(cloud, request).flatMap((market) =>
    where.map((place) => ({
      place,
      market,
      usdPerHour: market === "spot" ? priced.spot[type]?.[place.zone] : priced.onDemand[type]
    }))
  )
  const known = all.flatMap(({ market, place, usdPerHour }) =>
    usdPerHour === undefined ? [] : [{ place, market, usdPerHour }]
  )
  const allowed = known.filter(({ usdPerHour }) => priceLimit === undefined || usdPerHour <= priceLimit)
  if (allowed.length > 0) return Effect.succeed(allowed)
  if (where.length === 0) {
    const zones = (priced.zones[type] ?? []).join(", ") || "none"
    return Effect.fail(
      new ProviderError.OutOfCapacity({
        message: `${type} is rented out in ${offer.region} in these zones: ${zones}; there is no subnet in ${offer.zone ?? "any of them"}`
      })
    )
  }
  const least = Math.min(...known.map(({ usdPerHour }) => usdPerHour))
  const costs = Number.isFinite(least) ? `costs ${formatUsd(least)}/h` : `has no ${request.market} price`
  const limit = priceLimit === undefined ? "" : `, at most ${formatUsd(priceLimit)}/h wanted`
  return Effect.fail(
    new ProviderError.PriceTooLow({
      message: `${type} in ${offer.region} ${costs} now${limit}`,
      ...(Number.isFinite(least) ? { usdPerHour: UsdPerHour.make(least) } : {})
    })
  )
}

const Made = Answers.under("Instances", Schema.NonEmptyArray(Schema.Unknown))

/** One launch, and what of it may be mended at once: a key that somebody removed, a group that does not show yet. */
const launched = Effect.fnUntraced(function* (cloud: Cloud, request: CreateRequest, plan: Launch.Plan) {
  const { mark, offer } = request
  const send = Effect.gen(function* () {
    const key = request.authorizedKey
    const keyName = key === undefined ? undefined : yield* cloud.keys.ensure(offer.region, mark.owner, key)
    const launch = cloud.aws.call(offer.region, Launch.call({ ...plan, keyName }))
    // Only what was refused may be sent again.
    return yield* Effect.mapError(launch, (cause) => (cause._tag === "Refused" ? cause : once(cause)))
  })
  return yield* send.pipe(
    Effect.tapError((cause) =>
      hasCode(cause, "InvalidKeyPair.NotFound") && request.authorizedKey !== undefined
        ? cloud.keys.forget(offer.region, mark.owner, request.authorizedKey)
        : Effect.void
    ),
    Effect.retry({
      schedule: Launch.appearing,
      while: (cause) => hasCode(cause, "InvalidKeyPair.NotFound", "InvalidGroup.NotFound", "InvalidSubnetID.NotFound")
    }),
    Effect.flatMap((answer) =>
      Made(answer).pipe(
        Effect.flatMap(([instance]) => Answers.instancesIn([{ Instances: [instance] }])),
        Effect.map(([instance]) => instance),
        Effect.mapError(once)
      )
    )
  )
})

const isAboutPool = (reason: ProviderError.Reason): boolean =>
  reason._tag === "OutOfCapacity" || reason._tag === "PriceTooLow" || reason._tag === "QuotaExceeded"

/** Asks one pool after the other, until one has a machine or says something that would be the same everywhere. */
const firstOf = Effect.fnUntraced(function* (
  cloud: Cloud,
  request: CreateRequest,
  pools: ReadonlyArray<Pool>,
  attempt: (pool: Pool) => Effect.Effect<Resource, Cause>
): Effect.fn.Return<Resource, Cause> {
  const { instanceType, region, vcpus } = request.offer
  const refusals: Array<ProviderError.Reason> = []
  const full = new Set<Market>()
  for (const pool of pools) {
    if (full.has(pool.market)) continue
    const result = yield* Effect.result(attempt(pool))
    if (result._tag === "Success") return result.success
    const reason = repeatable(result.failure)
    if (!isAboutPool(reason)) return yield* Effect.fail(reason)
    if (reason._tag === "QuotaExceeded") {
      full.add(pool.market)
      const what = { region, type: instanceType, vcpus, market: pool.market }
      refusals.push(yield* Quotas.explained(cloud.aws, what, reason))
    } else {
      cloud.cold.set(named(pool, instanceType), yield* Clock.currentTimeMillis)
      refusals.push(reason)
    }
  }
  const quota = refusals.find(({ _tag }) => _tag === "QuotaExceeded")
  const [first, ...others] = refusals
  if (quota !== undefined) return yield* Effect.fail(quota)
  if (first === undefined || others.length === 0 || first._tag !== "OutOfCapacity") {
    return yield* Effect.fail(first ?? new ProviderError.OutOfCapacity({ message: `no pool of ${instanceType}` }))
  }
  const tried = pools.map(({ market, place }) => `${place.zone} (${market})`).join(", ")
  return yield* new ProviderError.OutOfCapacity({
    message: `${region} has no ${instanceType} now; asked were ${tried}: ${first.message}`
  })
})

const attemptIn = Effect.fnUntraced(function* (
  cloud: Cloud,
  request: CreateRequest,
  pool: Pool,
  prepared: Launch.Prepared
): Effect.fn.Return<Resource, Cause> {
  const { mark, offer } = request
  const { store } = cloud
  const groupId = yield* cloud.firewall.ensure(offer.region, mark.owner, pool.place.vpcId)
  const plan = { ...prepared, pool, groupId, keyName: undefined }
  // Written before it is sent: whoever asks again for the same key asks in the same place, with the same token.
  yield* store.attempts.save(mark.key, {
    zone: pool.place.zone,
    market: pool.market,
    at: yield* Clock.currentTimeMillis
  })
  const instance = yield* launched(cloud, request, plan).pipe(
    Effect.catchIf(
      (cause) => hasCode(cause, "IdempotentParameterMismatch"),
      (cause) =>
        Effect.flatMap(existing(cloud, request), (found) =>
          found === undefined ? Effect.fail(cause) : Effect.succeed(found)
        )
    )
  )
  if (instance === undefined) {
    return yield* new ProviderError.OutcomeUnknown({ message: "AWS answered without the new instance" })
  }
  const tags = Launch.tagsOf(plan, request)
  const whole: Answers.Instance = {
    InstanceType: offer.instanceType,
    ...instance,
    Tags: (instance.Tags ?? []).length > 0 ? instance.Tags : tags
  }
  const resource = toResource(offer.region, whole)
  if (resource === undefined) {
    return yield* new ProviderError.OutcomeUnknown({
      message: `${instance.InstanceId} carries another mark than asked for`
    })
  }
  const { SpotInstanceRequestId: spotRequest } = instance
  yield* store.notes.save(instance.InstanceId, {
    made: {
      mark,
      type: resource.instanceType ?? offer.instanceType,
      usdPerHour: pool.usdPerHour,
      tags: { ...resource.tags },
      at: yield* Clock.currentTimeMillis
    },
    ...(typeof spotRequest === "string" ? { spotRequest } : {})
  })
  return resource.state._tag === "Unknown" ? { ...resource, state: ResourceState.Starting } : resource
})

/**
 * Rents a machine, or answers with the one that the key has already.
 *
 * **Details**  zones are asked one after the other, each with a token of its own made from the key: the same request again
 * is the same machine. A pool without capacity is followed by the next one; a limit is named.
 * **Errors**   `OutcomeUnknown` when the answer to a launch was lost.
 *
 * @category commands
 * @since 0.1.0
 */
export const rent = Effect.fn("AwsRenting.rent")(function* (
  cloud: Cloud,
  request: CreateRequest
): Effect.fn.Return<Resource, Cause> {
  const { mark, offer } = request
  const { region } = offer
  const wrong = Launch.refusalOf(request) ?? mistakeIn(yield* cloud.regions.enabled, region)
  if (wrong !== undefined) return yield* Effect.fail(wrong)
  const shapes = yield* Catalogue.shapes(cloud, region)
  const shape = shapes.find(({ type }) => type === offer.instanceType)
  if (shape === undefined) return yield* Catalogue.noType(shapes, offer.instanceType)
  const found = yield* existing(cloud, request)
  const resource = found === undefined ? undefined : toResource(region, found)
  if (resource !== undefined) return resource

  const priced = yield* Catalogue.priced(cloud, region, () => [shape], request.market === "spot")
  const zones = priced.zones[shape.type] ?? []
  const places = yield* Network.places(cloud.aws, cloud.settings, { region, owner: mark.owner, zones })
  const pools = yield* poolsIn(cloud, request, priced, places)
  const last = yield* cloud.store.attempts.find(mark.key)
  const now = yield* Clock.currentTimeMillis
  const order = ranked(
    pools,
    ({ market, place }) => place.zone === last?.zone && market === last.market,
    (pool) => now - (cloud.cold.get(named(pool, shape.type)) ?? -Infinity) < coldFor
  )
  const prepared = yield* Launch.prepare(cloud, request, shape, priced.diskUsdPerGiBHour)
  return yield* firstOf(cloud, request, order, (pool) => attemptIn(cloud, request, pool, prepared))
})
