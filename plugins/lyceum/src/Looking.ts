/**
 * Finding machines again.
 *
 * @since 0.1.0
 */
import type { CloudApi } from "@runctl/core/CloudApi"
import { type Cause, isMissing } from "@runctl/core/CloudFailure"
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Address from "./Address.ts"
import * as Answers from "./Answers.ts"
import { prefix } from "./Api.ts"
import * as Catalogue from "./Catalogue.ts"
import type { Crowd } from "./Crowd.ts"
import type { Memory, Remembered } from "./Memory.ts"
import { idOf, instanceTypeOf, markOf, marketOf, nativeIdOf, strangeWord, toResource } from "./Vms.ts"

/** What looking after machines takes. @category models @since 0.1.0 */
export interface Cloud {
  readonly api: CloudApi
  readonly catalogue: Catalogue.Read
  readonly memory: Memory
  /** Where machines were seen, by the API's id of them: it stays so for as long as they live. */
  readonly addresses: Map<string, Address.Address>
  readonly crowd: Crowd
}

/** For so long after it was made a machine may answer that it is not there. **Units**  milliseconds */
const appearing = 60_000

/** Where one machine is. @category accessors @since 0.1.0 */
export const pathOf = (nativeId: string): string => `${prefix}/vms/${encodeURIComponent(nativeId)}`

/** That it is not there. @category constructors @since 0.1.0 */
export const missing = (id: ResourceId): ProviderError.NotFound =>
  new ProviderError.NotFound({ message: `there is no VM ${id}` })

/** Words of the API that nobody knows are told once each. */
const told = new Set<string>()

const tell = (vm: Answers.Vm): Effect.Effect<void> =>
  Effect.suspend(() => {
    const word = strangeWord(vm)
    if (word === undefined || told.has(word)) return Effect.void
    told.add(word)
    return Effect.logWarning(`lyceum: a VM is in the state "${word}", which is not known here: it counts as alive`)
  })

/** What a machine costs: rows do not say it, and a price list that cannot be read now is no reason not to show it. */
const priceOf = ({ catalogue }: Cloud, vm: Answers.Vm, remembered: Remembered | undefined): Effect.Effect<number> => {
  const type = instanceTypeOf(vm)
  const before = remembered?.usdPerHour ?? 0
  return type === undefined
    ? Effect.succeed(before)
    : catalogue.pipe(
        Effect.map(
          (read) => Catalogue.priceOf(read, marketOf(vm) ?? remembered?.market ?? "on-demand", type) ?? before
        ),
        Effect.orElseSucceed(() => before)
      )
}

/** Where a machine is, when it says so; noted for whoever goes there. @category accessors @since 0.1.0 */
export const addressOf = (
  { addresses }: Pick<Cloud, "addresses">,
  vm: Answers.Vm
): ReturnType<typeof Address.parse> => {
  const address = Address.parse(vm.ip_address)
  if (typeof address === "string") addresses.delete(vm.vm_id)
  else addresses.set(vm.vm_id, address)
  return address
}

/** A machine as it is shown, as far as it is anybody's of runctl. */
const described = Effect.fnUntraced(function* (cloud: Cloud, vm: Answers.Vm): Effect.fn.Return<Resource | undefined> {
  const mark = markOf(vm)
  if (mark === undefined) return undefined
  yield* tell(vm)
  addressOf(cloud, vm)
  const remembered = yield* cloud.memory.find(vm.vm_id)
  return toResource(vm, mark, yield* priceOf(cloud, vm, remembered))
})

/** What is known of a machine that does not show yet. */
const unseen = (nativeId: string, { at, mark, type, usdPerHour }: Remembered): Resource => ({
  id: idOf(nativeId),
  name: Ownership.toName(mark),
  state: ResourceState.Starting,
  instanceType: type,
  launchTime: DateTime.makeUnsafe(at),
  costPerHour: UsdPerHour.make(usdPerHour),
  tags: {},
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

/** Whose key it is now. @category queries @since 0.1.0 */
export const user = ({ api }: Pick<Cloud, "api">) =>
  Effect.flatMap(api.call({ method: "GET", path: `${prefix}/user/status` }), Answers.user)

/**
 * Refuses to believe that a machine is gone which another organization's key has made: this one's does not see it, and it
 * goes on costing.
 *
 * @category decisions
 * @since 0.1.0
 */
export const sameOrganization = Effect.fnUntraced(function* (
  cloud: Cloud,
  id: ResourceId,
  remembered: Remembered | undefined
): Effect.fn.Return<void, Cause> {
  const made = remembered?.organization
  if (made === undefined) return
  const { org_id: now } = yield* user(cloud)
  if (now === made || now === undefined || now === null) return
  return yield* new ProviderError.Forbidden({
    message: `${id} was made with a key of the organization ${made}, and this one is of ${now}, which does not see it`
  })
})

/** One that answers that it is not there: not yet, or not any more, or not to this key. */
const absent = Effect.fnUntraced(function* (
  cloud: Cloud,
  id: ResourceId,
  nativeId: string
): Effect.fn.Return<Resource, Cause> {
  const remembered = yield* cloud.memory.find(nativeId)
  yield* sameOrganization(cloud, id, remembered)
  const now = yield* Clock.currentTimeMillis
  const mayCome = remembered !== undefined && remembered.endedAt === undefined && now - remembered.at < appearing
  return mayCome ? unseen(nativeId, remembered) : yield* missing(id)
})

/** The machine of an id, in the API's own words; nothing when it is not there. @category queries @since 0.1.0 */
export const vmOf = ({ api }: Pick<Cloud, "api">, nativeId: string): Effect.Effect<Answers.Vm | undefined, Cause> =>
  api.call({ method: "GET", path: `${pathOf(nativeId)}/status` }).pipe(
    Effect.flatMap(Answers.vm),
    Effect.catchIf(isMissing, () => Effect.undefined)
  )

/** Prices are read at the same time, so that nobody waits for one after the other. */
const besidePrices = <A>({ catalogue }: Cloud, look: Effect.Effect<A, Cause>): Effect.Effect<A, Cause> =>
  Effect.map(Effect.all([look, Effect.ignore(catalogue)], { concurrency: 2 }), ([found]) => found)

/**
 * The machine of an id; while many are looked at, from a list that is two seconds old at most.
 *
 * **Errors**  `NotFound` when it is gone, is nobody's of runctl, or was never there; not while it may still appear.
 *
 * @category queries
 * @since 0.1.0
 */
export const get = Effect.fnUntraced(function* (cloud: Cloud, id: ResourceId): Effect.fn.Return<Resource, Cause> {
  const nativeId = nativeIdOf(id)
  if (nativeId === undefined) return yield* missing(id)
  const found = Effect.flatMap(cloud.crowd.find(nativeId), (vm) =>
    vm === undefined ? vmOf(cloud, nativeId) : Effect.succeed(vm)
  )
  const vm = yield* besidePrices(cloud, found)
  if (vm === undefined) return yield* absent(cloud, id, nativeId)
  return (yield* described(cloud, vm)) ?? (yield* missing(id))
})

/**
 * Every machine of the organization.
 *
 * **Details**  the dead, who keep their names for ever, are not asked for; what has failed is: it may still be billed.
 *
 * @category queries
 * @since 0.1.0
 */
export const all = (api: CloudApi): Effect.Effect<ReadonlyArray<Answers.Vm>, Cause> => {
  const query = { include_terminated: "false", include_failed: "true" }
  return Effect.flatMap(api.call({ method: "GET", path: `${prefix}/vms/list`, query }), Answers.vms)
}

/** Every machine with a mark of runctl's, whoever's. @category queries @since 0.1.0 */
export const list = Effect.fnUntraced(function* (cloud: Cloud): Effect.fn.Return<ReadonlyArray<Resource>, Cause> {
  const found = yield* Effect.forEach(yield* besidePrices(cloud, all(cloud.api)), (vm) => described(cloud, vm))
  return found.flatMap((resource) => (resource === undefined ? [] : [resource]))
})
