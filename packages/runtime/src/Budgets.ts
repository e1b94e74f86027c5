/**
 * Reserves money before a machine is asked for, and settles it when the machine is gone.
 *
 * @since 0.1.0
 */
import { admit } from "@runctl/core/Budget"
import { type NanoUsd, zero } from "@runctl/core/Money"
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

      /** Between reading a ledger and writing to it another process may have reserved: then look again. */
      const reserveIn = Effect.fnUntraced(
        function* (cap: BudgetCap, key: ResourceKey, amount: NanoUsd | undefined) {
          const { ledger, seq } = yield* records.ledger(cap.scope)
          const admission = admit([scopeOf(cap, ledger)], amount)
          if (admission._tag === "Refused") {
            return yield* new BudgetRefused({ scope: admission.scope, message: admission.message })
          }
          yield* records.append(
            streams.budget(cap.scope),
            [event("BudgetReserved", { key, nanoUsd: admission.amount })],
            { expectedSeq: seq }
          )
        },
        Effect.retry({
          times: conflictRetries,
          while: (error) => error._tag === "JournalError" && error.reason._tag === "Conflict"
        })
      )

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
        })
      })
    })
  )
}
