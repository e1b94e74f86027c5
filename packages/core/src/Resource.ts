/**
 * One rented thing, as its provider last described it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { UsdPerHour } from "./Money.ts"
import { OwnerId, ResourceKey } from "./Ownership.ts"
import { isBillable as isBillableState, ResourceState } from "./ResourceState.ts"

/**
 * `provider/region/native-id`: unique among all clouds.
 *
 * @category models
 * @since 0.1.0
 */
export const ResourceId = Schema.String.check(Schema.isPattern(/^[^/\s]+\/[^/\s]+\/[^\s]+$/)).pipe(
  Schema.brand("ResourceId")
)
export type ResourceId = typeof ResourceId.Type

/** Joins the three parts of a resource id. @category constructors @since 0.1.0 */
export const resourceId = (provider: string, region: string, nativeId: string): ResourceId =>
  ResourceId.make(`${provider}/${region}/${nativeId}`)

/** The three parts of a resource id; the native id may itself contain slashes. @category accessors @since 0.1.0 */
export const parts = (
  id: ResourceId
): { readonly provider: string; readonly region: string; readonly nativeId: string } => {
  const [provider = "", region = "", ...rest] = id.split("/")
  return { provider, region, nativeId: rest.join("/") }
}

/**
 * Who ended a machine.
 *
 * @category models
 * @since 0.1.0
 */
export const EndedBy = Schema.Literals(["us", "provider", "preempted", "deadline"])
export type EndedBy = typeof EndedBy.Type

/**
 * One rented thing.
 *
 * **Details**  `costPerHour` is what it costs in its present state, as far as the provider says.
 * **Units**    costPerHour: US dollars per hour
 *
 * @category models
 * @since 0.1.0
 */
export const Resource = Schema.Struct({
  id: ResourceId,
  name: Schema.optionalKey(Schema.String),
  state: ResourceState,
  instanceType: Schema.optionalKey(Schema.String),
  launchTime: Schema.optionalKey(Schema.DateTimeUtcFromString),
  costPerHour: UsdPerHour,
  publicIp: Schema.optionalKey(Schema.String),
  tags: Schema.Record(Schema.String, Schema.String),
  owner: OwnerId,
  key: ResourceKey,
  deadline: Schema.optionalKey(Schema.DateTimeUtcFromString),
  endedBy: Schema.optionalKey(EndedBy)
})
export type Resource = typeof Resource.Type

/** Whether the provider may still be charging for it. @category predicates @since 0.1.0 */
export const isBillable = (resource: Resource): boolean => isBillableState(resource.state)
