/**
 * Switching machines on and off, and ending them.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Answers from "./Answers.ts"
import * as Calls from "./internal/calls.ts"
import type { Sources } from "./Catalogue.ts"
import { type Cause, hasCode, isMissing, once } from "./Failures.ts"
import { instanceIdOf, isSpot, markOf } from "./Instances.ts"
import * as Looking from "./Looking.ts"
import { appearing } from "./Store.ts"

/** A machine takes this long to stop, and another so long to begin to start. */
const patience = "2 minutes"
const every = "3 seconds"

/** A machine that was just made shows within seconds. */
const showing = Schedule.spaced("2 seconds").pipe(Schedule.upTo({ times: 10 }))

const stateOf = (instance: Answers.Instance | undefined): string => instance?.State?.Name ?? "gone"

const until = (
  sources: Sources,
  { instanceId, region }: { readonly region: string; readonly instanceId: string },
  isDone: (state: string) => boolean
) =>
  Looking.instance(sources, region, instanceId).pipe(
    Effect.repeat({
      schedule: Schedule.spaced(every).pipe(Schedule.upTo({ duration: patience })),
      until: (instance) => isDone(stateOf(instance))
    })
  )

const missing = (id: ResourceId) => new ProviderError.NotFound({ message: `there is no instance ${id}` })

const ours = Effect.fnUntraced(function* (sources: Sources, id: ResourceId) {
  const where = instanceIdOf(id)
  if (where === undefined) return yield* missing(id)
  const found = yield* Looking.instance(sources, where.region, where.instanceId)
  return found === undefined || markOf(found) === undefined ? yield* missing(id) : { ...where, found }
})

const noSpot = (found: Answers.Instance) =>
  isSpot(found)
    ? Effect.fail(
        new ProviderError.UnsupportedCapability({
          message: "a spot machine cannot be stopped and started: terminate it"
        })
      )
    : Effect.void

/**
 * Switches a machine on, and answers once it begins to start. One that is still stopping is waited for first: AWS refuses it.
 *
 * @category commands
 * @since 0.1.0
 */
export const start = Effect.fn("AwsPower.start")(function* (
  sources: Sources,
  id: ResourceId
): Effect.fn.Return<Resource, Cause> {
  const { found, instanceId, region } = yield* ours(sources, id)
  yield* noSpot(found)
  const state = stateOf(found)
  if (state === "stopping" || state === "stopped") {
    if (state === "stopping") yield* until(sources, { region, instanceId }, (each) => each !== "stopping")
    yield* Effect.mapError(sources.aws.call(region, Calls.startInstances({ InstanceIds: [instanceId] })), once)
    yield* until(sources, { region, instanceId }, (each) => each !== "stopped")
  }
  return yield* Looking.get(sources, id)
})

/**
 * Switches a machine off and keeps its disk, which goes on billing.
 *
 * @category commands
 * @since 0.1.0
 */
export const stop = Effect.fn("AwsPower.stop")(function* (
  sources: Sources,
  id: ResourceId
): Effect.fn.Return<Resource, Cause> {
  const { found, instanceId, region } = yield* ours(sources, id)
  yield* noSpot(found)
  if (!["stopping", "stopped"].includes(stateOf(found))) {
    yield* sources.aws.call(region, Calls.stopInstances({ InstanceIds: [instanceId] }))
    yield* until(sources, { region, instanceId }, (each) => !["pending", "running"].includes(each))
  }
  return yield* Looking.get(sources, id)
})

/** Ends the request behind a spot machine first: one that stays open may be filled again. */
const cancel = (sources: Sources, region: string, request: string | null | undefined): Effect.Effect<void, Cause> =>
  request === null || request === undefined || request === ""
    ? Effect.void
    : sources.aws.call(region, Calls.cancelSpotInstanceRequests({ SpotInstanceRequestIds: [request] })).pipe(
        Effect.asVoid,
        Effect.catchIf(
          (cause) =>
            isMissing(cause) ||
            (cause._tag === "Refused" && (cause.code ?? "").startsWith("InvalidSpotInstanceRequest")),
          () => Effect.void
        )
      )

/**
 * Ends a machine, and with it its billing; the request of a spot machine goes with it. One that is gone is ended; one that
 * carries no mark of runctl's is left alone.
 *
 * @category commands
 * @since 0.1.0
 */
export const terminate = Effect.fn("AwsPower.terminate")(function* (
  sources: Sources,
  id: ResourceId
): Effect.fn.Return<void, Cause> {
  const where = instanceIdOf(id)
  if (where === undefined) return
  const { instanceId, region } = where
  const { store } = sources
  const note = yield* store.notes.find(instanceId)
  const found = yield* Looking.instance(sources, region, instanceId)
  if (found !== undefined && markOf(found) === undefined && note?.made === undefined) {
    return yield* new ProviderError.Rejected({
      message: `${id} is no machine of runctl's: it carries no mark. End it in AWS's own console`
    })
  }
  if (found === undefined && note?.made === undefined) return
  yield* cancel(sources, region, found?.SpotInstanceRequestId ?? note?.spotRequest)
  const now = yield* Clock.currentTimeMillis
  // One that does not show yet is not gone: it comes, and bills.
  const mayCome = found === undefined && note?.endedAt === undefined && now - (note?.made?.at ?? 0) < appearing
  const isGone = yield* sources.aws.call(region, Calls.terminateInstances({ InstanceIds: [instanceId] })).pipe(
    Effect.as(false),
    Effect.retry({ schedule: showing, while: (cause) => mayCome && Looking.isAbsent(cause) }),
    Effect.catchIf(Looking.isAbsent, (cause) =>
      mayCome
        ? Effect.fail<Cause>(new ProviderError.Conflict({ message: `${id} does not show yet: ask again` }))
        : Effect.as(Effect.logDebug(`aws: ${id} is gone: ${cause._tag}`), true)
    ),
    // Its card was deleted with it by an earlier call.
    Effect.catchIf(
      (cause) => hasCode(cause, "InvalidNetworkInterfaceID.NotFound"),
      () => Effect.succeed(false)
    )
  )
  if (!isGone) yield* store.notes.save(instanceId, { ...note, endedAt: yield* Clock.currentTimeMillis })
})
