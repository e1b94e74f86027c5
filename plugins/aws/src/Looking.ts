/**
 * Finding machines again.
 *
 * @since 0.1.0
 */
import * as Ownership from "@runctl/core/Ownership"
import { UsdPerHour } from "@runctl/core/Money"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { PreemptionEvidence } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import * as Calls from "./internal/calls.ts"
import type { Sources } from "./Catalogue.ts"
import { type Cause, hasCode } from "./Failures.ts"
import { instanceIdOf, isKnownState, isSpot, isTakenBack, toResource } from "./Instances.ts"
import { ofRunctl } from "./Marks.ts"
import { appearing, endingTakes, type Note } from "./Store.ts"

const missing = (id: ResourceId) => new ProviderError.NotFound({ message: `there is no instance ${id}` })

/** Whether AWS says that an instance is not there. @category predicates @since 0.1.0 */
export const isAbsent = (cause: Cause): boolean =>
  hasCode(cause, "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed", "InvalidInstanceID")

/** The instance of an id as AWS shows it; nothing where it shows none. @category queries @since 0.1.0 */
export const instance = (
  { aws }: Sources,
  region: string,
  instanceId: string
): Effect.Effect<Answers.Instance | undefined, Cause> =>
  aws.call(region, Calls.describeInstances({ InstanceIds: [instanceId] })).pipe(
    Effect.flatMap(Answers.under("Reservations", Schema.Array(Schema.Unknown))),
    Effect.flatMap(Answers.instancesIn),
    Effect.map((all) => all.find(({ InstanceId }) => InstanceId === instanceId)),
    Effect.catchIf(isAbsent, () => Effect.undefined)
  )

/** Words of the API that nobody knows are told once each. */
const told = new Set<string>()

const tell = ({ State: state }: Answers.Instance): Effect.Effect<void> =>
  Effect.suspend(() => {
    const word = state?.Name
    if (typeof word !== "string" || isKnownState(word) || told.has(word)) return Effect.void
    told.add(word)
    return Effect.logWarning(`aws: an instance is in the state "${word.slice(0, 40)}", which is not known here`)
  })

/** What was ended a moment ago may be shown as it was. */
const withOurEnd = (resource: Resource, note: Note | undefined, now: number): Resource => {
  const isEnding = note?.endedAt !== undefined && now - note.endedAt < endingTakes
  return isEnding && ResourceState.isBillable(resource.state) && resource.state._tag !== "Error"
    ? { ...resource, state: ResourceState.Terminating, costPerHour: UsdPerHour.make(0) }
    : resource
}

type Made = NonNullable<Note["made"]>

/** What is known of a machine that does not show yet. */
const unseen = (id: ResourceId, { at, mark, tags, type, usdPerHour }: Made): Resource => ({
  id,
  name: Ownership.toName(mark),
  state: ResourceState.Starting,
  instanceType: type,
  launchTime: DateTime.makeUnsafe(at),
  costPerHour: UsdPerHour.make(usdPerHour),
  tags,
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

/**
 * The machine of an id.
 *
 * **Errors**  `NotFound` when it is gone, is nobody's of runctl, or was never there; not while it may still appear.
 *
 * @category queries
 * @since 0.1.0
 */
export const get = Effect.fnUntraced(function* (sources: Sources, id: ResourceId): Effect.fn.Return<Resource, Cause> {
  const where = instanceIdOf(id)
  if (where === undefined) return yield* missing(id)
  const { store } = sources
  const note = yield* store.notes.find(where.instanceId)
  const found = yield* instance(sources, where.region, where.instanceId)
  const now = yield* Clock.currentTimeMillis
  if (found !== undefined) {
    yield* tell(found)
    const resource = toResource(where.region, found)
    return resource === undefined ? yield* missing(id) : withOurEnd(resource, note, now)
  }
  const made = note?.made
  if (made === undefined || note?.endedAt !== undefined || Math.abs(now - made.at) > appearing) {
    yield* store.notes.forget(where.instanceId)
    return yield* missing(id)
  }
  return unseen(id, made)
})

const living = { Name: "instance-state-name", Values: ["pending", "running", "shutting-down", "stopping", "stopped"] }

/**
 * Every machine with a mark of runctl's, whoever's, in every region that the account may use.
 *
 * @category queries
 * @since 0.1.0
 */
export const list = (sources: Sources): Effect.Effect<ReadonlyArray<Resource>, Cause> =>
  sources.regions.inAll((region) =>
    Effect.gen(function* () {
      const { aws, store } = sources
      const reservations = yield* aws.pages(
        region,
        (NextToken) => Calls.describeInstances({ Filters: [ofRunctl, living], MaxResults: 1000, NextToken }),
        "Reservations"
      )
      const instances = yield* Answers.instancesIn(reservations)
      const now = yield* Clock.currentTimeMillis
      const all = yield* Effect.forEach(instances, (each) =>
        Effect.gen(function* () {
          yield* tell(each)
          const resource = toResource(region, each)
          if (resource === undefined) return []
          const note = yield* store.notes.find(each.InstanceId)
          return [withOurEnd(resource, note, now)]
        })
      )
      return all.flat()
    })
  )

/**
 * Codes of spot requests whose machine was taken back, or is about to be.
 *
 * @source https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instances-request-status-lifecycle.html (read 2026-11-20)
 */
const takenBy =
  /^(instance-terminated-(by-price|by-service|no-capacity|capacity-oversubscribed|launch-group-constraint)|instance-stopped-.*|marked-for-(termination|stop))$/

const requestStatus = (sources: Sources, region: string, id: string) =>
  sources.aws.call(region, Calls.describeSpotInstanceRequests({ SpotInstanceRequestIds: [id] })).pipe(
    Effect.flatMap(Answers.under("SpotInstanceRequests", Schema.Array(Answers.SpotRequest))),
    Effect.map(([request]) => request?.Status),
    // Closed ones are shown for some hours only.
    Effect.catchIf(
      (cause) => cause._tag === "Refused" && /SpotInstanceRequest/i.test(cause.code ?? ""),
      () => Effect.undefined
    )
  )

const says = (preempted: PreemptionEvidence["preempted"], message: string): PreemptionEvidence => ({
  preempted,
  message
})

/** What AWS says about why a machine ended, or is about to. @category queries @since 0.1.0 */
export const evidence = Effect.fnUntraced(function* (
  sources: Sources,
  id: ResourceId
): Effect.fn.Return<PreemptionEvidence, Cause> {
  const where = instanceIdOf(id)
  if (where === undefined) return says("unknown", `${id} is no instance of EC2`)
  const { instanceId, region } = where
  const found = yield* instance(sources, region, instanceId)
  if (found !== undefined && isTakenBack(found)) {
    return says("yes", `${found.StateReason?.Code ?? ""}: ${found.StateReason?.Message ?? ""}`)
  }
  const note = yield* sources.store.notes.find(instanceId)
  const request = found?.SpotInstanceRequestId ?? note?.spotRequest
  if (found !== undefined && !isSpot(found) && request === undefined) {
    return says("no", `an on-demand instance is not taken back: ${found.StateReason?.Code || "it has not ended"}`)
  }
  if (request !== undefined && request !== null) {
    const status = yield* requestStatus(sources, region, request)
    const code = status?.Code ?? ""
    if (takenBy.test(code)) return says("yes", `${code}: ${status?.Message ?? ""}`)
    if (code !== "") return says("no", `${code}: ${status?.Message ?? ""}`)
  }
  if (found === undefined) return says("unknown", `${instanceId} is not shown any more`)
  const isOver = ["shutting-down", "terminated"].includes(found.State?.Name ?? "")
  const reason = found.StateReason?.Code ?? ""
  if (!isOver) return says("no", "it was not taken back")
  return reason === "" ? says("unknown", "AWS does not say who ended it") : says("no", reason)
})
