/**
 * What is remembered beside the events: runs, machines and budgets, each as the JSON form of its record.
 *
 * @since 0.1.0
 */
import { RunId } from "@runctl/core/Run"
import { NanoUsd } from "@runctl/core/Money"
import * as Schema from "effect/Schema"
import * as BudgetLedger from "./BudgetLedger.ts"
import { type Event, type EventType, payloads } from "./Event.ts"
import type { Projection, StoredEvent } from "./Journal.ts"
import * as ResourceProjection from "./ResourceProjection.ts"
import { ResourceRecord } from "./ResourceRecord.ts"
import * as RunProjection from "./RunProjection.ts"
import { RunRecord, Warned } from "./RunRecord.ts"

const Ledger = Schema.Struct({
  reserved: Schema.Record(Schema.String, NanoUsd),
  spent: NanoUsd,
  warned: Schema.optionalKey(Warned)
})

const isKnown = (type: string): type is EventType => type in payloads

/** Only for what the schema of its type has just decoded. */
const isEvent = (decoded: { readonly type: string; readonly payload: unknown }): decoded is Event =>
  isKnown(decoded.type)

const decoders = new Map<EventType, (payload: unknown) => unknown>()

/** Reading schemas is slow to prepare and quick to repeat. */
const decoderOf = (type: EventType): ((payload: unknown) => unknown) => {
  const known = decoders.get(type) ?? Schema.decodeUnknownSync(payloads[type])
  decoders.set(type, known)
  return known
}

/**
 * The event inside its envelope; `undefined` for a type this version does not know.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toEvent = (stored: StoredEvent): Event | undefined => {
  if (!isKnown(stored.type)) return undefined
  const decoded = { type: stored.type, payload: decoderOf(stored.type)(stored.payload) }
  return isEvent(decoded) ? decoded : undefined
}

/** What goes into the journal for an event. @category conversions @since 0.1.0 */
export const toStored = (event: Event): { readonly type: EventType; readonly payload: unknown } => {
  const encode = Schema.encodeUnknownSync(payloads[event.type])
  return { type: event.type, payload: encode(event.payload) }
}

const keyIn =
  (prefix: string) =>
  (event: StoredEvent): string | undefined =>
    event.stream.startsWith(prefix) ? event.stream.slice(prefix.length) : undefined

/** The name of each stream. @category constants @since 0.1.0 */
export const streams = {
  run: (id: string): string => `run/${id}`,
  resource: (key: string): string => `resource/${key}`,
  budget: (scope: string): string => `budget/${scope}`,
  supervisor: "supervisor",
  sweeper: "sweeper"
} as const

const codec = <S extends Schema.Codec<unknown, unknown>>(schema: S) => ({
  decode: Schema.decodeUnknownSync(schema),
  encode: Schema.encodeSync(schema)
})

const runCodec = codec(RunRecord)
const resourceCodec = codec(ResourceRecord)
const ledgerCodec = codec(Ledger)

/** Reads a record back. @category conversions @since 0.1.0 */
export const decode = { run: runCodec.decode, resource: resourceCodec.decode, ledger: ledgerCodec.decode }

const runs: Projection = {
  name: "runs",
  version: 1,
  keyOf: keyIn("run/"),
  evolve: (state, stored) => {
    const event = toEvent(stored)
    if (event === undefined) return state
    const id = RunId.make(stored.stream.slice("run/".length))
    const record = RunProjection.evolve(state === undefined ? undefined : runCodec.decode(state), id, event, stored.at)
    return record === undefined ? undefined : runCodec.encode(record)
  }
}

const resources: Projection = {
  name: "resources",
  version: 2,
  keyOf: keyIn("resource/"),
  evolve: (state, stored) => {
    const event = toEvent(stored)
    if (event === undefined) return state
    const before = state === undefined ? undefined : resourceCodec.decode(state)
    const record = ResourceProjection.evolve(before, event, stored.at)
    return record === undefined ? undefined : resourceCodec.encode(record)
  }
}

const budgets: Projection = {
  name: "budgets",
  version: 1,
  keyOf: keyIn("budget/"),
  evolve: (state, stored) => {
    const event = toEvent(stored)
    if (event === undefined) return state
    return ledgerCodec.encode(
      BudgetLedger.evolve(state === undefined ? BudgetLedger.empty : ledgerCodec.decode(state), event)
    )
  }
}

/** All that the journal keeps up to date. @category constants @since 0.1.0 */
export const projections: ReadonlyArray<Projection> = [runs, resources, budgets]
