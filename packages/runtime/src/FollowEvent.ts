/**
 * What following a run yields.
 *
 * @since 0.1.0
 */
import type { Metric, Preparation, Sample } from "@runctl/core/Job"
import type { StoredEvent } from "./Journal.ts"
import type { RunRecord } from "./RunRecord.ts"

/**
 * One thing that happened in a run. Log bytes are raw and contiguous per attempt.
 *
 * @category models
 * @since 0.1.0
 */
export type FollowEvent =
  | { readonly _tag: "Event"; readonly event: StoredEvent }
  | { readonly _tag: "Preparation"; readonly attempt: number; readonly preparation: Preparation }
  | { readonly _tag: "Log"; readonly attempt: number; readonly fromByte: number; readonly bytes: Uint8Array }
  | { readonly _tag: "Gap"; readonly attempt: number; readonly lostBytes: number }
  | { readonly _tag: "Metric"; readonly attempt: number; readonly metric: Metric }
  | { readonly _tag: "Sample"; readonly attempt: number; readonly sample: Sample }
  | { readonly _tag: "Record"; readonly record: RunRecord }
  | { readonly _tag: "Supervisor"; readonly state: "away" | "back" }
