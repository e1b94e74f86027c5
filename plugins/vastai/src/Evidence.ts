/**
 * What Vast.ai says of why an instance does not run.
 *
 * @since 0.1.0
 */
import { formatUsd } from "@runctl/core/Money"
import type { Resource } from "@runctl/core/Resource"
import type { PreemptionEvidence } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type { Cause } from "./Failures.ts"
import { isOutbid, numberOf, pricesOf } from "./Instances.ts"
import * as Looking from "./Looking.ts"
import { isStoppedByUs } from "./Memory.ts"

/**
 * Whether an instance was taken back. One that lives by a bid and was stopped, not by us, was outbid; its disk is kept,
 * and charged until it is destroyed.
 *
 * @category queries
 * @since 0.1.0
 */
export const evidenceOf = Effect.fnUntraced(function* (
  cloud: Looking.Cloud,
  { id }: Resource
): Effect.fn.Return<PreemptionEvidence, Cause> {
  const instance = numberOf(id)
  const row = instance === undefined ? undefined : yield* Looking.show(cloud.api, instance)
  if (row === undefined) return { preempted: "unknown", message: "Vast.ai does not say who destroyed an instance" }
  if (row.is_bid !== true) return { preempted: "no", message: "it is rented on demand, and not taken back" }
  if (!isOutbid(row)) return { preempted: "no", message: "its bid holds" }
  if (isStoppedByUs(yield* cloud.memory.find(row.id))) return { preempted: "no", message: "runctl has stopped it" }
  const { disk } = pricesOf(row)
  return {
    preempted: "yes",
    message: `It was outbid, or its host's GPUs were rented on demand. Its disk costs ${formatUsd(disk)}/h until it is destroyed`
  }
})
