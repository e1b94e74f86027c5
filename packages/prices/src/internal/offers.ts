/**
 * Offers of the caller's own, checked one by one.
 */
import { CompareError } from "../CompareError.ts"
import type { PlainOffer } from "../Snapshot.ts"

const amounts = [
  "gpuMemoryGiB",
  "diskGiB",
  "onDemandUsdPerHour",
  "spotUsdPerHour",
  "diskUsdPerGiBHour",
  "stoppedDiskUsdPerGiBHour",
  "egressUsdPerGiB",
  "billingIncrementSeconds",
  "billingMinimumSeconds",
  "interruptionsPerHour"
] as const satisfies ReadonlyArray<keyof PlainOffer>

const needed = ["gpuCount", "vcpus", "memoryGiB"] as const satisfies ReadonlyArray<keyof PlainOffer>
const names = ["provider", "region", "instanceType", "source", "asOf"] as const satisfies ReadonlyArray<
  keyof PlainOffer
>

const isAmount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0

const complaint = (offer: PlainOffer): string | undefined => {
  const unnamed = names.find((name) => typeof offer[name] !== "string" || offer[name] === "")
  if (unnamed !== undefined) return `has no ${unnamed}`
  if (!/^\d{4}-\d{2}-\d{2}/.test(offer.asOf)) return `is as of ${offer.asOf}, which is no date`
  const missing = needed.find((name) => !isAmount(offer[name]))
  if (missing !== undefined) return `has ${String(offer[missing])} for ${missing}`
  const wrong = amounts.find((name) => offer[name] !== undefined && !isAmount(offer[name]))
  return wrong === undefined ? undefined : `has ${String(offer[wrong])} for ${wrong}`
}

const currencyOf = (offer: object): unknown => ("currency" in offer ? offer.currency : undefined)

/** Throws for the first offer that makes no sense. */
export const checkOffers = (offers: ReadonlyArray<PlainOffer>): void => {
  for (const [at, offer] of offers.entries()) {
    const currency = currencyOf(offer)
    if (currency !== undefined && currency !== "USD") {
      throw new CompareError(
        "MixedCurrencies",
        `offer ${at + 1} (${offer.provider} ${offer.instanceType}) is in ${typeof currency === "string" ? currency : "no currency"}`,
        "Prices are compared in US dollars: convert it, or leave it out."
      )
    }
    const why = complaint(offer)
    if (why !== undefined) throw new CompareError("BadOffer", `offer ${at + 1} (${offer.instanceType}) ${why}`)
  }
}
