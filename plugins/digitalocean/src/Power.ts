/**
 * Switching droplets on and off, and ending them.
 *
 * @since 0.1.0
 */
import { type Cause, isMissing } from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Answers from "./Answers.ts"
import { markOf, numberOf } from "./Droplets.ts"
import { failures, meaningOf } from "./Failures.ts"
import * as Looking from "./Looking.ts"
import type { Cloud } from "./Renting.ts"

/** What a system does not do in this time when it is asked to shut down, it may never do. */
const patience = "60 seconds"
const every = "5 seconds"

/** Asks for an event of a droplet. One that would change nothing is refused, and is no failure. */
const act = ({ client, crowd }: Cloud, droplet: number, type: "shutdown" | "power_off" | "power_on") =>
  client
    .call({
      method: "POST",
      path: `/v2/droplets/${droplet}/actions`,
      body: { type },
      scope: "droplet:update"
    })
    .pipe(
      Effect.asVoid,
      Effect.catchIf(
        (cause) =>
          cause._tag === "Refused" &&
          cause.status === 422 &&
          /already (powered|off|on)|is (off|on)\b/i.test(cause.message),
        () => Effect.void
      ),
      Effect.mapError(failures.once),
      // Whatever came of it: what was seen before is not known to be so any more.
      Effect.ensuring(crowd.changed(droplet))
    )

/** A droplet is on some seconds after it was told. */
const coming = "2 seconds"

/**
 * Switches a droplet on, and answers once it is, or after a minute. It costs as much on as off.
 *
 * @category commands
 * @since 0.1.0
 */
export const start = Effect.fn("DigitalOceanPower.start")(function* (
  cloud: Cloud,
  id: ResourceId
): Effect.fn.Return<Resource, Cause> {
  const before = yield* Looking.get(cloud, id)
  const droplet = numberOf(id)
  if (before.state._tag !== "Stopped" || droplet === undefined) return before
  yield* act(cloud, droplet, "power_on")
  return yield* Looking.get(cloud, id).pipe(
    Effect.repeat({
      schedule: Schedule.spaced(coming).pipe(Schedule.upTo({ duration: patience })),
      until: ({ state }) => state._tag !== "Stopped"
    })
  )
})

/**
 * Switches a droplet off: it is asked to shut down, and has its power taken after a minute when it does not.
 *
 * @category commands
 * @since 0.1.0
 */
export const stop = Effect.fn("DigitalOceanPower.stop")(function* (
  cloud: Cloud,
  id: ResourceId
): Effect.fn.Return<Resource, Cause> {
  const before = yield* Looking.get(cloud, id)
  const droplet = numberOf(id)
  if (before.state._tag === "Stopped" || droplet === undefined) return before
  yield* act(cloud, droplet, "shutdown")
  const after = yield* Looking.get(cloud, id).pipe(
    Effect.repeat({
      schedule: Schedule.spaced(every).pipe(Schedule.upTo({ duration: patience })),
      until: ({ state }) => state._tag !== "Running"
    })
  )
  if (after.state._tag !== "Running") return after
  yield* act(cloud, droplet, "power_off")
  return yield* Looking.get(cloud, id)
})

/**
 * Ends a droplet, and with it its billing. One that is gone is ended; one that carries no mark of runctl's is left alone.
 *
 * @category commands
 * @since 0.1.0
 */
export const terminate = Effect.fn("DigitalOceanPower.terminate")(function* (
  cloud: Cloud,
  id: ResourceId
): Effect.fn.Return<void, Cause> {
  const droplet = numberOf(id)
  if (droplet === undefined) return
  const { client, memory } = cloud
  const path = `/v2/droplets/${droplet}`
  const remembered = yield* memory.find(droplet)
  if (remembered === undefined) yield* refuseStranger(cloud, id, path)
  const isGone = yield* client.call({ method: "DELETE", path, scope: "droplet:delete" }).pipe(
    Effect.as(false),
    Effect.catchIf(isMissing, () => Effect.succeed(true)),
    Effect.mapError((cause) => (cause._tag === "Refused" && cause.status === 422 ? locked(cause.message) : cause))
  )
  if (!isGone) return yield* memory.save(droplet, { ...remembered, endedAt: yield* Clock.currentTimeMillis })
  // One that does not show yet may still come: it is asked about, and ended, again. One that has failed does not.
  const mayCome = remembered?.made !== undefined && remembered.endedAt === undefined
  if (!mayCome || (yield* Looking.hasFailed(cloud, remembered.made))) yield* memory.forget(droplet)
})

/** A droplet whose end is refused is busy with something else, unless the words say otherwise. */
const locked = (message: string): ProviderError.Reason => {
  const meaning = meaningOf(message)
  return meaning._tag === "Rejected" ? new ProviderError.Conflict({ message }) : meaning
}

/** A number is typed wrongly as easily as rightly: nothing is ended that runctl did not make. */
const refuseStranger = ({ client }: Cloud, id: ResourceId, path: string) =>
  client.call({ method: "GET", path, scope: "droplet:read" }).pipe(
    Effect.flatMap(Answers.oneDroplet),
    Effect.flatMap((droplet) =>
      markOf(droplet) === undefined
        ? Effect.fail(
            new ProviderError.Rejected({
              message: `${id} is no machine of runctl's: it carries no mark. End it in DigitalOcean's own console`
            })
          )
        : Effect.void
    ),
    Effect.catchIf(isMissing, () => Effect.void)
  )
