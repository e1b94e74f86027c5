/**
 * Where a machine would be rented, with a deadline that the budget can bear.
 */
import type { Placement } from "@runctl/runtime/Event"
import type { Limits, Plan } from "@runctl/runtime/Placement"
import { type LeftRunning, leftRunning } from "@runctl/runtime/LeftRunning"
import { Runs } from "@runctl/runtime/Runs"
import { isLately } from "@runctl/runtime/Sweeps"
import { lastSweep } from "@runctl/runtime/SweepState"
import * as Effect from "effect/Effect"
import { affordableSeconds, type Bounds } from "./limits.ts"

/** Limits that end `seconds` from `now`. */
const limitsFor = (limits: Bounds, seconds: number, now: number): Limits => ({
  deadlineAt: Math.floor(now + seconds * 1000),
  graceSeconds: limits.graceSeconds,
  holdSeconds: limits.holdSeconds,
  budgets: limits.budgets,
  ...(limits.project === undefined ? {} : { project: limits.project }),
  ...(limits.expectedHours === undefined ? {} : { expectedHours: limits.expectedHours }),
  ...(limits.isDerived ? { isDeadlineDerived: true } : {})
})

/** A plan with the limits it holds for; without a plan for a machine that is there already. */
export interface Planned {
  readonly plan: Plan | undefined
  readonly limits: Limits
  readonly left: LeftRunning
  /** A sweeper has run lately: it would end what cannot end itself. */
  readonly isSwept: boolean
}

/** With what becomes of the machine when nobody is left to end it. */
const planned = Effect.fnUntraced(function* (plan: Plan | undefined, limits: Limits, now: number) {
  const sweptAt = plan === undefined ? undefined : yield* lastSweep
  const left: LeftRunning =
    plan === undefined ? { _tag: "EndsItself" } : leftRunning(plan.endAction, plan.around, sweptAt, now)
  const answer: Planned = { plan, limits, left, isSwept: isLately(sweptAt, now) }
  return answer
})

/** Plans. Where the budget alone sets the deadline, the price is looked up first. */
export const makePlan = Effect.fnUntraced(function* (placement: Placement, limits: Bounds, now: number) {
  const runs = yield* Runs
  const whole = limitsFor(limits, limits.maxHours * 3600, now)
  if (!limits.isDerived) return yield* planned(yield* runs.plan(placement, whole), whole, now)
  const open = yield* runs.plan(placement, { ...whole, budgets: [] })
  const shortened = limitsFor(limits, affordableSeconds(limits, open?.around), now)
  return yield* planned(yield* runs.plan(placement, shortened), shortened, now)
})
