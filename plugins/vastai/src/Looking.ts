/**
 * Finding instances again.
 *
 * @since 0.1.0
 */
import type { CloudApi } from "@runctl/core/CloudApi"
import * as CloudPages from "@runctl/core/CloudPages"
import { defaults } from "@runctl/core/Defaults"
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Answers from "./Answers.ts"
import type { Asks } from "./Asks.ts"
import { type Cause, isMissing } from "./Failures.ts"
import * as Instances from "./Instances.ts"
import { provider, shapeOf } from "./Market.ts"
import { isEnding, type Memory, type Remembered } from "./Memory.ts"
import type { Settings } from "./Settings.ts"

/** The cloud, and what is known of it. @category models @since 0.1.0 */
export interface Cloud {
  readonly api: CloudApi
  readonly settings: Settings
  readonly memory: Memory
  readonly asks: Asks
  readonly crowd: Crowd
  /** Since when hosts have not been heard of, by instance. */
  readonly silent: Map<number, number>
}

/** All instances from one list, which whoever looks at one within a moment is answered from. @category models @since 0.1.0 */
export interface Crowd {
  readonly find: (instance: number) => Effect.Effect<Answers.Instance | undefined, Cause>
  /** Something was changed: what was read before does not count any more. */
  readonly changed: Effect.Effect<void>
}

/** What was made may take so long to show. **Units**  milliseconds */
const appearing = Duration.toMillis(defaults.shownWithin)

/** As many rows as a page may have. */
const most = "25"

type Made = NonNullable<Remembered["made"]>

/** That there is no such instance. @category constructors @since 0.1.0 */
export const missing = (id: ResourceId): ProviderError.NotFound =>
  new ProviderError.NotFound({ message: `there is no instance ${id}` })

const listed = (api: CloudApi, filters: Readonly<Record<string, unknown>>) =>
  CloudPages.byCursor({
    what: "instances",
    read: (cursor) =>
      api
        .call({
          method: "GET",
          path: "/api/v1/instances/",
          query: {
            limit: most,
            order_by: JSON.stringify([{ col: "id", dir: "asc" }]),
            ...(Object.keys(filters).length === 0 ? {} : { select_filters: JSON.stringify(filters) }),
            ...(cursor === undefined ? {} : { after_token: cursor })
          },
          scope: "instance_read"
        })
        .pipe(
          Effect.flatMap(Answers.page),
          Effect.map(({ instances, next }) => ({ rows: instances, next }))
        )
  })

/** Every instance of the account, from all pages. @category queries @since 0.1.0 */
export const all = (api: CloudApi): Effect.Effect<ReadonlyArray<Answers.Instance>, Cause> => listed(api, {})

/** An instance as it is now; nothing once it is gone. @category queries @since 0.1.0 */
export const show = (api: CloudApi, instance: number): Effect.Effect<Answers.Instance | undefined, Cause> =>
  api.call({ method: "GET", path: `/api/v0/instances/${instance}/`, scope: "instance_read" }).pipe(
    Effect.flatMap(Answers.one),
    Effect.catchIf(isMissing, () => Effect.undefined)
  )

/**
 * The list that those who poll share. **Units**  young: milliseconds
 *
 * @category constructors
 * @since 0.1.0
 */
export const crowd = (read: Effect.Effect<ReadonlyArray<Answers.Instance>, Cause>, young: number): Crowd => {
  const oneAtATime = Semaphore.makeUnsafe(1)
  let last: { readonly rows: ReadonlyMap<number, Answers.Instance>; readonly at: number } | undefined
  let changes = 0

  const rows = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (last !== undefined && Math.abs(now - last.at) < young) return last.rows
    const before = changes
    const fresh = new Map((yield* read).map((row) => [row.id, row]))
    if (changes === before) last = { rows: fresh, at: now }
    return fresh
  })

  return {
    find: (instance) => Effect.map(oneAtATime.withPermit(rows), (found) => found.get(instance)),
    changed: Effect.sync(() => {
      changes += 1
      last = undefined
    })
  }
}

/** Those with the label of a mark. The one that was made first stands first. @category queries @since 0.1.0 */
export const labelled = (
  { api }: Pick<Cloud, "api">,
  mark: Ownership.Mark
): Effect.Effect<ReadonlyArray<Answers.Instance>, Cause> =>
  Effect.map(listed(api, { label: { eq: Ownership.toName(mark) } }), (rows) =>
    rows
      .filter((row) => {
        const theirs = Instances.markOf(row)
        return theirs?.key === mark.key && theirs.owner === mark.owner
      })
      .toSorted((left, right) => left.id - right.id)
  )

/** What is known of an instance that does not show yet. @category conversions @since 0.1.0 */
export const unseen = (instance: number, { at, instanceType, mark, prices, region }: Made): Resource => ({
  id: resourceId(provider, region, String(instance)),
  name: Ownership.toName(mark),
  state: ResourceState.Starting,
  instanceType,
  launchTime: DateTime.makeUnsafe(at),
  costPerHour: UsdPerHour.make(prices.compute + prices.disk),
  tags: Ownership.toTags(mark),
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

/** What of an instance is not what was rented. @category decisions @since 0.1.0 */
export const differenceFrom = (
  made: Pick<Made, "instanceType" | "market">,
  row: Answers.Instance
): string | undefined => {
  const gpus = shapeOf(made.instanceType)?.gpus
  if (typeof row.is_bid === "boolean" && row.is_bid !== (made.market === "spot")) {
    return row.is_bid ? "it lives by a bid, though rented on demand" : "it was rented on demand, though by a bid"
  }
  return typeof row.num_gpus === "number" && gpus !== undefined && row.num_gpus !== gpus
    ? `it has ${row.num_gpus} GPUs instead of ${gpus}`
    : undefined
}

/** Words of the API that nobody knows are told once each. */
const told = new Set<string>()

const tell = ({ actual_status: status }: Answers.Instance): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (typeof status !== "string" || Instances.isKnownStatus(status) || told.has(status)) return Effect.void
    told.add(status)
    return Effect.logWarning(`vastai: an instance is in the state "${status.slice(0, 40)}", which is not known here`)
  })

/** The state of an instance, with what is remembered of it. @category queries @since 0.1.0 */
export const stateOf = Effect.fnUntraced(function* (
  { asks, silent }: Cloud,
  row: Answers.Instance,
  remembered: Remembered | undefined
) {
  yield* tell(row)
  const now = yield* Clock.currentTimeMillis
  if (!Instances.isSilent(row)) silent.delete(row.id)
  else if (!silent.has(row.id)) silent.set(row.id, now)
  const state = Instances.stateOf(row, {
    now,
    ended: isEnding(remembered, now),
    startedAt: remembered?.startedAt,
    silentSince: silent.get(row.id)
  })
  if (state._tag === "Error" && typeof row.machine_id === "number") yield* asks.avoid(row.machine_id)
  const difference = remembered?.made === undefined ? undefined : differenceFrom(remembered.made, row)
  return difference === undefined || state._tag === "Terminating" ? state : ResourceState.failed(difference)
})

/** An instance as a machine, as far as it is anybody's of runctl. @category queries @since 0.1.0 */
export const described = Effect.fnUntraced(function* (cloud: Cloud, row: Answers.Instance, region?: string) {
  if (Instances.markOf(row) === undefined) return undefined
  const remembered = yield* cloud.memory.find(row.id)
  const state = yield* stateOf(cloud, row, remembered)
  const { instanceType, prices, region: rentedIn } = remembered?.made ?? {}
  return Instances.toResource(row, state, { region: region ?? rentedIn, instanceType, prices })
})

/** The row of an instance: from the list that is shared, or where that lacks it from its own address. @category queries @since 0.1.0 */
export const row = (cloud: Cloud, instance: number): Effect.Effect<Answers.Instance | undefined, Cause> =>
  Effect.flatMap(cloud.crowd.find(instance), (found) =>
    found === undefined ? show(cloud.api, instance) : Effect.succeed(found)
  )

/**
 * One machine. One that no list shows is asked for by itself before it counts as gone; not in its first minute, in which
 * nobody says that it is.
 *
 * @category queries
 * @since 0.1.0
 */
export const get = Effect.fnUntraced(function* (cloud: Cloud, id: ResourceId): Effect.fn.Return<Resource, Cause> {
  const instance = Instances.numberOf(id)
  if (instance === undefined) return yield* missing(id)
  const found = yield* row(cloud, instance)
  if (found !== undefined) return (yield* described(cloud, found, parts(id).region)) ?? (yield* missing(id))
  const remembered = yield* cloud.memory.find(instance)
  const made = remembered?.endedAt === undefined ? remembered?.made : undefined
  const isYoung = made !== undefined && Math.abs((yield* Clock.currentTimeMillis) - made.at) < appearing
  return isYoung ? unseen(instance, made) : yield* missing(id)
})

/** Every instance with a mark of runctl's, whoever's. @category queries @since 0.1.0 */
export const list = Effect.fnUntraced(function* (cloud: Cloud): Effect.fn.Return<ReadonlyArray<Resource>, Cause> {
  const found = yield* Effect.forEach(yield* all(cloud.api), (each) => described(cloud, each))
  return found.flatMap((resource) => (resource === undefined ? [] : [resource]))
})
