/**
 * Finding pods again.
 *
 * @since 0.1.0
 */
import type { CloudApi } from "@runctl/core/CloudApi"
import { type Cause, isMissing } from "@runctl/core/CloudFailure"
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Answers from "./Answers.ts"
import type { Catalogue } from "./Catalogue.ts"
import { isEnding, type Memory, type Remembered } from "./Memory.ts"
import { provider } from "./Offers.ts"
import { isKnownStatus, markOf, podIn, sshOf, type SshAddress, toResource } from "./Pods.ts"
import type { Roll } from "./Roll.ts"
import type { Settings } from "./Settings.ts"

/** What everything here takes. @category models @since 0.1.0 */
export interface Cloud {
  readonly client: CloudApi
  readonly catalogue: Catalogue
  readonly memory: Memory
  readonly roll: Roll
  readonly settings: Settings
}

/** For so long after it was made a pod may answer that it is not there. **Units**  milliseconds */
const appearing = 60_000

/** That there is no such pod. @category errors @since 0.1.0 */
export const missing = (id: ResourceId): ProviderError.NotFound =>
  new ProviderError.NotFound({ message: `there is no pod ${id}` })

/** Words of the API that nobody knows are told once each. */
const told = new Set<string>()

const tell = ({ status }: Answers.Pod): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (typeof status !== "string" || isKnownStatus(status) || told.has(status)) return Effect.void
    told.add(status)
    return Effect.logWarning(`runpod: a pod is in the state "${status.slice(0, 40)}", which is not known here`)
  })

/** What is known of a pod that does not show yet. */
const unseen = (
  pod: string,
  { at, instanceType, mark, region, usdPerHour }: NonNullable<Remembered["made"]>
): Resource => ({
  id: resourceId(provider, region, pod),
  name: Ownership.toName(mark),
  state: ResourceState.Starting,
  instanceType,
  launchTime: DateTime.makeUnsafe(at),
  costPerHour: UsdPerHour.make(usdPerHour),
  tags: Ownership.toTags(mark),
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

const described = Effect.fnUntraced(function* (pod: Answers.Pod, remembered: Remembered | undefined) {
  yield* tell(pod)
  const isGone = isEnding(remembered, yield* Clock.currentTimeMillis)
  return toResource(pod, {
    usdPerHour: remembered?.made?.usdPerHour,
    state: isGone ? ResourceState.Terminating : undefined
  })
})

/** A pod's own answer. @category queries @since 0.1.0 */
export const podAt = ({ client }: Cloud, pod: string): Effect.Effect<Answers.Pod, Cause> =>
  Effect.flatMap(client.call({ method: "GET", path: `/v2/pods/${pod}` }), Answers.podOf)

/** The pod by the list, and where the list lacks it by itself; nothing when it answers that it is not there. */
const shown = Effect.fnUntraced(function* (cloud: Cloud, pod: string) {
  const pods = yield* cloud.roll.recent
  const found = pods.get(pod) ?? (yield* Effect.catchIf(podAt(cloud, pod), isMissing, () => Effect.undefined))
  return found?.status === "TERMINATED" ? undefined : found
})

/**
 * The pod of an id.
 *
 * **Errors**  `NotFound` when it is gone, is nobody's of runctl, or was never there; not while it may still appear.
 *
 * @category queries
 * @since 0.1.0
 */
export const get = Effect.fnUntraced(function* (cloud: Cloud, id: ResourceId): Effect.fn.Return<Resource, Cause> {
  const pod = podIn(id)
  if (pod === undefined) return yield* missing(id)
  const found = yield* shown(cloud, pod)
  const remembered = yield* cloud.memory.find(pod)
  if (found !== undefined) return (yield* described(found, remembered)) ?? (yield* missing(id))
  const now = yield* Clock.currentTimeMillis
  const made = remembered?.endedAt === undefined ? remembered?.made : undefined
  if (made !== undefined && Math.abs(now - made.at) < appearing) return unseen(pod, made)
  yield* cloud.memory.forget(pod)
  return yield* missing(id)
})

/** Every pod with a mark of runctl's, whoever's. @category queries @since 0.1.0 */
export const list = Effect.fnUntraced(function* (cloud: Cloud): Effect.fn.Return<ReadonlyArray<Resource>, Cause> {
  const pods = yield* cloud.roll.fresh
  const ours = [...pods.values()].filter((pod) => pod.status !== "TERMINATED" && markOf(pod) !== undefined)
  const found = yield* Effect.forEach(ours, (pod) =>
    Effect.flatMap(cloud.memory.find(pod.id), (remembered) => described(pod, remembered))
  )
  return found.flatMap((resource) => (resource === undefined ? [] : [resource]))
})

/**
 * Where a pod is reached: looked up each time, since address and port are others after every start.
 *
 * **Errors**  `Conflict` while it is not known.
 *
 * @category queries
 * @since 0.1.0
 */
export const addressOf = Effect.fnUntraced(function* (
  cloud: Cloud,
  id: ResourceId
): Effect.fn.Return<SshAddress, Cause> {
  const pod = podIn(id)
  const found = pod === undefined ? undefined : yield* shown(cloud, pod)
  if (found === undefined) return yield* missing(id)
  const address = sshOf(found)
  return (
    address ??
    (yield* new ProviderError.Conflict({
      message: `${id} is ${(found.status ?? "in no known state").toLowerCase()} and has no public address and port for SSH yet`
    }))
  )
})

/** The pod that carries a mark; of several the one that was made first. @category queries @since 0.1.0 */
export const withMark = (pods: Iterable<Answers.Pod>, mark: Ownership.Mark): Answers.Pod | undefined =>
  [...pods]
    .filter((pod) => {
      const theirs = markOf(pod)
      return pod.status !== "TERMINATED" && theirs?.key === mark.key && theirs.owner === mark.owner
    })
    .toSorted((left, right) => ((left.createdAt ?? "") < (right.createdAt ?? "") ? -1 : 1))[0]
