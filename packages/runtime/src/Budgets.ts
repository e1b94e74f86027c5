/**
 * Reserves money before a machine is asked for, and settles it when the machine is gone.
 *
 * @since 0.1.0
 */
import { admit } from "@runctl/core/Budget"
import { add, type NanoUsd, remaining, zero } from "@runctl/core/Money"
import type { ResourceKey } from "@runctl/core/Ownership"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Ledger, scopeOf } from "./BudgetLedger.ts"
import { type BudgetCap, event } from "./Event.ts"
import type { JournalError } from "./JournalError.ts"
import { streams } from "./Projections.ts"
import { Records } from "./Records.ts"
import { BudgetRefused } from "./RuntimeError.ts"

/** How often a reservation is tried again when another process wrote first. */
const conflictRetries = 20

/** Between reading a ledger and writing to it another process may have written: then it is looked at again. */
const again = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E | JournalError, R>
): Effect.Effect<A, E | JournalError, R> =>
  Effect.retry(effect, {
    times: conflictRetries,
    while: (error) => "reason" in error && error._tag === "JournalError" && error.reason._tag === "Conflict"
  })

/**
 * Reserves and settles money.
 *
 * @category services
 * @since 0.1.0
 */
export class Budgets extends Context.Service<
  Budgets,
  {
    /** The ledgers of these budgets, by scope. */
    readonly ledgers: (caps: ReadonlyArray<BudgetCap>) => Effect.Effect<ReadonlyMap<string, Ledger>, JournalError>
    /** Reserves an amount in every budget, or in none of them. An unknown amount fits only where there is no budget. */
    readonly reserve: (
      caps: ReadonlyArray<BudgetCap>,
      key: ResourceKey,
      amount: NanoUsd | undefined
    ) => Effect.Effect<void, BudgetRefused | JournalError>
    /** Takes a key into its budgets again, so that what its machine costs after all is settled like the rest. */
    readonly reopen: (scopes: ReadonlyArray<string>, key: ResourceKey) => Effect.Effect<void, JournalError>
    /**
     * Makes a reservation as large as this in every budget, or in none of them; one that is as large stays. Answers how
     * it is taken back. A machine without a reservation is over, so nothing can be added to it.
     */
    readonly raise: (
      caps: ReadonlyArray<BudgetCap>,
      key: ResourceKey,
      amount: NanoUsd | undefined
    ) => Effect.Effect<Effect.Effect<void, JournalError>, BudgetRefused | JournalError>
    /** Turns a reservation into what was really charged. Safe to repeat. */
    readonly settle: (
      scopes: ReadonlyArray<string>,
      key: ResourceKey,
      charged: NanoUsd
    ) => Effect.Effect<void, JournalError>
  }
>()("@runctl/runtime/Budgets") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Budgets, never, Records> = Layer.effect(
    Budgets,
    Effect.gen(function* () {
      const records = yield* Records

      const settle = Effect.fn("Budgets.settle")(function* (
        scopes: ReadonlyArray<string>,
        key: ResourceKey,
        chargedNanoUsd: NanoUsd
      ) {
        for (const scope of scopes) {
          const { ledger } = yield* records.ledger(scope)
          if (ledger.reserved[key] === undefined) continue
          yield* records.append(streams.budget(scope), [event("BudgetReleased", { key, chargedNanoUsd })])
        }
      })

      const reopen = Effect.fn("Budgets.reopen")(function* (scopes: ReadonlyArray<string>, key: ResourceKey) {
        for (const scope of scopes) {
          const { ledger } = yield* records.ledger(scope)
          if (ledger.reserved[key] !== undefined) continue
          yield* records.append(streams.budget(scope), [event("BudgetReserved", { key, nanoUsd: zero })])
        }
      })

      /** Refuses what a budget cannot bear. */
      const admitted = (cap: BudgetCap, ledger: Ledger, amount: NanoUsd | undefined) => {
        const admission = admit([scopeOf(cap, ledger)], amount)
        return admission._tag === "Refused"
          ? Effect.fail(new BudgetRefused({ scope: admission.scope, message: admission.message }))
          : Effect.succeed(admission.amount)
      }

      const write = (scope: string, key: ResourceKey, nanoUsd: NanoUsd, expectedSeq: number) =>
        records.append(streams.budget(scope), [event("BudgetReserved", { key, nanoUsd })], { expectedSeq })

      const reserveIn = Effect.fnUntraced(function* (cap: BudgetCap, key: ResourceKey, amount: NanoUsd | undefined) {
        const { ledger, seq } = yield* records.ledger(cap.scope)
        yield* write(cap.scope, key, yield* admitted(cap, ledger, amount), seq)
      }, again)

      /** Answers by how much it was raised. */
      const raiseIn = Effect.fnUntraced(function* (cap: BudgetCap, key: ResourceKey, amount: NanoUsd | undefined) {
        const { ledger, seq } = yield* records.ledger(cap.scope)
        const before = ledger.reserved[key]
        if (before === undefined) {
          const message = `the machine is over: the budget "${cap.scope}" has settled what it cost`
          return yield* new BudgetRefused({ scope: cap.scope, message })
        }
        const missing = amount === undefined ? undefined : remaining(amount, before)
        const added = yield* admitted(cap, ledger, missing)
        if (added > 0) yield* write(cap.scope, key, add(before, added), seq)
        return added
      }, again)

      /** Takes back by how much it was raised: meanwhile somebody else may have raised it too, or it was settled. */
      const lowerIn = Effect.fnUntraced(function* (scope: string, key: ResourceKey, added: NanoUsd) {
        const { ledger, seq } = yield* records.ledger(scope)
        const now = ledger.reserved[key]
        if (now !== undefined && added > 0) yield* write(scope, key, remaining(now, added), seq)
      }, again)

      return Budgets.of({
        settle,
        reopen,
        ledgers: (caps) =>
          Effect.forEach(caps, ({ scope }) =>
            Effect.map(records.ledger(scope), ({ ledger }): readonly [string, Ledger] => [scope, ledger])
          ).pipe(Effect.map((entries) => new Map(entries))),
        reserve: Effect.fn("Budgets.reserve")(function* (caps, key, amount) {
          const done: Array<string> = []
          for (const cap of caps) {
            yield* reserveIn(cap, key, amount).pipe(Effect.tapError(() => settle(done, key, zero)))
            done.push(cap.scope)
          }
        }),
        raise: Effect.fn("Budgets.raise")(function* (caps, key, amount) {
          const done: Array<readonly [string, NanoUsd]> = []
          const back = Effect.suspend(() =>
            Effect.forEach(done.splice(0), ([scope, added]) => lowerIn(scope, key, added), { discard: true })
          )
          for (const cap of caps) {
            const added = yield* Effect.tapError(raiseIn(cap, key, amount), () => back)
            done.push([cap.scope, added])
          }
          return back
        })
      })
    })
  )
}
