/**
 * Finding droplets again.
 *
 * @since 0.1.0
 */
import type { CloudApi as Client } from "@runctl/core/CloudApi"
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
import type { Listed } from "./Crowd.ts"
import { isKnownStatus, markOf, numberOf, provider, toResource } from "./Droplets.ts"
import { isEnding, type Memory, type Remembered } from "./Memory.ts"
import * as Pages from "./Pages.ts"
import type { Cloud } from "./Renting.ts"

/**
 * For so long after it was made a droplet may answer that it is not there: so long does an accepted create take to show.
 *
 * @source https://github.com/digitalocean/terraform-provider-digitalocean/pull/1493 (read 2026-11-20). **Units**  milliseconds
 */
const appearing = 2 * 60_000

/** A droplet that is new for longer than this is asked about what makes it. **Units**  milliseconds */
const slow = 60_000

type Made = NonNullable<Remembered["made"]>

const failedCreate = ResourceState.failed("DigitalOcean accepted the droplet and then failed to create it")

const missing = (id: ResourceId) => new ProviderError.NotFound({ message: `there is no droplet ${id}` })

/** What is known of a droplet that does not show yet. */
const unseen = (
  id: number,
  { at, mark, region, size, usdPerHour }: Made,
  state: ResourceState.ResourceState
): Resource => ({
  id: resourceId(provider, region, String(id)),
  name: Ownership.toName(mark),
  state,
  instanceType: size,
  launchTime: DateTime.makeUnsafe(at),
  costPerHour: UsdPerHour.make(usdPerHour),
  tags: Ownership.toTags(mark),
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

/** Whether the action that makes a droplet has failed. What cannot be asked has not. @category queries @since 0.1.0 */
export const hasFailed = ({ client }: Cloud, { action }: Made): Effect.Effect<boolean> =>
  action === undefined
    ? Effect.succeed(false)
    : client.call({ method: "GET", path: `/v2/actions/${action}`, scope: "actions:read" }).pipe(
        Effect.flatMap(Answers.action),
        Effect.map(({ status }) => status === "errored"),
        Effect.orElseSucceed(() => false)
      )

/** Words of the API that nobody knows are told once each. */
const told = new Set<string>()

const tell = ({ status }: Answers.Droplet): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (typeof status !== "string" || isKnownStatus(status) || told.has(status)) return Effect.void
    told.add(status)
    return Effect.logWarning(
      `digitalocean: a droplet is in the state "${status.slice(0, 40)}", which is not known here`
    )
  })

/** The price of a size, for an answer that leaves it out; unknown prices are looked up every few minutes at most. */
const priceOf = ({ catalogue }: Cloud, droplet: Answers.Droplet): Effect.Effect<number | undefined> =>
  typeof droplet.size?.price_hourly === "number"
    ? Effect.succeed(droplet.size.price_hourly)
    : catalogue.shown.pipe(
        Effect.map(({ sizes }) => sizes.find(({ slug }) => slug === droplet.size_slug)?.price_hourly ?? undefined),
        Effect.orElseSucceed(() => undefined)
      )

/** The answer to a droplet's own address, as far as it is anybody's of runctl. */
const described = Effect.fnUntraced(function* (
  cloud: Cloud,
  droplet: Answers.Droplet,
  state: ResourceState.ResourceState | undefined
) {
  yield* tell(droplet)
  return toResource(droplet, { usdPerHour: yield* priceOf(cloud, droplet), state })
})

/** The state that nobody but us knows of. */
const ourState = Effect.fnUntraced(function* (
  cloud: Cloud,
  droplet: Answers.Droplet,
  remembered: Remembered | undefined
) {
  const now = yield* Clock.currentTimeMillis
  if (isEnding(remembered, now)) return ResourceState.Terminating
  const made = remembered?.made
  if (droplet.status !== "new" || made === undefined || now - made.at < slow) return undefined
  return (yield* cloud.crowd.hasFailed(droplet.id, hasFailed(cloud, made))) ? failedCreate : undefined
})

/** A droplet that answers that it is not there: not yet, or never, or not any more. */
const absent = Effect.fnUntraced(function* (
  cloud: Cloud,
  id: ResourceId,
  number: number,
  remembered: Remembered | undefined
) {
  const now = yield* Clock.currentTimeMillis
  const made = remembered?.made
  if (made === undefined || remembered?.endedAt !== undefined || Math.abs(now - made.at) > appearing) {
    yield* cloud.memory.forget(number)
    return yield* missing(id)
  }
  return unseen(number, made, (yield* hasFailed(cloud, made)) ? failedCreate : ResourceState.Starting)
})

/**
 * The droplet of an id.
 *
 * **Errors**  `NotFound` when it is gone, is nobody's of runctl, or was never there; not while it may still appear.
 *
 * @category queries
 * @since 0.1.0
 */
export const get = Effect.fnUntraced(function* (cloud: Cloud, id: ResourceId): Effect.fn.Return<Resource, Cause> {
  const number = numberOf(id)
  if (number === undefined) return yield* missing(id)
  const remembered = yield* cloud.memory.find(number)
  const droplet = yield* cloud.client
    .call({ method: "GET", path: `/v2/droplets/${number}`, scope: "droplet:read" })
    .pipe(
      Effect.flatMap(Answers.oneDroplet),
      Effect.catchIf(isMissing, () => Effect.undefined)
    )
  if (droplet === undefined) return yield* absent(cloud, id, number, remembered)
  return (yield* described(cloud, droplet, yield* ourState(cloud, droplet, remembered))) ?? (yield* missing(id))
})

/**
 * The same, from a list that is a few seconds old at most while many droplets are looked at.
 *
 * **Details**  one that no list shows is asked for by itself before it counts as gone; not in its first minute, in which
 * nobody says that it is.
 *
 * @category queries
 * @since 0.1.0
 */
export const poll = Effect.fnUntraced(function* (cloud: Cloud, id: ResourceId): Effect.fn.Return<Resource, Cause> {
  const number = numberOf(id)
  if (number === undefined) return yield* missing(id)
  const droplet = yield* cloud.crowd.find(number)
  if (droplet === "alone") return yield* get(cloud, id)
  const remembered = yield* cloud.memory.find(number)
  if (droplet !== "missing") {
    return (yield* described(cloud, droplet, yield* ourState(cloud, droplet, remembered))) ?? (yield* missing(id))
  }
  const made = remembered?.endedAt === undefined ? remembered?.made : undefined
  const isYoung = made !== undefined && Math.abs((yield* Clock.currentTimeMillis) - made.at) < slow
  return isYoung ? unseen(number, made, ResourceState.Starting) : yield* get(cloud, id)
})

/** What kinds of droplets there are; the API shows none with GPUs unless it is asked for them. */
const types = ["droplets", "gpus"] as const

/**
 * Every droplet of the account, with and without GPUs, from all pages.
 *
 * @category queries
 * @since 0.1.0
 */
export const all = Effect.fnUntraced(function* (client: Client, memory: Memory): Effect.fn.Return<Listed, Cause> {
  const lists = yield* Effect.forEach(
    types,
    (type) =>
      Effect.gen(function* () {
        const hint = `pages ${client.endpoint} ${type}`
        const expected = Math.max(1, (yield* memory.numbers.find(hint)) ?? 1)
        const listing = { path: "/v2/droplets", field: "droplets", query: { type }, scope: "droplet:read", expected }
        const listed = yield* Pages.list(client, listing, Answers.dropletOf)
        yield* memory.numbers.save(hint, listed.pages)
        return { pages: listed.pages, droplets: listed.rows }
      }),
    { concurrency: 2 }
  )
  return {
    droplets: new Map(lists.flatMap(({ droplets }) => droplets).map((droplet) => [droplet.id, droplet])),
    pages: lists.reduce((sum, { pages }) => sum + pages, 0)
  }
})

/**
 * Every droplet with a mark of runctl's, whoever's.
 *
 * @category queries
 * @since 0.1.0
 */
export const list = Effect.fnUntraced(function* (cloud: Cloud): Effect.fn.Return<ReadonlyArray<Resource>, Cause> {
  const { client, memory } = cloud
  const { droplets } = yield* all(client, memory)
  const ours = [...droplets.values()].filter((droplet) => markOf(droplet) !== undefined)
  const ending = yield* memory.ended(ours.map(({ id }) => id))
  const found = yield* Effect.forEach(ours, (droplet) =>
    described(cloud, droplet, ending.has(droplet.id) ? ResourceState.Terminating : undefined)
  )
  return found.flatMap((resource) => (resource === undefined ? [] : [resource]))
})
