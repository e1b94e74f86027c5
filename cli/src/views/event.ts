/**
 * Events as they are shown.
 */
import type { StoredEvent } from "@runctl/runtime/Journal"
import type { EventView } from "../output/events.ts"

/** One event. */
export const viewEvent = ({ at, payload, position, run, stream, type }: StoredEvent): EventView => ({
  position,
  at: new Date(at).toISOString(),
  type,
  stream,
  run: run ?? (stream.startsWith("run/") ? stream.slice("run/".length) : null),
  payload
})
