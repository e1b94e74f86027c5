/**
 * Ends what should not be there, and confirms that it is gone.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as Money from "@runctl/core/Money"
import { ProviderError, Unavailable } from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Budgets } from "./Budgets.ts"
import { Endings, gone } from "./Endings.ts"
import { event } from "./Event.ts"
import { streams } from "./Projections.ts"
import { patiently } from "./ProviderCalls.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"

/** How long something beside a machine may take to vanish from a listing. */
const patience = Duration.seconds(30)

/** What a machine has cost since it was made, by what it costs now. */
const costOf = ({ costPerHour, launchTime }: Resource, now: number): Money.NanoUsd =>
  launchTime === undefined
    ? Money.zero
    : Money.overSeconds(costPerHour, Math.max(0, now - DateTime.toEpochMillis(launchTime)) / 1000)

/** Whether a machine is there at this moment: a listing may be older. @category queries @since 0.1.0 */
export const isThere = (provider: AnyTrainingProvider, id: Resource["id"]): Effect.Effect<boolean, ProviderError> =>
  patiently(provider.getResource(id)).pipe(
    Effect.map(({ state }) => state._tag !== "Terminated"),
    Effect.catchReason("ProviderError", "NotFound", () => Effect.succeed(false))
  )

/** Ends a machine of ours that had been given up, or seen as gone. @category commands @since 0.1.0 */
export const endLate = Effect.fn("Removal.endLate")(function* (record: ResourceRecord, resource: Resource) {
  const records = yield* Records
  const { key } = record.mark
  yield* records.append(streams.resource(key), [event("InstanceLate", { resource })])
  yield* (yield* Budgets).reopen(record.scopes, key)
  yield* (yield* Endings).end(key, "us")
})

/**
 * Ends the second machine of a request that arrived twice. What it has cost is settled with the first one, or by itself
 * where that is gone already.
 *
 * @category commands
 * @since 0.1.0
 */
export const endSurplus = Effect.fn("Removal.endSurplus")(function* (record: ResourceRecord, resource: Resource) {
  const records = yield* Records
  const budgets = yield* Budgets
  const { provider } = yield* (yield* Providers).get(record.provider)
  const { key } = record.mark
  yield* patiently(provider.terminate(resource.id))
  yield* gone(provider, resource.id)
  const chargedNanoUsd = yield* Effect.map(Clock.currentTimeMillis, (now) => costOf(resource, now))
  yield* records.append(streams.resource(key), [event("SurplusEnded", { resource: resource.id, chargedNanoUsd })])
  const after = yield* records.resource(key)
  if (after?.phase !== "Gone") return
  yield* budgets.reopen(record.scopes, key)
  yield* budgets.settle(record.scopes, key, chargedNanoUsd)
})

/**
 * Ends a machine that no record of ours is about, because a person said so.
 *
 * @category commands
 * @since 0.1.0
 */
export const endOrphan = Effect.fn("Removal.endOrphan")(function* (name: string, resource: Resource) {
  const { provider } = yield* (yield* Providers).get(name)
  yield* patiently(provider.terminate(resource.id))
  yield* gone(provider, resource.id)
  yield* (yield* Records).append(streams.sweeper, [event("OrphanEnded", { resource: resource.id })])
})

/**
 * Removes something beside machines, and waits until it is listed no more.
 *
 * @category commands
 * @since 0.1.0
 */
export const removeCompanion = Effect.fn("Removal.removeCompanion")(function* (name: string, id: string) {
  const { provider } = yield* (yield* Providers).get(name)
  yield* patiently(provider.companions.remove(id))
  const still = new ProviderError({
    provider: name,
    operation: "companions",
    reason: new Unavailable({ message: `${id} was told to go and is still there` })
  })
  yield* patiently(provider.companions.list).pipe(
    Effect.flatMap((all) => (all.some((each) => each.id === id) ? Effect.fail(still) : Effect.void)),
    Effect.retry({
      schedule: Schedule.spaced(defaults.statusPollLast).pipe(Schedule.upTo({ duration: patience })),
      while: (error) => error === still
    })
  )
})
