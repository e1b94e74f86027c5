/**
 * Rents a machine: money reserved and intent on disk first, then the call, then its answer on disk.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { zero } from "@runctl/core/Money"
import type { Mark, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { RankedOffer } from "@runctl/core/Ranking"
import type { Resource } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { requestOf, toldTo } from "./BootRequest.ts"
import { Budgets } from "./Budgets.ts"
import { event, type Payload, type Problem } from "./Event.ts"
import { around, atWorst, quoteOf, reserveOf } from "./Exposure.ts"
import * as Holding from "./Holding.ts"
import { Home } from "./Home.ts"
import { HostKeys } from "./HostKeys.ts"
import { Journal, type Lease } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import { about, afterLosses } from "./NextOffer.ts"
import { choose, deadlineWithin, findOffers, type Limits, type Plan, type Rent } from "./Placement.ts"
import { streams } from "./Projections.ts"
import { findOurs } from "./Proof.ts"
import { patiently, toProblem } from "./ProviderCalls.ts"
import { movedSince, priceLimitOf, withBothPrices } from "./PriceMoved.ts"
import { Providers } from "./Providers.ts"
import type { RentError, RentRequest } from "./RentRequest.ts"
import { CurrentFence, Records } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { HomeFailed } from "./RuntimeError.ts"
import { firstThatWorks } from "./Trying.ts"
import { isHeld } from "./Waiting.ts"

/** What to rent, and how renting fails. @category models @since 0.1.0 */
export type { RentError, RentRequest } from "./RentRequest.ts"

/** Why an intent is given up whose answer was lost. */
const neverAppeared: Problem = {
  code: "RUNCTL_E_OUTCOME_UNKNOWN",
  message: "the machine never appeared at its provider"
}

/**
 * The machine of an intent, as soon as its provider lists it; nothing when it does not in time: a cloud may show a new
 * machine later than it makes it.
 */
const sighted = (provider: AnyTrainingProvider, record: ResourceRecord) =>
  look(provider, record).pipe(
    Effect.repeat({
      schedule: Schedule.spaced(defaults.statusPollLast).pipe(Schedule.upTo({ duration: defaults.shownWithin })),
      until: (found) => found !== undefined
    }),
    // Looking changes nothing: whoever comes next looks again.
    Effect.interruptible
  )

const look = (provider: AnyTrainingProvider, record: ResourceRecord) =>
  Effect.map(patiently(provider.listResources), (all) => findOurs(record, all))

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
    readonly plan: (rent: Rent, limits: Limits) => Effect.Effect<Plan, Exclude<RentError, HomeFailed>>
    /** Rents the best offer that can be had. Not interrupted between the intent and the answer. */
    readonly rent: (request: RentRequest) => Effect.Effect<ResourceRecord, RentError>
    /** Finds out what became of an intent whose answer was never recorded: adopts, asks again, or gives up. */
    readonly resolve: (
      record: ResourceRecord
    ) => Effect.Effect<ResourceRecord, RegistryError | ProviderError | JournalError>
  }
>()("@runctl/runtime/Rents") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Rents, never, Providers | Records | Budgets | Home | HostKeys | Journal> =
    Layer.effect(
      Rents,
      Effect.gen(function* () {
        const providers = yield* Providers
        const records = yield* Records
        const budgets = yield* Budgets
        const home = yield* Home
        const journal = yield* Journal
        const hostKeys = yield* HostKeys

        const reload = (key: string): Effect.Effect<ResourceRecord, JournalError> =>
          Effect.flatMap(records.resource(key), (record) =>
            record === undefined ? Effect.die(new Error(`no record of machine ${key}`)) : Effect.succeed(record)
          )

        /** The machine is there although others have given it up: they are told, and it is ended. */
        const late = Effect.fnUntraced(
          function* (record: ResourceRecord, resource: Resource) {
            const { key } = record.mark
            yield* records.append(streams.resource(key), [event("InstanceLate", { resource })])
            yield* budgets.reopen(record.scopes, key)
          },
          Effect.provideService(CurrentFence, undefined)
        )

        /** Somebody took over while we were frozen. What they found counts; a machine that they did not find must end. */
        const overtaken = Effect.fnUntraced(function* (resource: Resource, error: JournalError) {
          const record = yield* reload(resource.key)
          if (record.phase === "Held" && record.resource?.id === resource.id) return record
          if (!isHeld(record)) yield* late(record, resource)
          return yield* error
        })

        const provisioned = Effect.fnUntraced(function* (key: string, resource: Resource) {
          return yield* records.append(streams.resource(key), [event("InstanceProvisioned", { resource })]).pipe(
            Effect.andThen(reload(key)),
            Effect.catchReason("JournalError", "Fenced", (_, error) => overtaken(resource, error))
          )
        })

        const givenUp = Effect.fnUntraced(function* (
          record: Pick<ResourceRecord, "mark" | "scopes">,
          problem: Problem
        ) {
          const { key } = record.mark
          yield* records.append(streams.resource(key), [event("InstanceFailed", { problem })])
          yield* budgets.settle(record.scopes, key, zero)
        })

        /** Sends the request unless somebody has taken over: no lease fences a cloud, but one that is lost stops us here. */
        const ask = Effect.fnUntraced(function* (provider: AnyTrainingProvider, record: ResourceRecord, lease: Lease) {
          const request = yield* requestOf(provider, record, hostKeys)
          const asked = Effect.map(provider.createResource(request), Result.succeed)
          const askedIfHeld = Effect.flatMap(
            Effect.result(journal.renew(lease)),
            (held): Effect.Effect<Result.Result<Resource, JournalError>, ProviderError> =>
              Result.isFailure(held) ? Effect.succeed(Result.fail(held.failure)) : asked
          )
          return yield* Effect.fromResult(yield* patiently(askedIfHeld))
        })

        /** What became of an intent that nobody else is at: adopts, asks again where that is the same, or gives up. */
        const settled = Effect.fnUntraced(function* (record: ResourceRecord, lease: Lease) {
          const { provider } = yield* providers.get(record.provider)
          const { key } = record.mark
          // Where the cloud knows our key, asking again with the same key cannot make a second machine.
          const { idempotency } = provider.capabilities
          const isKnown = idempotency === "token" || idempotency === "name"
          const knownBy = isKnown && record.phase === "Intended" ? idempotency : undefined
          const found = yield* knownBy === undefined ? sighted(provider, record) : look(provider, record)
          if (found !== undefined) return yield* provisioned(key, found)
          if (knownBy === undefined) {
            yield* givenUp(record, neverAppeared)
            return yield* reload(key)
          }
          yield* records.append(streams.resource(key), [event("InstanceAskedAgain", { knownBy })])
          const resource = yield* ask(provider, record, lease).pipe(
            Effect.tapError((error) =>
              error._tag === "ProviderError" && error.reason._tag !== "OutcomeUnknown"
                ? givenUp(record, toProblem(error))
                : Effect.void
            )
          )
          return yield* provisioned(key, resource)
        })

        const resolve = Effect.fn("Rents.resolve")(({ mark: { key } }: ResourceRecord) =>
          Holding.alone(Holding.renting(key), (lease) =>
            Effect.flatMap(reload(key), (record) =>
              record.resource === undefined && (record.phase === "Intended" || record.phase === "Ending")
                ? settled(record, lease)
                : Effect.succeed(record)
            ).pipe(Effect.uninterruptible)
          ).pipe(Effect.provideService(Journal, journal))
        )

        /** Writes down what we are about to ask for, and the money it may cost; then, and only then, asks. */
        const intendAndAsk = Effect.fnUntraced(function* (
          provider: AnyTrainingProvider,
          { label, limits, rent, run }: RentRequest,
          ranked: RankedOffer,
          { key, lease }: { readonly key: ResourceKey; readonly lease: Lease }
        ) {
          const scopes = limits.budgets.map(({ scope }) => scope)
          const priceLimit = priceLimitOf(ranked, rent, limits.budgets)
          const open = around(ranked, limits, { endAction: provider.capabilities.endAction, diskGiB: rent.diskGiB })
          const now = yield* Clock.currentTimeMillis
          const deadlineAt = deadlineWithin(limits, open, yield* budgets.ledgers(limits.budgets), now)
          const mark: Mark = { owner: yield* home.owner, key, deadlineEpochSeconds: Math.ceil(deadlineAt / 1000) }
          const worst = open === undefined ? undefined : atWorst(open, deadlineAt, now)
          yield* budgets.reserve(limits.budgets, key, worst)
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
            ...quoteOf(ranked),
            ...(rent.diskGiB === undefined ? {} : { diskGiB: rent.diskGiB }),
            ...(rent.image === undefined ? {} : { image: rent.image }),
            ...toldTo(provider)
          }
          yield* records
            .append(streams.resource(key), [event("InstanceRequested", intent)], {
              expectedSeq: 0
            })
            .pipe(Effect.tapError(() => budgets.settle(scopes, key, zero)))
          const record = yield* reload(key)
          return yield* ask(provider, record, lease).pipe(
            Effect.mapError((error) =>
              error._tag === "ProviderError" ? withBothPrices(ranked.usdPerHour)(error) : error
            ),
            Effect.flatMap((resource) => provisioned(key, resource)),
            Effect.catchTag("ProviderError", (error) =>
              about(error) === "all"
                ? Effect.filterOrFail(
                    settled(record, lease),
                    ({ phase }) => phase !== "Failed",
                    () => error
                  )
                : Effect.andThen(givenUp(record, toProblem(error)), Effect.fail(error))
            )
          )
        })

        const create = Effect.fn("Rents.create")(function* (
          request: RentRequest,
          ranked: RankedOffer,
          key: ResourceKey
        ) {
          const { provider } = yield* providers.get(ranked.offer.provider)
          return yield* Holding.alone(Holding.renting(key), (lease) =>
            Effect.uninterruptible(intendAndAsk(provider, request, ranked, { key, lease }))
          ).pipe(Effect.provideService(Journal, journal))
        })

        const plan = Effect.fn("Rents.plan")(function* (rent: Rent, limits: Limits) {
          const found = yield* findOffers(rent).pipe(Effect.provideService(Providers, providers))
          const ledgers = yield* budgets.ledgers(limits.budgets)
          const chosen = choose(found, rent, limits, ledgers, yield* Clock.currentTimeMillis)
          return "chosen" in chosen ? chosen : yield* Effect.fail(chosen)
        })

        return Rents.of({
          plan,
          resolve,
          rent: Effect.fn("Rents.rent")(function* (request) {
            const { chosen, failures, ranking } = yield* plan(request.rent, request.limits)
            yield* request.tellFailures?.(failures) ?? Effect.void
            const asks = request.asksAboutPrice === true
            const moved = asks ? movedSince(request.rent, chosen) : undefined
            if (moved !== undefined) return yield* moved
            return yield* firstThatWorks<ResourceRecord, RentError, never>({
              ranked: afterLosses(ranking.ranked, request.losses ?? []),
              asksAboutPrice: asks,
              attempt: (ranked, key) => create(request, ranked, key),
              isNothing: (key) =>
                Effect.map(records.resource(key), (record) => record === undefined || record.phase === "Failed"),
              tell: request.tell ?? (() => Effect.void)
            })
          })
        })
      })
    )
}
