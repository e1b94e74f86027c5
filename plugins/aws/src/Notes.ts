/**
 * What is remembered of machines for as long as AWS may not show it.
 *
 * @since 0.1.0
 */
import { Market } from "@runctl/core/Offer"
import { Mark } from "@runctl/core/Ownership"
import * as Schema from "effect/Schema"

/**
 * What is known of a machine that was made here.
 *
 * **Units**  times: milliseconds since 1970-01-01 UTC, by our clock
 *
 * @category models
 * @since 0.1.0
 */
export const Note = Schema.Struct({
  made: Schema.optionalKey(
    Schema.Struct({ mark: Mark, type: Schema.String, usdPerHour: Schema.Finite, tags: Schema.Record(Schema.String, Schema.String), at: Schema.Finite })
  ),
  spotRequest: Schema.optionalKey(Schema.String),
  endedAt: Schema.optionalKey(Schema.Finite)
})
export type Note = typeof Note.Type

/** Where a machine of a key was asked for last: it is asked for there first when it is asked for again. @category models @since 0.1.0 */
export const Attempt = Schema.Struct({ zone: Schema.String, market: Market })

/** The name of a machine's note. @category conversions @since 0.1.0 */
export const noteOf = (instanceId: string): string => `machine-${instanceId}`
/** The name of a key's attempt. @category conversions @since 0.1.0 */
export const attemptOf = (key: string): string => `machine-of-${key}`

/**
 * For so long after it was made an instance may answer that it is not there.
 *
 * **Units**  milliseconds
 *
 * @source https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const appearing: number = 5 * 60_000

/** After this an instance that was ended and still runs was not ended. **Units**  milliseconds @category constants @since 0.1.0 */
export const endingTakes: number = 5 * 60_000
