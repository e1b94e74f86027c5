/**
 * What is reserved and spent in each budget: the fold of its events, and the pure part of a reservation.
 *
 * @since 0.1.0
 */
import type { BudgetScope } from "@runctl/core/Budget"
import * as Money from "@runctl/core/Money"
import type { BudgetCap, Event } from "./Event.ts"

/**
 * One budget's ledger: open reservations by key, and the sum of what was charged. `warned` is the highest threshold that
 * was told, in percent, and of which cap.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ledger {
  readonly reserved: Readonly<Record<string, Money.NanoUsd>>
  readonly spent: Money.NanoUsd
  readonly warned?: Warned
}

/** What was told of a budget last. @category models @since 0.1.0 */
export interface Warned {
  readonly percent: number
  readonly capNanoUsd: Money.NanoUsd
}

/** A budget nobody has used yet. @category constants @since 0.1.0 */
export const empty: Ledger = { reserved: {}, spent: Money.zero }

/** A ledger after one more event. Releasing twice counts once. @category decisions @since 0.1.0 */
export const evolve = (ledger: Ledger, event: Event): Ledger => {
  switch (event.type) {
    case "BudgetReserved":
      return { ...ledger, reserved: { ...ledger.reserved, [event.payload.key]: event.payload.nanoUsd } }
    case "BudgetReleased": {
      const { [event.payload.key]: released, ...reserved } = ledger.reserved
      return released === undefined
        ? ledger
        : { ...ledger, reserved, spent: Money.add(ledger.spent, event.payload.chargedNanoUsd) }
    }
    case "BudgetWarned":
      return { ...ledger, warned: { percent: event.payload.percent, capNanoUsd: event.payload.capNanoUsd } }
    default:
      return ledger
  }
}

/** A ledger seen as a scope that `Budget.admit` can judge. @category conversions @since 0.1.0 */
export const scopeOf = (cap: BudgetCap, ledger: Ledger): BudgetScope => ({
  scope: cap.scope,
  cap: cap.capNanoUsd,
  spent: ledger.spent,
  reserved: Money.sum(Object.values(ledger.reserved))
})
