/**
 * Stopping and starting pods, and ending them.
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
import { failures, meaningOf } from "./Failures.ts"
import * as Looking from "./Looking.ts"
import { markOf, podIn, volumeGbOf } from "./Pods.ts"

/** How long a change of state is waited for, and how often it is looked for. */
const patience = "60 seconds"
const every = "3 seconds"

/** Whatever the status of a refusal: that there is none free is what it means. */
const meant = (cause: Cause): Cause => {
  if (cause._tag !== "Refused") return cause
  const meaning = meaningOf(cause.message)
  return meaning._tag === "OutOfCapacity" ? meaning : cause
}

const act = ({ client, roll }: Looking.Cloud, pod: string, action: "start" | "stop") =>
  client.call({ method: "POST", path: `/v2/pods/${pod}/action`, body: { action } }).pipe(
    Effect.flatMap(Answers.podOf),
    Effect.mapError((cause) => failures.once(meant(cause))),
    Effect.ensuring(roll.changed)
  )

const until = (cloud: Looking.Cloud, id: ResourceId, isDone: (resource: Resource) => boolean) =>
  Looking.get(cloud, id).pipe(
    Effect.repeat({ schedule: Schedule.spaced(every).pipe(Schedule.upTo({ duration: patience })), until: isDone })
  )

/** A start that another host's GPUs cannot help: the pod has its place where its volume is. */
const noGpus = (id: ResourceId) =>
  new ProviderError.OutOfCapacity({
    message: `${id} can only start where its volume is, and that host has no free GPU now; try again later, or rent another pod`
  })

/**
 * Starts a stopped pod, where its volume is. It may be that the host's GPUs are all taken.
 *
 * **Errors**  `OutOfCapacity` when the host has no GPU for it, also where RunPod starts it without any.
 *
 * @category commands
 * @since 0.1.0
 */
export const start = Effect.fn("RunPodPower.start")(function* (
  cloud: Looking.Cloud,
  id: ResourceId
): Effect.fn.Return<Resource, Cause> {
  const before = yield* Looking.get(cloud, id)
  const pod = podIn(id)
  if (before.state._tag !== "Stopped" || pod === undefined) return before
  const started = yield* act(cloud, pod, "start")
  if (started.gpu?.count === 0) {
    // It would cost what it cannot do.
    yield* act(cloud, pod, "stop")
    return yield* noGpus(id)
  }
  return yield* until(cloud, id, ({ state }) => state._tag !== "Stopped")
})

/**
 * Stops a pod: its GPUs are given back, its volume stays and costs twice as much, everything else on it is wiped.
 *
 * **Errors**  `UnsupportedCapability` for a pod that has no volume: nothing of it would stay.
 *
 * @category commands
 * @since 0.1.0
 */
export const stop = Effect.fn("RunPodPower.stop")(function* (
  cloud: Looking.Cloud,
  id: ResourceId
): Effect.fn.Return<Resource, Cause> {
  const before = yield* Looking.get(cloud, id)
  const pod = podIn(id)
  if (before.state._tag === "Stopped" || pod === undefined) return before
  if (volumeGbOf(before) === 0) {
    return yield* new ProviderError.UnsupportedCapability({
      message: `${id} has no volume of its own, and a stop would wipe all that is on it: end it instead`
    })
  }
  yield* act(cloud, pod, "stop")
  return yield* until(cloud, id, ({ state }) => state._tag === "Stopped" || state._tag === "Error")
})

/** An id is typed wrongly as easily as rightly: nothing is ended that runctl did not make. */
const refuseStranger = (cloud: Looking.Cloud, id: ResourceId, pod: string) =>
  Looking.podAt(cloud, pod).pipe(
    Effect.flatMap((found) =>
      markOf(found) === undefined
        ? Effect.fail(
            new ProviderError.Rejected({
              message: `${id} is no machine of runctl's: it carries no mark. End it in RunPod's own console`
            })
          )
        : Effect.void
    ),
    Effect.catchIf(isMissing, () => Effect.void)
  )

/**
 * Ends a pod, and with it its volume and all billing. One that is gone is ended; one that carries no mark of runctl's is
 * left alone.
 *
 * @category commands
 * @since 0.1.0
 */
export const terminate = Effect.fn("RunPodPower.terminate")(function* (
  cloud: Looking.Cloud,
  id: ResourceId
): Effect.fn.Return<void, Cause> {
  const pod = podIn(id)
  if (pod === undefined) return
  const { client, memory, roll } = cloud
  const remembered = yield* memory.find(pod)
  if (remembered === undefined) yield* refuseStranger(cloud, id, pod)
  const isGone = yield* client.call({ method: "DELETE", path: `/v2/pods/${pod}`, answer: "any" }).pipe(
    Effect.as(false),
    Effect.catchIf(isMissing, () => Effect.succeed(true)),
    Effect.ensuring(roll.changed)
  )
  if (!isGone) return yield* memory.save(pod, { ...remembered, endedAt: yield* Clock.currentTimeMillis })
  // One that does not show yet may still come: it is asked about, and ended, again.
  const mayCome = remembered?.made !== undefined && remembered.endedAt === undefined
  if (!mayCome) yield* memory.forget(pod)
})
