/**
 * Where a machine would be rented, with a deadline that the budget can bear.
 */
import type { Placement } from "@runctl/runtime/Event"
import type { Limits, Plan } from "@runctl/runtime/Placement"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { affordableSeconds, type Bounds } from "./limits.ts"

/** Limits that end `seconds` from `now`. */
const limitsFor = (limits: Bounds, seconds: number, now: number): Limits => ({
  deadlineAt: Math.floor(now + seconds * 1000),
  graceSeconds: limits.graceSeconds,
  holdSeconds: limits.holdSeconds,
  budgets: limits.budgets,
  ...(limits.project === undefined ? {} : { project: limits.project })
})

/** A plan with the limits it holds for; without a plan for a machine that is there already. */
export interface Planned {
  readonly plan: Plan | undefined
  readonly limits: Limits
}

/** Plans. Where the budget alone sets the deadline, the price is looked up first. */
export const makePlan = Effect.fnUntraced(function* (placement: Placement, limits: Bounds, now: number) {
  const runs = yield* Runs
  const whole = limitsFor(limits, limits.maxHours * 3600, now)
  if (!limits.isDerived) {
    const planned: Planned = { plan: yield* runs.plan(placement, whole), limits: whole }
    return planned
  }
  const open = yield* runs.plan(placement, { ...whole, budgets: [] })
  const shortened = limitsFor(limits, affordableSeconds(limits, open?.around), now)
  const planned: Planned = { plan: yield* runs.plan(placement, shortened), limits: shortened }
  return planned
})
