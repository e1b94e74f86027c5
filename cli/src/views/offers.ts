/**
 * Known prices as they are shown, by provider.
 */
import { staleAfterDays } from "@runctl/prices/Snapshot"
import type { KnownPrices } from "../offers/known.ts"
import type { OffersListOutput, OffersView } from "../output/compare.ts"

const dayMillis = 86_400_000

/** Whose prices are known, from where, and how old the oldest of them is. */
export const viewOffers = ({ damaged, offers, parts, sha256, takenOn }: KnownPrices, now: number): OffersListOutput => {
  const names = [...new Set(offers.map(({ provider }) => provider))].toSorted()
  const providers = names.map((provider): OffersView => {
    const own = offers.filter((offer) => offer.provider === provider)
    const part = parts.find((each) => each.provider === provider)
    const dates = own.map(({ asOf }) => asOf).toSorted()
    const [oldestAsOf = ""] = dates
    const ageDays = Math.max(0, Math.floor((now - Date.parse(oldestAsOf)) / dayMillis))
    return {
      provider,
      offers: own.length,
      gpus: own.filter(({ gpu }) => gpu !== undefined).length,
      from: part === undefined ? "snapshot" : "refreshed",
      sources: [...new Set(own.map(({ source }) => source))].toSorted(),
      oldestAsOf,
      newestAsOf: dates.at(-1) ?? "",
      ageDays,
      isStale: ageDays > staleAfterDays,
      sha256: part?.sha256 ?? null
    }
  })
  return { snapshot: { takenOn, sha256 }, providers, damaged: [...damaged] }
}
