/**
 * The journal in the runtime's own words: typed events in, typed records out.
 *
 * @since 0.1.0
 */
import type { RunId } from "@runctl/core/Run"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { empty, type Ledger } from "./BudgetLedger.ts"
import type { Event } from "./Event.ts"
import { type Fence, Journal, type StoredEvent } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import { decode, streams, toStored } from "./Projections.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { RunRecord } from "./RunRecord.ts"

/**
 * The lease under which this fiber writes: every append is refused once somebody else holds it.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentFence = Context.Reference<Fence | undefined>("@runctl/runtime/Records/CurrentFence", {
  defaultValue: () => undefined
})

/** What an append may say beside its events. @category models @since 0.1.0 */
export interface Writing {
  /** The sequence number the stream must be at; any when absent. */
  readonly expectedSeq?: number
  readonly run?: RunId
}

/**
 * Typed access to the journal.
 *
 * @category services
 * @since 0.1.0
 */
export class Records extends Context.Service<
  Records,
  {
    readonly append: (
      stream: string,
      events: ReadonlyArray<Event>,
      writing?: Writing
    ) => Effect.Effect<ReadonlyArray<StoredEvent>, JournalError>
    /** The sequence number a stream stands at: read it before the record that a decision rests on. */
    readonly seq: (stream: string) => Effect.Effect<number, JournalError>
    readonly run: (id: string) => Effect.Effect<RunRecord | undefined, JournalError>
    /** Newest first. */
    readonly runs: Effect.Effect<ReadonlyArray<RunRecord>, JournalError>
    readonly resource: (key: string) => Effect.Effect<ResourceRecord | undefined, JournalError>
    /** Newest first. */
    readonly resources: Effect.Effect<ReadonlyArray<ResourceRecord>, JournalError>
    /** A budget's ledger and the sequence number it stands at. */
    readonly ledger: (scope: string) => Effect.Effect<{ readonly ledger: Ledger; readonly seq: number }, JournalError>
  }
>()("@runctl/runtime/Records") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Records, never, Journal> = Layer.effect(
    Records,
    Effect.gen(function* () {
      const journal = yield* Journal

      return Records.of({
        append: Effect.fn("Records.append")(function* (stream, events, { expectedSeq, run } = {}) {
          const fence = yield* CurrentFence
          const envelope = run === undefined ? {} : { run }
          return yield* journal.append(
            stream,
            expectedSeq ?? "any",
            events.map((event) => ({ ...toStored(event), ...envelope })),
            fence === undefined ? {} : { fence }
          )
        }),
        seq: journal.last,
        run: (id) =>
          Effect.map(journal.projection("runs", id), (state) => (state === undefined ? undefined : decode.run(state))),
        runs: Effect.map(journal.projections("runs"), (rows) =>
          rows.map(({ state }) => decode.run(state)).toSorted((left, right) => right.requestedAt - left.requestedAt)
        ),
        resource: (key) =>
          Effect.map(journal.projection("resources", key), (state) =>
            state === undefined ? undefined : decode.resource(state)
          ),
        resources: Effect.map(journal.projections("resources"), (rows) =>
          rows
            .map(({ state }) => decode.resource(state))
            .toSorted((left, right) => right.requestedAt - left.requestedAt)
        ),
        ledger: Effect.fn("Records.ledger")(function* (scope) {
          const seq = yield* journal.last(streams.budget(scope))
          const state = yield* journal.projection("budgets", scope)
          return { seq, ledger: state === undefined ? empty : decode.ledger(state) }
        })
      })
    })
  )
}
