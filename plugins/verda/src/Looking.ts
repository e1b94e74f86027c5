/**
 * Finding instances again.
 *
 * @since 0.1.0
 */
import type { CloudApi as Client } from "@runctl/core/CloudApi"
import type { Cause } from "@runctl/core/CloudFailure"
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { PreemptionEvidence } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Answers from "./Answers.ts"
import * as Catalogue from "./Catalogue.ts"
import type { Cloud } from "./Cloud.ts"
import { isGone } from "./Failures.ts"
import {
  diskTag,
  isKnownStatus,
  markOf,
  nativeOf,
  provider,
  stateOf,
  tagsFor,
  tagsOf,
  toResource
} from "./Instances.ts"
import { isEnding, type Remembered } from "./Memory.ts"

/** For so long after it was made an instance may answer that it is not there. **Units**  milliseconds */
const appearing = 60_000

/**
 * For so long an instance has run when its script is removed: it runs before the script does.
 *
 * **Units**  milliseconds
 *
 * @category constants
 * @since 0.1.0
 */
export const scriptStays: number = 5 * 60_000

const missing = (id: ResourceId) => new ProviderError.NotFound({ message: `there is no instance ${id}` })

/** What is known of an instance that does not show yet. */
const unseen = (native: string, { at, diskGiB, mark, region, type, usdPerHour }: Remembered): Resource => ({
  id: resourceId(provider, region, native),
  name: Ownership.toName(mark),
  state: ResourceState.Starting,
  instanceType: type,
  launchTime: DateTime.makeUnsafe(at),
  costPerHour: UsdPerHour.make(usdPerHour),
  tags: Object.fromEntries(tagsFor(mark, diskGiB).map(({ key, value }) => [key, value ?? ""])),
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

/** Words of the API that nobody knows are told once each. */
const told = new Set<string>()

const tell = ({ status }: Answers.Instance): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (typeof status !== "string" || isKnownStatus(status) || told.has(status)) return Effect.void
    told.add(status)
    return Effect.logWarning(`verda: an instance is in the state "${status.slice(0, 40)}", which is not known here`)
  })

/** The newest events of an instance; nothing where they cannot be read: that part of the API is a beta. */
const eventsOf = ({ client }: Cloud, native: string): Effect.Effect<ReadonlyArray<Answers.Event> | undefined> =>
  client.call({ method: "GET", path: `/v1/journal/compute/${native}`, query: { pageSize: "50" } }).pipe(
    Effect.flatMap(Answers.rowsOf("events")),
    Effect.flatMap(Answers.readable(Answers.Event, "an event")),
    Effect.map((all) => all.toSorted((left, right) => (right.timestamp ?? "").localeCompare(left.timestamp ?? ""))),
    Effect.orElseSucceed(() => undefined)
  )

/** What the disk of an instance costs, as far as it was made with it. */
const diskOf = (instance: Answers.Instance, usdPerGiBMonth: number): number => {
  const gib = Number(tagsOf(instance)[diskTag] ?? Catalogue.usualDiskGiB)
  return Catalogue.diskUsdPerHour(Number.isFinite(gib) && gib > 0 ? gib : Catalogue.usualDiskGiB, usdPerGiBMonth)
}

/**
 * What an instance costs: what was agreed, else what its type costs now, else what it says itself, of which nobody knows
 * whether it is for one GPU or for all.
 */
const costOf = Effect.fnUntraced(function* (
  { catalogue }: Cloud,
  instance: Answers.Instance,
  remembered: Remembered | undefined
) {
  if (remembered !== undefined) return remembered.usdPerHour
  const found = yield* Effect.orElseSucceed(catalogue.shown, () => undefined)
  const type = found?.types.find(({ instance_type: name }) => name === instance.instance_type)
  const market = instance.is_spot === true ? "spot" : "on-demand"
  const price = type === undefined ? undefined : Catalogue.priceOf(type, market)
  const disk = diskOf(instance, found?.diskUsdPerGiBMonth ?? Catalogue.usualDiskUsdPerGiBMonth)
  return (price ?? instance.price_per_hour ?? 0) + disk
})

const evidenceIn = (events: ReadonlyArray<Answers.Event> | undefined): PreemptionEvidence => {
  const end = events?.find(({ action_code: action }) => action === "delete")
  if (end === undefined) return { preempted: "unknown", message: "Verda's journal says nothing of its end" }
  const { actor_id: actor, properties } = end
  const reason = properties?.delete_reason ?? ""
  const isTheirs = typeof actor !== "string" || reason.startsWith("evicted")
  return isTheirs
    ? { preempted: "yes", message: `Verda took it back${reason === "" ? "" : ` (${reason})`}` }
    : { preempted: "no", message: "somebody with access to the project deleted it" }
}

/**
 * Why an instance ended, as Verda's journal has it.
 *
 * @category queries
 * @since 0.1.0
 */
export const evidence = Effect.fnUntraced(function* (
  cloud: Cloud,
  { id, state }: Resource
): Effect.fn.Return<PreemptionEvidence, Cause> {
  const native = nativeOf(id)
  if (native === undefined || state._tag === "Running" || state._tag === "Starting") {
    return { preempted: "no", message: "it has not ended" }
  }
  const remembered = yield* cloud.memory.instances.find(native)
  if (remembered?.endedAt !== undefined) return { preempted: "no", message: "it was ended from here" }
  return evidenceIn(yield* eventsOf(cloud, native))
})

/** The state that nobody but us knows of, or that the journal explains. */
const explained = Effect.fnUntraced(function* (
  cloud: Cloud,
  instance: Answers.Instance,
  remembered: Remembered | undefined
) {
  const state = stateOf(instance)
  if (state._tag === "Terminated") {
    if (remembered?.endedAt !== undefined) return { state, endedBy: "us" } as const
    if (instance.is_spot !== true) return { state }
    const { preempted } = evidenceIn(yield* eventsOf(cloud, instance.id))
    return preempted === "yes" ? ({ state, endedBy: "preempted" } as const) : { state }
  }
  if (isEnding(remembered, yield* Clock.currentTimeMillis)) return { state: ResourceState.Terminating }
  if (state._tag !== "Error" || instance.status !== "error") return { state }
  const said = (yield* eventsOf(cloud, instance.id))?.find(({ error_message: message }) => (message ?? "") !== "")
  return { state: ResourceState.failed(said?.error_message ?? state.message) }
})

/** The script has done its work some minutes after its instance runs; until then it may still be fetched. */
const tidied = Effect.fnUntraced(function* (
  { beside, memory }: Cloud,
  { id, status }: Answers.Instance,
  remembered: Remembered | undefined
) {
  if (status !== "running" || remembered?.script === undefined) return
  const now = yield* Clock.currentTimeMillis
  const { runningAt = now, script, ...rest } = remembered
  if (now - runningAt < scriptStays) {
    if (remembered.runningAt === undefined) yield* memory.instances.save(id, { ...remembered, runningAt })
    return
  }
  yield* beside.removeScript(script).pipe(
    Effect.andThen(memory.instances.save(id, { ...rest, runningAt })),
    // It is tried again with the next look, and when the machine ends.
    Effect.catch(() => Effect.void)
  )
})

const described = Effect.fnUntraced(function* (cloud: Cloud, instance: Answers.Instance) {
  yield* tell(instance)
  const remembered = yield* cloud.memory.instances.find(instance.id)
  yield* tidied(cloud, instance, remembered)
  const usdPerHour = yield* costOf(cloud, instance, remembered)
  return toResource(instance, { usdPerHour, ...(yield* explained(cloud, instance, remembered)) })
})

/** What the API says of one instance; nothing when it has none. @category queries @since 0.1.0 */
export const ask = (client: Client, native: string): Effect.Effect<Answers.Instance | undefined, Cause> =>
  client.call({ method: "GET", path: `/v1/instances/${native}` }).pipe(
    Effect.flatMap(Answers.instanceOf),
    Effect.catchIf(isGone, () => Effect.undefined)
  )

/**
 * The instance of an id. One that is over is still told of, as `Terminated`.
 *
 * **Errors**  `NotFound` when it is nobody's of runctl, or was never there; not while it may still appear.
 *
 * @category queries
 * @since 0.1.0
 */
export const get = Effect.fnUntraced(function* (cloud: Cloud, id: ResourceId): Effect.fn.Return<Resource, Cause> {
  const native = nativeOf(id)
  if (native === undefined) return yield* missing(id)
  const instance = (yield* cloud.watch.find(native)) ?? (yield* ask(cloud.client, native))
  if (instance !== undefined) return (yield* described(cloud, instance)) ?? (yield* missing(id))
  const remembered = yield* cloud.memory.instances.find(native)
  const isYoung = remembered !== undefined && Math.abs((yield* Clock.currentTimeMillis) - remembered.at) < appearing
  return isYoung && remembered.endedAt === undefined ? unseen(native, remembered) : yield* missing(id)
})

/** Every instance that lives; the list has no pages. @category queries @since 0.1.0 */
export const all = (client: Client): Effect.Effect<ReadonlyArray<Answers.Instance>, Cause> =>
  client.call({ method: "GET", path: "/v1/instances" }).pipe(
    Effect.flatMap(Answers.rowsOf("instances")),
    Effect.flatMap((rows) => Effect.forEach(rows, Answers.instanceOf))
  )

/**
 * Every instance with a mark of runctl's, whoever's.
 *
 * @category queries
 * @since 0.1.0
 */
export const list = Effect.fnUntraced(function* (cloud: Cloud): Effect.fn.Return<ReadonlyArray<Resource>, Cause> {
  const ours = (yield* all(cloud.client)).filter((instance) => markOf(instance) !== undefined)
  const found = yield* Effect.forEach(ours, (instance) => described(cloud, instance))
  return found.flatMap((resource) => (resource === undefined ? [] : [resource]))
})

/**
 * What is charged per hour: the machine, switched on or off, and its disk.
 *
 * @category queries
 * @since 0.1.0
 */
export const charges = Effect.fnUntraced(function* ({ catalogue }: Cloud, { costPerHour, tags }: Resource) {
  const found = yield* Effect.orElseSucceed(catalogue.shown, () => undefined)
  const gib = Number(tags[diskTag] ?? Catalogue.usualDiskGiB)
  const month = found?.diskUsdPerGiBMonth ?? Catalogue.usualDiskUsdPerGiBMonth
  const disk = Math.min(costPerHour, Catalogue.diskUsdPerHour(Number.isFinite(gib) ? gib : 0, month))
  return { compute: UsdPerHour.make(costPerHour - disk), disk: UsdPerHour.make(disk) }
})
