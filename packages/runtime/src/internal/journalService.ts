import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { JournalError } from "../JournalError.ts"
import { append } from "./appending.ts"
import { eventId } from "./eventId.ts"
import { lastPosition, lastSeq, readFrom, readStream } from "./eventRows.ts"
import { healthOf, setHealth } from "./journalHealth.ts"
import type { Fence, Health, NewEvent, Projection } from "./journalModels.ts"
import { make as makeStore, type Source } from "./journalStore.ts"
import { make as makeLeasing } from "./leasing.ts"
import { readProjection, readProjections } from "./projectionRows.ts"
import { make as makeSubscribing } from "./subscribing.ts"

const defaultLimit = 1000

/** A journal over a source. */
export const make = Effect.fnUntraced(function* (
  source: Source,
  options: {
    readonly projections: ReadonlyArray<Projection>
    readonly rentTypes?: ReadonlyArray<string>
    readonly owner: string
  }
) {
  const store = yield* makeStore(source)
  const leasing = yield* makeLeasing(store)
  const { announce, subscribe } = makeSubscribing(store)
  const { owner, projections } = options
  const rentTypes = new Set(options.rentTypes)

  return {
    ...leasing,
    append: Effect.fn("Journal.append")(function* (
      stream: string,
      expectedSeq: number | "any",
      events: ReadonlyArray<NewEvent>,
      { fence }: { readonly fence?: Fence } = {}
    ) {
      const at = yield* Clock.currentTimeMillis
      const random = yield* Random.Random
      const ids = events.map(() => eventId(at, random))
      const { file } = source
      const request = { file, stream, expectedSeq, events, ids, at, owner, fence, rentTypes, projections }
      const stored = yield* store.write((connection) => append(connection, request))
      yield* announce
      return stored
    }),
    read: Effect.fn("Journal.read")((stream: string, fromSeq = 0) =>
      store.read((connection) => readStream(connection, stream.toWellFormed(), fromSeq + 1))
    ),
    readAll: Effect.fn("Journal.readAll")(
      ({ fromPosition = 0, limit = defaultLimit }: { readonly fromPosition?: number; readonly limit?: number } = {}) =>
        store.read((connection) => readFrom(connection, fromPosition + 1, limit))
    ),
    subscribe: ({ fromPosition = 0 }: { readonly fromPosition?: number } = {}) => subscribe(fromPosition),
    last: Effect.fn("Journal.last")((stream: string) =>
      store.read((connection) => lastSeq(connection, stream.toWellFormed()))
    ),
    position: store.read(lastPosition),
    projection: Effect.fn("Journal.projection")((name: string, key: string) =>
      store.read((connection) => readProjection(connection, name, key.toWellFormed())?.state)
    ),
    projections: Effect.fn("Journal.projections")((name: string) =>
      store.read((connection) => readProjections(connection, name))
    ),
    health: Effect.gen(function* () {
      const { needsRebuild } = yield* store.read(healthOf)
      const reason = yield* store.readOnly
      const health: Health = {
        needsRebuild,
        readOnly: reason === undefined ? undefined : new JournalError({ reason })
      }
      return health
    }),
    rebuilt: store.write((connection) => setHealth(connection, undefined))
  }
})
