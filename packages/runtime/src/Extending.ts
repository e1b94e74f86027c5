/**
 * The money for a later deadline: reserved before anything is moved, and given back when it cannot be moved.
 *
 * @since 0.1.0
 */
import type { NanoUsd } from "@runctl/core/Money"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Budgets } from "./Budgets.ts"
import { needed } from "./Exposure.ts"
import type { JournalError } from "./JournalError.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { BudgetRefused } from "./RuntimeError.ts"
import { isHeld } from "./Waiting.ts"

/** A reservation that was raised: what the machine costs at worst now, and how to take it back. @category models @since 0.1.0 */
export interface Raised {
  readonly worst: { readonly worstCaseNanoUsd?: NanoUsd }
  readonly back: Effect.Effect<void, JournalError>
}

/**
 * Reserves what a machine costs at worst until a deadline, in all its budgets or in none.
 *
 * **Units**   deadlineAt: milliseconds since 1970-01-01 UTC
 * **Errors**  `BudgetRefused` where a budget cannot bear it, or cannot be kept because the price is unknown; then nothing
 * has changed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const reserveUntil = Effect.fn("Extending.reserveUntil")(function* (
  budgets: Budgets["Service"],
  record: ResourceRecord,
  deadlineAt: number
): Effect.fn.Return<Raised, BudgetRefused | JournalError> {
  const { reserve, deadlineAt: before } = record
  // An earlier deadline frees nothing before the machine is gone: what is reserved was agreed to.
  if (reserve === undefined || deadlineAt <= before) return { worst: {}, back: Effect.void }
  const worst = needed(record, deadlineAt, yield* Clock.currentTimeMillis)
  const back = yield* budgets.raise(reserve.budgets, record.mark.key, worst)
  return { worst: worst === undefined ? {} : { worstCaseNanoUsd: worst }, back }
})

/** The same for several machines: for all of them, or for none. @category combinators @since 0.1.0 */
export const reserveAllUntil = Effect.fn("Extending.reserveAllUntil")(function* (
  budgets: Budgets["Service"],
  records: ReadonlyArray<ResourceRecord>,
  deadlineAt: number
): Effect.fn.Return<Effect.Effect<void, JournalError>, BudgetRefused | JournalError> {
  const done: Array<Effect.Effect<void, JournalError>> = []
  const back = Effect.suspend(() => Effect.all(done.splice(0), { discard: true }))
  for (const record of records.filter(isHeld)) {
    const raised = yield* Effect.tapError(reserveUntil(budgets, record, deadlineAt), () => back)
    done.push(raised.back)
  }
  return back
})
