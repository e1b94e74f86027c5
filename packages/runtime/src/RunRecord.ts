/**
 * What we remember of a run: the fold of its events, kept as JSON beside them.
 *
 * @since 0.1.0
 */
import { JobStatus, UnitId } from "@runctl/core/Job"
import { NanoUsd, UsdPerHour } from "@runctl/core/Money"
import { ResourceKey } from "@runctl/core/Ownership"
import { ResourceId } from "@runctl/core/Resource"
import { RunId, RunState } from "@runctl/core/Run"
import * as Schema from "effect/Schema"
import { Problem, Quote, RunSpec, Tried } from "./Event.ts"

/**
 * How far a run has come. Each phase but the last has one thing to do next, which may be repeated after a crash.
 *
 * @category models
 * @since 0.1.0
 */
export const RunPhase = Schema.Literals(["Requested", "Placed", "Prepared", "Started", "Ended", "Settled", "Closed"])
export type RunPhase = typeof RunPhase.Type

/**
 * One execution on one machine. `why` it was interrupted, in the words of whoever knew.
 *
 * @category models
 * @since 0.1.0
 */
export const AttemptRecord = Schema.Struct({
  number: Schema.Int,
  epoch: Schema.Int,
  unit: UnitId,
  resource: Schema.optionalKey(ResourceId),
  key: Schema.optionalKey(ResourceKey),
  rented: Schema.Boolean,
  usdPerHour: Schema.optionalKey(UsdPerHour),
  quote: Schema.optionalKey(Quote),
  startedAt: Schema.Int,
  status: Schema.optionalKey(JobStatus),
  interrupted: Schema.optionalKey(Schema.Literals(["preempted", "lost", "gone"])),
  why: Schema.optionalKey(Schema.String)
})
export type AttemptRecord = typeof AttemptRecord.Type

/**
 * A checkpoint that was brought home. `local` is its absolute path here.
 *
 * @category models
 * @since 0.1.0
 */
export const SavedCheckpoint = Schema.Struct({
  attempt: Schema.Int,
  path: Schema.String,
  bytes: Schema.Int,
  atEpochSeconds: Schema.Int,
  local: Schema.String,
  sha256: Schema.optionalKey(Schema.String)
})
export type SavedCheckpoint = typeof SavedCheckpoint.Type

/**
 * The highest threshold of a budget that was told, and of which cap.
 *
 * @category models
 * @since 0.1.0
 */
export const Warned = Schema.Struct({ percent: Schema.Int, capNanoUsd: NanoUsd })
export type Warned = typeof Warned.Type

/**
 * An offer that an attempt could not have.
 *
 * @category models
 * @since 0.1.0
 */
export const TriedBy = Schema.Struct({ ...Tried.fields, attempt: Schema.Int, at: Schema.Int })
export type TriedBy = typeof TriedBy.Type

/**
 * What we remember of a run.
 *
 * **Details**  `warned` is what it was told of each budget; `exceeded` the budget that ended it, and when. `tried`: the
 * offers that could not be had, the last hundred. `failures`: the providers that could not be asked, when it was last tried.
 * **Units**  times ending in `At` or `Until`: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export const RunRecord = Schema.Struct({
  id: RunId,
  spec: RunSpec,
  state: RunState,
  phase: RunPhase,
  requestedAt: Schema.Int,
  startedAt: Schema.optionalKey(Schema.Int),
  endedAt: Schema.optionalKey(Schema.Int),
  closedAt: Schema.optionalKey(Schema.Int),
  deadlineAt: Schema.Int,
  attempts: Schema.Array(AttemptRecord),
  tried: Schema.optionalKey(Schema.Array(TriedBy)),
  failures: Schema.optionalKey(Schema.Array(Schema.Struct({ provider: Schema.String, message: Schema.String }))),
  checkpoints: Schema.Array(SavedCheckpoint),
  cancelRequested: Schema.Boolean,
  outputs: Schema.Struct({
    state: Schema.Literals(["pending", "verified", "failed"]),
    files: Schema.optionalKey(Schema.Int),
    bytes: Schema.optionalKey(Schema.Int),
    folder: Schema.optionalKey(Schema.String),
    message: Schema.optionalKey(Schema.String),
    holdUntil: Schema.optionalKey(Schema.Int)
  }),
  problem: Schema.optionalKey(Problem),
  exitCode: Schema.optionalKey(Schema.Int),
  chargedNanoUsd: Schema.optionalKey(NanoUsd),
  warned: Schema.optionalKey(Schema.Record(Schema.String, Warned)),
  exceeded: Schema.optionalKey(Schema.Struct({ scope: Schema.String, message: Schema.String, at: Schema.Int }))
})
export type RunRecord = typeof RunRecord.Type

/** The attempt that counts: the newest one. @category accessors @since 0.1.0 */
export const currentAttempt = (run: RunRecord): AttemptRecord | undefined => run.attempts.at(-1)
