/**
 * When a machine ends if everybody goes away now, and by what. Pure.
 */
import { defaults } from "@runctl/core/Defaults"
import type { SupervisorStatus } from "@runctl/runtime/SupervisorClient"
import * as Duration from "effect/Duration"
import type { UnattendedView } from "../output/status.ts"

/**
 * What stands between a forgotten machine and its bill.
 *
 * - `clockEndsAt`: when its own clock ends it and its billing; nothing where it cannot, or nobody watches it.
 * - `dueAt`: from when on whoever here looks ends it; nothing for a machine that nobody here has any business with.
 * - `isSwept`: whether sweeps of its provider are made by a timer.
 *
 * Times are milliseconds since 1970-01-01 UTC.
 */
export interface Layers {
  readonly clockEndsAt: number | undefined
  readonly dueAt: number | undefined
  readonly supervisor: SupervisorStatus["state"]
  readonly isSwept: boolean
}

/** The first layer that ends it, and when at the latest; the innermost of those that come at the same time. */
export const endOf = (
  { clockEndsAt, dueAt, isSwept, supervisor }: Layers,
  now: number
): { readonly at: number; readonly by: "machine" | "supervisor" | "sweeper" } | undefined => {
  const due = dueAt === undefined ? undefined : Math.max(dueAt, now)
  const ends = [
    ...(clockEndsAt === undefined ? [] : [{ at: Math.max(clockEndsAt, now), by: "machine" as const }]),
    ...(due === undefined || supervisor !== "running" ? [] : [{ at: due, by: "supervisor" as const }]),
    ...(due === undefined || !isSwept
      ? []
      : [{ at: due + Duration.toMillis(defaults.sweepEvery), by: "sweeper" as const }])
  ]
  return ends.toSorted((left, right) => left.at - right.at)[0]
}

/** The same, as it is shown. */
export const viewUnattended = (layers: Layers, now: number): UnattendedView => {
  const end = endOf(layers, now)
  return end === undefined ? { endsBy: null, by: null } : { endsBy: new Date(end.at).toISOString(), by: end.by }
}
