/**
 * Admission control: what a rent can cost at worst, and whether every budget can bear it.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { Capabilities } from "./Capabilities.ts"
import { defaults } from "./Defaults.ts"
import { add, format, type NanoUsd, overSeconds, remaining, secondsAffordable, sum, UsdPerHour, zero } from "./Money.ts"

/**
 * What one machine can cost at worst.
 *
 * **Details**  the machine is charged at `usdPerHour` until its deadline, the grace to end a job, and the hold in which
 * its results wait, and for `sweepSeconds` more where only a sweeper ends its billing; disks beside it for the same time
 * and for `stoppedSeconds` more; `egressUsd` once.
 *
 * @category models
 * @since 0.1.0
 */
export interface WorstCase {
  readonly usdPerHour: UsdPerHour
  readonly diskUsdPerHour: UsdPerHour
  readonly untilDeadlineSeconds: number
  readonly graceSeconds: number
  readonly holdSeconds: number
  readonly sweepSeconds: number
  readonly stoppedSeconds: number
  readonly egressUsd: NanoUsd
}

/** The money to reserve before asking for a machine. @category decisions @since 0.1.0 */
export const exposure = (worst: WorstCase): NanoUsd => {
  const rented = worst.untilDeadlineSeconds + worst.graceSeconds + worst.holdSeconds + worst.sweepSeconds
  return sum([
    overSeconds(worst.usdPerHour, rented),
    overSeconds(worst.diskUsdPerHour, rented + worst.stoppedSeconds),
    worst.egressUsd
  ])
}

/** How long after its time a machine that cannot end itself is swept at the latest. */
const sweptWithin = Duration.toSeconds(defaults.sweepEvery) + Duration.toSeconds(defaults.sweepGrace)

/**
 * What goes on being charged after a machine's time is over, until a sweeper has ended it: all of it, the disk, or
 * nothing, as its own end action can.
 *
 * @category decisions
 * @since 0.1.0
 */
export const untilSwept = (
  endAction: Capabilities["endAction"]
): Pick<WorstCase, "sweepSeconds" | "stoppedSeconds"> => ({
  sweepSeconds: endAction === "stopsJobOnly" ? sweptWithin : 0,
  stoppedSeconds: endAction === "stopsPartBilling" ? sweptWithin : 0
})

/**
 * One cap and what counts against it. `spent` is charged already, `reserved` is what live machines may still cost.
 *
 * @category models
 * @since 0.1.0
 */
export interface BudgetScope {
  readonly scope: string
  readonly cap: NanoUsd
  readonly spent: NanoUsd
  readonly reserved: NanoUsd
}

/**
 * Whether a reservation fits.
 *
 * @category models
 * @since 0.1.0
 */
export type Admission =
  | { readonly _tag: "Admitted"; readonly amount: NanoUsd }
  | { readonly _tag: "Refused"; readonly scope: string; readonly shortBy: NanoUsd; readonly message: string }

/**
 * Admits an amount only when every scope can bear it: spent, reserved and the amount together stay within the cap.
 *
 * **Details**  what costs nothing fits even where a cap is passed already; an unknown price (`undefined`) is refused wherever there is a cap: nobody could keep it. Of several
 * refusing scopes the one with the least room is named.
 *
 * @category decisions
 * @since 0.1.0
 */
export const admit = (scopes: ReadonlyArray<BudgetScope>, amount: NanoUsd | undefined): Admission => {
  const [first] = scopes
  if (amount === undefined) {
    return first === undefined
      ? { _tag: "Admitted", amount: zero }
      : {
          _tag: "Refused",
          scope: first.scope,
          shortBy: zero,
          message: `the price is unknown, so the budget "${first.scope}" cannot be kept`
        }
  }
  const refusals = scopes
    .map((scope) => ({ scope, room: remaining(scope.cap, add(scope.spent, scope.reserved)) }))
    .filter(({ room }) => amount > room)
    .toSorted((left, right) => left.room - right.room)
  const [worst] = refusals
  return worst === undefined
    ? { _tag: "Admitted", amount }
    : {
        _tag: "Refused",
        scope: worst.scope.scope,
        shortBy: remaining(amount, worst.room),
        message: `it could cost up to ${format(amount)}, and the budget "${worst.scope.scope}" has ${format(worst.room)} left of ${format(
          worst.scope.cap
        )}`
      }
}

/**
 * The longest whole number of seconds until a deadline that a budget can bear, given everything around it; `Infinity`
 * when nothing costs anything, 0 when not even the grace and hold fit.
 *
 * @category decisions
 * @since 0.1.0
 */
export const secondsWithin = (budget: NanoUsd, worst: Omit<WorstCase, "untilDeadlineSeconds">): number => {
  const fits = (seconds: number): boolean => exposure({ ...worst, untilDeadlineSeconds: seconds }) <= budget
  if (!fits(0)) return 0
  const dearest = UsdPerHour.make(Math.max(worst.usdPerHour, worst.diskUsdPerHour))
  let tooLong = secondsAffordable(budget, dearest) + 1
  if (tooLong === Infinity) return Infinity
  let fitting = 0
  while (tooLong - fitting > 1) {
    const middle = fitting + Math.floor((tooLong - fitting) / 2)
    if (fits(middle)) fitting = middle
    else tooLong = middle
  }
  return fitting
}
