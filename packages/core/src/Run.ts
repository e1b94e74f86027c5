/**
 * One training job carried to its end, over one or more attempts.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ResourceId } from "./Resource.ts"

/**
 * The id of a run: sortable by time, unique.
 *
 * @category models
 * @since 0.1.0
 */
export const RunId = Schema.String.check(Schema.isPattern(/^run-[a-z0-9]{10,24}$/)).pipe(Schema.brand("RunId"))
export type RunId = typeof RunId.Type

/**
 * What became of a run so far. `Interrupted`: ended by something other than itself or us, and not resumed.
 *
 * @category models
 * @since 0.1.0
 */
export const RunState = Schema.Literals(["Pending", "Running", "Completed", "Failed", "Cancelled", "Interrupted"])
export type RunState = typeof RunState.Type

/** Whether a run will not change any more. @category predicates @since 0.1.0 */
export const isFinal = (state: RunState): boolean => state !== "Pending" && state !== "Running"

/**
 * One execution on one resource. `epoch` fences: what an older epoch says is not believed.
 *
 * @category models
 * @since 0.1.0
 */
export const Attempt = Schema.Struct({
  number: Schema.Int,
  rank: Schema.Int,
  resource: Schema.optionalKey(ResourceId),
  epoch: Schema.Int
})
export type Attempt = typeof Attempt.Type
