import type * as Effect from "effect/Effect"
import type { JournalError } from "../JournalError.ts"
import type { ProcessIdentity } from "../Processes.ts"

/**
 * An event to be written. The payload is a JSON value; `v` is the version of its form, 1 when absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewEvent {
  readonly type: string
  readonly payload: unknown
  readonly v?: number
  readonly run?: string
  readonly attempt?: number
  readonly pool?: string
  readonly node?: string
  /** What this answers, or belongs to. */
  readonly correlationId?: string
  /** The id of the event that led to this one. */
  readonly causedBy?: string
}

/**
 * An event as it was written, for ever.
 *
 * **Details**  `position` orders the whole journal and grows, with gaps; `seq` counts the events of one stream from 1.
 * **Units**    at: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredEvent extends NewEvent {
  readonly position: number
  readonly stream: string
  readonly seq: number
  readonly v: number
  readonly id: string
  readonly at: number
  readonly owner: string
}

/**
 * What is remembered beside the events, always in step with them.
 *
 * **Details**  `evolve` folds the events of one key, in order, into a JSON value; `undefined` is nothing to remember.
 * Raise `version` whenever either function changes: every state is then built anew from all events.
 *
 * @category models
 * @since 0.1.0
 */
export interface Projection {
  readonly name: string
  readonly version: number
  /** The key of the state that an event changes; `undefined` for an event that changes none. */
  readonly keyOf: (event: StoredEvent) => string | undefined
  readonly evolve: (state: unknown, event: StoredEvent) => unknown
}

/**
 * The lease somebody writes under: the write is refused once the lease is another's.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fence {
  readonly lease: string
  readonly token: number
}

/**
 * A right that one process has at a time. A later holder always has a higher token.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lease {
  readonly name: string
  readonly token: number
}

/**
 * A lease that is renewed until its scope ends. `lost` never succeeds: it fails once the lease is another's.
 *
 * @category models
 * @since 0.1.0
 */
export interface HeldLease extends Lease {
  readonly lost: Effect.Effect<never, JournalError>
}

/**
 * Who has a lease. `alive` is false only when the process is certainly gone; `expired`: it has not renewed in time, and
 * whoever asks may take the lease.
 *
 * @category models
 * @since 0.1.0
 */
export interface LeaseHolder extends ProcessIdentity {
  readonly token: number
  readonly alive: boolean
  readonly expired: boolean
}

/**
 * What was done about a damaged journal.
 *
 * **Details**  `quarantined` is the folder of the damaged files. `lost` is how many events are missing, as far as can be
 * told.
 * **Units**    at: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Salvage {
  readonly quarantined: string
  readonly salvaged: number
  readonly lost?: number
  readonly at: number
}

/**
 * The state a journal is in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Health {
  /** Why it cannot be written; `undefined` when it can. */
  readonly readOnly: JournalError | undefined
  /** The salvage after which nobody has yet looked up what is owned. */
  readonly needsRebuild: Salvage | undefined
}

/**
 * One state of a projection, and the position of the event that changed it last.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProjectionState {
  readonly key: string
  readonly state: unknown
  readonly position: number
}
