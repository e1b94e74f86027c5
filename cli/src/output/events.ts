/**
 * `runctl events` in `--json`.
 */
import * as Schema from "effect/Schema"

/** One event of the journal. */
export const EventView = Schema.Struct({
  position: Schema.Int,
  at: Schema.String,
  type: Schema.String,
  stream: Schema.String,
  run: Schema.NullOr(Schema.String),
  payload: Schema.Unknown
})
export type EventView = typeof EventView.Type

/** Events in their order. */
export const EventsOutput = Schema.Struct({ events: Schema.Array(EventView) })
export type EventsOutput = typeof EventsOutput.Type
