/**
 * Where machines were seen a moment ago: whoever goes to one need not ask again what was answered just now.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * A provider whose answers are remembered.
 *
 * @category models
 * @since 0.1.0
 */
export interface Located {
  /** The same; every question is asked. */
  readonly provider: AnyTrainingProvider
  /**
   * A machine for whoever wants to reach it: as it was seen running in the last seconds, else as it is now. Never for
   * a judgement whether it is there: what has changed meanwhile shows when it is reached.
   */
  readonly locate: (id: ResourceId) => Effect.Effect<Resource, ProviderError>
}

interface Seen {
  readonly resource: Resource
  readonly at: number
}

const lasting = Duration.toMillis(defaults.statusPollLast)

/**
 * Remembers the machines that a provider shows.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (as: AnyTrainingProvider): Located => {
  const seen = new Map<ResourceId, Seen>()

  const forgetting = <A, E, R>(id: ResourceId, change: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const forget = Effect.sync(() => seen.delete(id))
    return forget.pipe(Effect.andThen(change), Effect.ensuring(forget))
  }

  const remember = (resource: Resource) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      if (resource.state._tag === "Running") seen.set(resource.id, { resource, at })
    })

  const getResource: AnyTrainingProvider["getResource"] = (id) =>
    Effect.suspend(() => {
      seen.delete(id)
      return Effect.tap(as.getResource(id), remember)
    })

  const locate: Located["locate"] = (id) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = seen.get(id)
      return known !== undefined && Math.abs(now - known.at) < lasting
        ? Effect.succeed(known.resource)
        : getResource(id)
    })

  const provider: AnyTrainingProvider = {
    ...as,
    getResource,
    startResource: (id) => forgetting(id, as.startResource(id)),
    stopResource: (id) => forgetting(id, as.stopResource(id)),
    terminate: (id) => forgetting(id, as.terminate(id))
  }
  return { provider, locate }
}
