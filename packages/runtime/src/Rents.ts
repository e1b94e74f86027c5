/**
 * Rents a machine: money reserved and intent on disk first, then the call, then its answer on disk.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { zero } from "@runctl/core/Money"
import type { Mark } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { RankedOffer } from "@runctl/core/Ranking"
import type { Resource } from "@runctl/core/Resource"
import type { RunId } from "@runctl/core/Run"
import type { AnyTrainingProvider, CreateRequest } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Budgets } from "./Budgets.ts"
import { event, type Payload } from "./Event.ts"
import { around, atWorst, reserveOf } from "./Exposure.ts"
import { Home } from "./Home.ts"
import type { JournalError } from "./JournalError.ts"
import { makeResourceKey } from "./Keys.ts"
import { choose, findOffers, type Limits, type Plan, type Rent } from "./Placement.ts"
import { streams } from "./Projections.ts"
import { patiently, toProblem } from "./ProviderCalls.ts"
import { isPriceMoved, movedSince, priceLimitOf, withBothPrices } from "./PriceMoved.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { BudgetRefused, HomeFailed, NoOfferFits } from "./RuntimeError.ts"

/**
 * What to rent, for whom, for how long at most.
 *
 * @category models
 * @since 0.1.0
 */
export interface RentRequest {
  readonly rent: Rent
  readonly limits: Limits
  readonly label: string | undefined
  readonly run: RunId | undefined
  /** Somebody is there to be asked: a price that has moved is a question to them, no reason to take another offer. */
  readonly asksAboutPrice?: boolean
}

/** How renting fails. @category errors @since 0.1.0 */
export type RentError = NoOfferFits | BudgetRefused | RegistryError | ProviderError | JournalError | HomeFailed

/** Reasons for which another offer may still do. */
const tryAnother: ReadonlySet<string> = new Set([
  "OutOfCapacity",
  "QuotaExceeded",
  "PriceTooLow",
  "UnsupportedCapability"
])

/** How many offers are tried before giving up. */
const mostOffers = 20

/** A cloud may show a new machine later than it makes it: nobody gives up a key before this. */
const shownWithin = "1 minute"

/** The machine with a key, as soon as its provider lists it; nothing when it does not in time. */
const sighted = (provider: AnyTrainingProvider, key: string) =>
  look(provider, key).pipe(
    Effect.repeat({
      schedule: Schedule.spaced(defaults.statusPollLast).pipe(Schedule.upTo({ duration: shownWithin })),
      until: (found) => found !== undefined
    }),
    // Looking changes nothing: whoever comes next looks again.
    Effect.interruptible
  )

const look = (provider: AnyTrainingProvider, key: string) =>
  Effect.map(patiently(provider.listResources), (all) => all.find((resource) => resource.key === key))

/**
 * Turns a wish for a machine into one, with its intent on disk before anything can cost money.
 *
 * @category services
 * @since 0.1.0
 */
export class Rents extends Context.Service<
  Rents,
  {
    /** What would be rented and why; changes nothing. */
    readonly plan: (rent: Rent, limits: Limits) => Effect.Effect<Plan, Exclude<RentError, ProviderError | HomeFailed>>
    /** Rents the best offer that can be had. Not interrupted between the intent and the answer. */
    readonly rent: (request: RentRequest) => Effect.Effect<ResourceRecord, RentError>
    /** Finds out what became of an intent whose answer was never recorded: adopts, asks again, or gives up. */
    readonly resolve: (
      record: ResourceRecord
    ) => Effect.Effect<ResourceRecord, RegistryError | ProviderError | JournalError>
  }
>()("@runctl/runtime/Rents") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Rents, never, Providers | Records | Budgets | Home> = Layer.effect(
    Rents,
    Effect.gen(function* () {
      const providers = yield* Providers
      const records = yield* Records
      const budgets = yield* Budgets
      const home = yield* Home

      const reload = (key: string): Effect.Effect<ResourceRecord, JournalError> =>
        Effect.flatMap(records.resource(key), (record) =>
          record === undefined ? Effect.die(new Error(`no record of machine ${key}`)) : Effect.succeed(record)
        )

      const provisioned = Effect.fnUntraced(function* (key: string, resource: Resource) {
        yield* records.append(streams.resource(key), [event("InstanceProvisioned", { resource })])
        return yield* reload(key)
      })

      const givenUp = Effect.fnUntraced(function* (
        record: Pick<ResourceRecord, "mark" | "scopes">,
        error: ProviderError
      ) {
        const { key } = record.mark
        yield* records.append(streams.resource(key), [event("InstanceFailed", { problem: toProblem(error) })])
        yield* budgets.settle(record.scopes, key, zero)
      })

      const resolve = Effect.fn("Rents.resolve")(function* (record: ResourceRecord) {
        const { provider } = yield* providers.get(record.provider)
        const { key } = record.mark
        // Where the cloud knows our key, asking again with the same key cannot make a second machine.
        const repeatable = provider.capabilities.idempotency === "token" || provider.capabilities.idempotency === "name"
        const found = yield* repeatable ? look(provider, key) : sighted(provider, key)
        if (found !== undefined) return yield* provisioned(key, found)
        if (!repeatable) {
          yield* records.append(streams.resource(key), [
            event("InstanceFailed", {
              problem: { code: "RUNCTL_E_OUTCOME_UNKNOWN", message: "the machine never appeared at its provider" }
            })
          ])
          yield* budgets.settle(record.scopes, key, zero)
          return yield* reload(key)
        }
        const resource = yield* patiently(provider.createResource(requestOf(record))).pipe(
          Effect.tapError((error) => (error.reason._tag === "OutcomeUnknown" ? Effect.void : givenUp(record, error)))
        )
        return yield* provisioned(key, resource)
      }, Effect.uninterruptible)

      const create = Effect.fn("Rents.create")(function* (
        provider: AnyTrainingProvider,
        request: RentRequest,
        ranked: RankedOffer
      ) {
        const { rent, limits, label, run } = request
        const mark: Mark = {
          owner: yield* home.owner,
          key: yield* makeResourceKey,
          deadlineEpochSeconds: Math.ceil(limits.deadlineAt / 1000)
        }
        const priceLimit = priceLimitOf(ranked, rent, limits.budgets)
        const scopes = limits.budgets.map(({ scope }) => scope)
        const open = around(ranked, limits, { endAction: provider.capabilities.endAction, diskGiB: rent.diskGiB })
        const worst = open === undefined ? undefined : atWorst(open, limits.deadlineAt, yield* Clock.currentTimeMillis)
        yield* budgets.reserve(limits.budgets, mark.key, worst)
        const intent: Payload<"InstanceRequested"> = {
          provider: provider.name,
          mark,
          offer: ranked.offer,
          market: ranked.market,
          scopes,
          ...reserveOf(limits.budgets, open, worst),
          ...(limits.project === undefined ? {} : { project: limits.project }),
          ...(label === undefined ? {} : { label }),
          ...(run === undefined ? {} : { run }),
          ...(ranked.usdPerHour === undefined ? {} : { usdPerHour: ranked.usdPerHour }),
          ...(priceLimit === undefined ? {} : { priceLimit }),
          ...(rent.diskGiB === undefined ? {} : { diskGiB: rent.diskGiB }),
          ...(rent.image === undefined ? {} : { image: rent.image })
        }
        yield* records
          .append(streams.resource(mark.key), [event("InstanceRequested", intent)], {
            expectedSeq: 0
          })
          .pipe(Effect.tapError(() => budgets.settle(scopes, mark.key, zero)))
        const record = yield* reload(mark.key)
        return yield* patiently(provider.createResource(requestOf(record))).pipe(
          Effect.mapError(withBothPrices(ranked.usdPerHour)),
          Effect.flatMap((resource) => provisioned(mark.key, resource)),
          Effect.catchTag("ProviderError", (error) =>
            error.reason._tag === "OutcomeUnknown"
              ? Effect.filterOrFail(
                  resolve(record),
                  ({ phase }) => phase !== "Failed",
                  () => error
                )
              : Effect.andThen(givenUp(record, error), Effect.fail(error))
          )
        )
      }, Effect.uninterruptible)

      const plan = Effect.fn("Rents.plan")(function* (rent: Rent, limits: Limits) {
        const found = yield* findOffers(rent.provider, rent.query).pipe(Effect.provideService(Providers, providers))
        const ledgers = yield* budgets.ledgers(limits.budgets)
        const chosen = choose(found, rent, limits, ledgers, yield* Clock.currentTimeMillis)
        return "chosen" in chosen ? chosen : yield* Effect.fail(chosen)
      })

      return Rents.of({
        plan,
        resolve,
        rent: Effect.fn("Rents.rent")(function* (request) {
          const { chosen, ranking } = yield* plan(request.rent, request.limits)
          const asks = request.asksAboutPrice === true
          const moved = asks ? movedSince(request.rent, chosen) : undefined
          if (moved !== undefined) return yield* moved
          const attempts = ranking.ranked
            .slice(0, mostOffers)
            .map((ranked) =>
              Effect.flatMap(providers.get(ranked.offer.provider), ({ provider }) => create(provider, request, ranked))
            )
          return yield* firstThatWorks(attempts, asks)
        })
      })
    })
  )
}

/** The request that an intent stands for: the same whenever it is made. */
const requestOf = (record: ResourceRecord): CreateRequest => ({
  mark: record.mark,
  offer: record.offer,
  market: record.market,
  label: record.label,
  diskGiB: record.diskGiB,
  image: record.image,
  bootstrap: { format: "none", content: "" },
  authorizedKey: undefined,
  priceLimit: record.priceLimit ?? record.usdPerHour
})

/** Goes on to the next offer when this one cannot be had for a reason of its own. */
const firstThatWorks = <A, E, R>(
  attempts: ReadonlyArray<Effect.Effect<A, E | ProviderError, R>>,
  asksAboutPrice: boolean
): Effect.Effect<A, E | ProviderError, R> =>
  attempts.reduceRight((next, attempt) =>
    Effect.catch(attempt, (error) =>
      isAboutThisOffer(error) && !(asksAboutPrice && isPriceMoved(error)) ? next : Effect.fail(error)
    )
  )

/** Whether another offer may still do after this failure. @category predicates @since 0.1.0 */
export const isAboutThisOffer = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "ProviderError" &&
  "reason" in error &&
  typeof error.reason === "object" &&
  error.reason !== null &&
  "_tag" in error.reason &&
  typeof error.reason._tag === "string" &&
  tryAnother.has(error.reason._tag)
