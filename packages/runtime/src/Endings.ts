/**
 * Ends machines, and believes only the provider that they are gone.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { remaining, zero } from "@runctl/core/Money"
import { ResourceKey } from "@runctl/core/Ownership"
import { ProviderError, Unavailable } from "@runctl/core/ProviderError"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { EndedBy, ResourceId } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { Budgets } from "./Budgets.ts"
import { event } from "./Event.ts"
import * as Holding from "./Holding.ts"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import { streams } from "./Projections.ts"
import { patiently } from "./ProviderCalls.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import { Rents } from "./Rents.ts"
import { accrued } from "./ResourceProjection.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { isHeld } from "./Waiting.ts"

/** How ending a machine fails; its intent stays recorded, so that whoever comes next goes on. @category errors @since 0.1.0 */
export type EndError = RegistryError | ProviderError | JournalError

/** How long one call waits for the provider to say "gone" before it leaves the rest to the supervisor. */
const patience = Duration.minutes(5)

/** From the first poll's interval, doubling, to the last one's. */
const polling = Schedule.min([
  Schedule.exponential(defaults.statusPollFirst, 1.5),
  Schedule.spaced(defaults.statusPollLast)
])

/**
 * Ends machines, and waits until their providers say that they are gone.
 *
 * @category services
 * @since 0.1.0
 */
export class Endings extends Context.Service<
  Endings,
  {
    /**
     * Ends a machine and waits until its provider says that it is gone. Safe to repeat; `by` counts the first time.
     */
    readonly end: (key: string, by: EndedBy) => Effect.Effect<ResourceRecord, EndError>
  }
>()("@runctl/runtime/Endings") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Endings, never, Providers | Records | Budgets | Rents | Journal> = Layer.effect(
    Endings,
    Effect.gen(function* () {
      const providers = yield* Providers
      const records = yield* Records
      const budgets = yield* Budgets
      const rents = yield* Rents
      const journal = yield* Journal

      const load = (key: string): Effect.Effect<ResourceRecord, JournalError> =>
        Effect.flatMap(records.resource(key), (record) =>
          record === undefined ? Effect.die(new Error(`no record of machine ${key}`)) : Effect.succeed(record)
        )

      /** An intent without an answer is looked up first: what never existed needs no end. */
      const known = (record: ResourceRecord): Effect.Effect<ResourceRecord, EndError> =>
        record.resource === undefined && (record.phase === "Intended" || record.phase === "Ending")
          ? rents.resolve(record)
          : Effect.succeed(record)

      /** Whether its own clock was faster than we are: it is gone, and its time was over. */
      const endedItself = Effect.fnUntraced(function* ({ deadlineAt, provider: name, resource }: ResourceRecord) {
        if (resource === undefined || (yield* Clock.currentTimeMillis) < deadlineAt) return undefined
        const { provider } = yield* providers.get(name)
        const found = yield* Effect.result(patiently(provider.getResource(resource.id)))
        const isGone = Result.isFailure(found)
          ? found.failure.reason._tag === "NotFound"
          : found.success.state._tag === "Terminated"
        if (!isGone) return undefined
        const by: EndedBy = Result.isSuccess(found) ? (found.success.endedBy ?? "deadline") : "deadline"
        return by
      })

      const settled = Effect.fnUntraced(function* (record: ResourceRecord, endedBy: EndedBy) {
        const { key } = record.mark
        const charged = accrued(record, yield* Clock.currentTimeMillis) ?? zero
        // The money first: what is recorded as gone is not looked at again. What was settled before counts once.
        yield* budgets.settle(record.scopes, key, remaining(charged, record.chargedNanoUsd ?? zero))
        yield* records.append(streams.resource(key), [event("InstanceDestroyed", { endedBy, chargedNanoUsd: charged })])
        return yield* load(key)
      })

      const end = Effect.fnUntraced(function* (key: string, by: EndedBy) {
        const before = yield* load(key)
        if (!isHeld(before)) {
          yield* budgets.settle(before.scopes, before.mark.key, before.chargedNanoUsd ?? zero)
          return before
        }
        const why = before.endingBy ?? (yield* endedItself(before)) ?? by
        if (before.phase !== "Ending") {
          yield* records.append(streams.resource(key), [event("ShutdownRequested", { by: why })])
        }
        const record = yield* known(yield* load(key))
        if (record.phase === "Failed" || record.resource === undefined) return yield* load(key)
        const { provider } = yield* providers.get(record.provider)
        yield* shown(provider, record, record.resource.id)
        yield* patiently(provider.terminate(record.resource.id))
        yield* gone(provider, record.resource.id)
        return yield* settled(record, why)
      })

      return Endings.of({
        end: Effect.fn("Endings.end")((key, by) =>
          Holding.alone(Holding.ending(ResourceKey.make(key)), () => end(key, by)).pipe(
            Effect.provideService(Journal, journal)
          )
        )
      })
    })
  )
}

/** A machine that was just made may not be shown yet, and a cloud that does not show it may not end it either. */
const shown = Effect.fnUntraced(function* (provider: AnyTrainingProvider, record: ResourceRecord, id: ResourceId) {
  const until = (record.provisionedAt ?? record.requestedAt) + Duration.toMillis(defaults.shownWithin)
  const left = until - (yield* Clock.currentTimeMillis)
  // Where names tell machines apart, a machine is there as soon as it has one.
  if (provider.capabilities.idempotency === "name" || left <= 0) return
  yield* patiently(provider.getResource(id)).pipe(
    Effect.retry({ schedule: polling, while: ({ reason }) => reason._tag === "NotFound" }),
    Effect.timeoutOption(left),
    Effect.ignore
  )
})

/** Polls until the provider does not know the machine any more, or says that it has ended. @category queries @since 0.1.0 */
export const gone = (provider: AnyTrainingProvider, id: ResourceId): Effect.Effect<void, ProviderError> => {
  const still = new ProviderError({
    provider: provider.name,
    operation: "terminate",
    reason: new Unavailable({ message: `${id} was told to end and is still there` })
  })
  return patiently(provider.getResource(id)).pipe(
    Effect.map(({ state }) => state._tag === "Terminated"),
    Effect.catchTag("ProviderError", (error) =>
      error.reason._tag === "NotFound" ? Effect.succeed(true) : Effect.fail(error)
    ),
    Effect.flatMap((ended) => (ended ? Effect.void : Effect.fail(still))),
    Effect.retry({ schedule: polling, while: (error) => error === still }),
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(still) })
  )
}
