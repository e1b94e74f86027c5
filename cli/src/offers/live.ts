/**
 * Asks providers for their prices now, both of a machine's where it has two. One that fails never hides the others.
 */
import type { Market, Offer } from "@runctl/core/Offer"
import { isAskedUnnamed, type ProviderEntry } from "@runctl/core/ProviderRegistry"
import { findOffers } from "@runctl/runtime/Placement"
import { Providers } from "@runctl/runtime/Providers"
import type { PlainOffer } from "@runctl/prices/Snapshot"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { usage } from "../errors/Failure.ts"

/** What a provider answered. */
export interface Live {
  readonly provider: string
  readonly source: string
  readonly takenAt: string
  readonly offers: ReadonlyArray<PlainOffer>
}

/** One's own machines have no prices that others could compare. */
const own: ReadonlySet<string> = new Set(["local", "ssh"])

const keyOf = ({ instanceType, provider, region, zone }: Offer): string =>
  JSON.stringify([provider, region, zone ?? null, instanceType])

/** An offer whose time is text. */
const plain = ({ asOf, ...offer }: Offer): PlainOffer => ({ ...offer, asOf: DateTime.formatIso(asOf) })

/** The same machine asked for in both markets is one offer with two prices. */
const together = (offers: ReadonlyArray<Offer>): ReadonlyArray<PlainOffer> => {
  const byKey = new Map<string, PlainOffer>()
  for (const offer of offers) byKey.set(keyOf(offer), { ...byKey.get(keyOf(offer)), ...plain(offer) })
  return [...byKey.values()]
}

const marketsOf = ({ manifest }: ProviderEntry): ReadonlyArray<Market> =>
  manifest.capabilities.spot === "none" ? ["on-demand"] : ["on-demand", "spot"]

const asked = Effect.fnUntraced(function* (entry: ProviderEntry) {
  const { name } = entry.manifest
  const found = yield* Effect.forEach(
    marketsOf(entry),
    (market) => findOffers({ _tag: "Rent", provider: name, query: {}, market }),
    { concurrency: "unbounded" }
  )
  const offers = together(found.flatMap((each) => each.offers))
  const takenAt = new Date(yield* Clock.currentTimeMillis).toISOString()
  const answer: Live = { provider: name, source: offers[0]?.source ?? name, takenAt, offers }
  return answer
})

/** The prices of those that are named, else of all that can be asked, and who could not be. */
export const livePrices = Effect.fnUntraced(function* (named: ReadonlyArray<string>) {
  const known = (yield* (yield* Providers).list).filter(({ manifest }) => !own.has(manifest.name))
  const stranger = named.find((name) => !known.some(({ manifest }) => manifest.name === name))
  if (stranger !== undefined) {
    const names = known.map(({ manifest }) => manifest.name).toSorted()
    return yield* Effect.fail(
      usage(`nobody called "${stranger}" can be asked for prices`, `There is ${names.join(", ")}.`)
    )
  }
  const entries = known.filter((entry) =>
    named.length === 0 ? isAskedUnnamed(entry) : named.includes(entry.manifest.name)
  )
  const answers = yield* Effect.forEach(
    entries,
    (entry) =>
      asked(entry).pipe(
        Effect.map((live) => ({ live, failure: undefined })),
        Effect.catch((error) =>
          Effect.succeed({ live: undefined, failure: { provider: entry.manifest.name, message: error.message } })
        )
      ),
    { concurrency: 8 }
  )
  return {
    answered: answers.flatMap(({ live }) => (live === undefined ? [] : [live])),
    failures: answers.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))
  }
})
