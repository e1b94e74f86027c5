/**
 * Which events belong to a run: its own, and those of the machines that were rented for it.
 */
import type { StoredEvent } from "@runctl/runtime/Journal"
import { streams } from "@runctl/runtime/Projections"

const fieldOf = (payload: unknown, name: string): unknown =>
  typeof payload === "object" && payload !== null ? Reflect.get(payload, name) : undefined

/** A predicate to be asked about events in their order: it learns of the run's machines from them. */
export const belongingTo = (run: string): ((event: StoredEvent) => boolean) => {
  const known = new Set([streams.run(run)])
  return (event) => {
    if (event.type === "InstanceRequested" && fieldOf(event.payload, "run") === run) known.add(event.stream)
    return event.run === run || known.has(event.stream)
  }
}

/** Whether nothing more will happen to a run. */
export const closes = (run: string, event: StoredEvent): boolean =>
  event.type === "RunClosed" && event.stream === streams.run(run)
