/**
 * What the market has now: searched for, kept for a moment, and looked up again when a machine is to be rented.
 *
 * @since 0.1.0
 */
import type { CloudApi } from "@runctl/core/CloudApi"
import type { GiB, Market, OfferQuery } from "@runctl/core/Offer"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Answers from "./Answers.ts"
import type { Cause } from "./Failures.ts"
import { askFor, type Filters, searchFor, shapeOf, unknownType } from "./Market.ts"

/** What is older than this is searched for again: so few searches are allowed. **Units**  milliseconds */
const usualAge = 30_000

/** A machine that failed is left alone for so long. **Units**  milliseconds */
const avoidedFor = 60 * 60_000

/** A search and what it found. */
interface Found {
  readonly asks: ReadonlyArray<Answers.Ask>
  readonly market: Market
  readonly at: number
}

/** What was found, and when. @category models @since 0.1.0 */
export interface Searched {
  readonly asks: ReadonlyArray<Answers.Ask>
  readonly asOf: DateTime.Utc
}

/** What is to be rented. @category models @since 0.1.0 */
export interface Wanted {
  readonly instanceType: string
  readonly market: Market
  readonly diskGiB: GiB
}

/** The market of an endpoint. @category models @since 0.1.0 */
export interface Asks {
  /** What hosts offer that fits; the same search is made once within half a minute. */
  readonly search: (query: OfferQuery) => Effect.Effect<Searched, Cause>
  /** The offer of an instance type, as it is now. */
  readonly find: (wanted: Wanted) => Effect.Effect<Answers.Ask, Cause>
  /** A host's offers are not what they were: their ids change with whatever it rents out. */
  readonly drop: (ask: Answers.Ask) => Effect.Effect<void>
  /** One at a time of those who rent from one host: each changes the ids of what the others have found. */
  readonly alone: <A, E, R>(instanceType: string, renting: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** What its host rents out fails: others come first for an hour. */
  readonly avoid: (machine: number) => Effect.Effect<void>
}

/** Nothing is known yet. @category constructors @since 0.1.0 */
export const make = (api: CloudApi, filters: Filters & { readonly pace: number }): Asks => {
  const young = usualAge * Math.min(1, filters.pace)
  const found = new Map<string, Found>()
  const avoided = new Map<number, number>()
  const turns = new Map<number, Semaphore.Semaphore>()
  const oneAtATime = Semaphore.makeUnsafe(1)

  const isAvoided = (machine: number, now: number): boolean => (avoided.get(machine) ?? 0) > now

  const read = Effect.fnUntraced(function* (query: OfferQuery): Effect.fn.Return<Found, Cause> {
    const body = searchFor(query, filters)
    const name = JSON.stringify(body)
    const now = yield* Clock.currentTimeMillis
    for (const [other, { at }] of found) if (Math.abs(now - at) >= young) found.delete(other)
    const known = found.get(name)
    if (known !== undefined) return known
    const answer = yield* api.call({ method: "POST", path: "/api/v0/bundles/", body, kind: "read", scope: "misc" })
    const fresh: Found = { asks: yield* Answers.asks(answer), market: query.market ?? "on-demand", at: now }
    found.set(name, fresh)
    return fresh
  })

  const search: Asks["search"] = Effect.fnUntraced(function* (query) {
    const { asks, at } = yield* oneAtATime.withPermit(read(query))
    const now = yield* Clock.currentTimeMillis
    return {
      asks: asks.filter(({ machine_id: machine }) => !isAvoided(machine, now)),
      asOf: DateTime.makeUnsafe(at)
    }
  })

  const find: Asks["find"] = Effect.fnUntraced(function* ({ diskGiB, instanceType, market }) {
    const shape = shapeOf(instanceType)
    if (shape === undefined) return yield* unknownType(instanceType)
    const now = yield* Clock.currentTimeMillis
    // What is bid for is not what is asked on demand; the lowest bid stands with both.
    const known = [...found.values()]
      .filter(({ at, market: searched }) => Math.abs(now - at) < young && (market === "spot" || searched === market))
      .flatMap(({ asks }) => asks)
    const ask =
      askFor(known, shape, filters, market) ??
      askFor((yield* search({ instanceType, market, diskGiB })).asks, shape, filters, market)
    return (
      ask ??
      (yield* new ProviderError.OutOfCapacity({ message: `the host of ${instanceType} offers nothing like it now` }))
    )
  })

  return {
    search,
    find,
    drop: ({ machine_id: machine }) =>
      Effect.sync(() => {
        for (const [name, { asks, ...rest }] of found) {
          const others = asks.filter((ask) => ask.machine_id !== machine)
          // A search for this host alone is made again.
          if (others.length === 0) found.delete(name)
          else found.set(name, { ...rest, asks: others })
        }
      }),
    alone: (instanceType, renting) => {
      const machine = shapeOf(instanceType)?.machine ?? 0
      const turn = turns.get(machine) ?? Semaphore.makeUnsafe(1)
      turns.set(machine, turn)
      return turn.withPermit(renting)
    },
    avoid: (machine) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        avoided.set(machine, now + avoidedFor)
      })
  }
}
