/**
 * Switching instances on and off, and ending them.
 *
 * @since 0.1.0
 */
import type { CloudApi } from "@runctl/core/CloudApi"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Cause, isMissing, pause, repeatable } from "./Failures.ts"
import { markOf, numberOf } from "./Instances.ts"
import * as Looking from "./Looking.ts"

/** How often an end is asked for that is put off because somebody asked too often. */
const mostTries = 4

const once = (api: CloudApi, instance: number) =>
  api.call({ method: "DELETE", path: `/api/v0/instances/${instance}/`, scope: "instance_write" }).pipe(
    Effect.as(true),
    Effect.catchIf(isMissing, () => Effect.succeed(false))
  )

/**
 * Destroys an instance; answers whether it was there. What is asked too often is asked again: an instance that was not
 * destroyed goes on costing.
 *
 * @source https://docs.vast.ai/api-reference/rate-limits-and-errors (read 2026-11-27)
 * @category commands
 * @since 0.1.0
 */
export const destroy = Effect.fnUntraced(function* (
  { api, settings }: Pick<Looking.Cloud, "api" | "settings">,
  instance: number
): Effect.fn.Return<boolean, Cause> {
  for (let left = mostTries; ; left -= 1) {
    const wait = yield* once(api, instance).pipe(
      Effect.map((wasThere): boolean | Duration.Duration => wasThere),
      Effect.catch((cause): Effect.Effect<Duration.Duration, Cause> => {
        const reason = repeatable(cause)
        return reason._tag === "RateLimited" && left > 1
          ? Effect.succeed(Duration.times(reason.retryAfter ?? pause, Math.min(1, settings.pace)))
          : Effect.fail(cause)
      })
    )
    if (typeof wait === "boolean") return wait
    yield* Effect.sleep(wait)
  }
})

const intend = Effect.fnUntraced(function* (
  cloud: Looking.Cloud,
  id: ResourceId,
  state: "running" | "stopped"
): Effect.fn.Return<Resource, Cause> {
  const instance = numberOf(id)
  if (instance === undefined) return yield* Looking.missing(id)
  const path = `/api/v0/instances/${instance}/`
  yield* cloud.api
    .call({ method: "PUT", path, body: { state }, scope: "instance_write" })
    .pipe(Effect.catchIf(isMissing, () => Effect.fail(Looking.missing(id))))
  const now = yield* Clock.currentTimeMillis
  yield* cloud.memory.note(instance, state === "running" ? { startedAt: now } : { stoppedAt: now })
  yield* cloud.crowd.changed
  return yield* Looking.get(cloud, id)
})

/** Switches on: it runs once its host has GPUs for it again, which may be never. @category commands @since 0.1.0 */
export const start = (cloud: Looking.Cloud, id: ResourceId): Effect.Effect<Resource, Cause> =>
  intend(cloud, id, "running")

/** Switches off; its disk goes on costing. @category commands @since 0.1.0 */
export const stop = (cloud: Looking.Cloud, id: ResourceId): Effect.Effect<Resource, Cause> =>
  intend(cloud, id, "stopped")

/** A number is typed wrongly as easily as rightly: nothing is ended that runctl did not make. */
const refuseStranger = Effect.fnUntraced(function* (cloud: Looking.Cloud, id: ResourceId, instance: number) {
  const row = yield* Looking.row(cloud, instance)
  if (row === undefined || markOf(row) !== undefined) return
  return yield* new ProviderError.Rejected({
    message: `${id} is no machine of runctl's: it carries no mark. End it in Vast.ai's own console`
  })
})

/**
 * Ends an instance, and with it all that it costs. One that is gone is ended; one that carries no mark of runctl's is left
 * alone.
 *
 * @category commands
 * @since 0.1.0
 */
export const terminate = Effect.fn("VastaiPower.terminate")(function* (
  cloud: Looking.Cloud,
  id: ResourceId
): Effect.fn.Return<void, Cause> {
  const instance = numberOf(id)
  if (instance === undefined) return
  const { memory } = cloud
  const remembered = yield* memory.find(instance)
  if (remembered?.made === undefined) yield* refuseStranger(cloud, id, instance)
  const wasThere = yield* destroy(cloud, instance)
  yield* cloud.crowd.changed
  if (wasThere) return yield* memory.note(instance, { endedAt: yield* Clock.currentTimeMillis })
  // One that does not show yet may still come: it is asked about, and ended, again.
  if (remembered?.made === undefined || remembered.endedAt !== undefined) yield* memory.forget(instance)
})
