/**
 * What becomes of a rent whose price is not what was agreed. Pure.
 *
 * @since 0.1.0
 */
import { formatUsd, type UsdPerHour } from "@runctl/core/Money"
import { PriceTooLow, ProviderError } from "@runctl/core/ProviderError"
import type { RankedOffer } from "@runctl/core/Ranking"
import type { BudgetCap } from "./Event.ts"
import type { Rent } from "./Placement.ts"

/** Both prices in words. @category formatting @since 0.1.0 */
export const movedWords = (from: number, to: number): string =>
  `the price moved from ${formatUsd(from)}/h to ${formatUsd(to)}/h`

/**
 * The most that a provider may charge for an offer: what it was planned at. Who said a highest price has agreed to that
 * much, but where a budget is to be kept, more than was reserved is not taken without looking again.
 *
 * @category decisions
 * @since 0.1.0
 */
export const priceLimitOf = (
  { usdPerHour }: RankedOffer,
  { query }: Pick<Rent, "query">,
  budgets: ReadonlyArray<BudgetCap>
): UsdPerHour | undefined =>
  usdPerHour !== undefined && budgets.length === 0 ? (query.maxUsdPerHour ?? usdPerHour) : usdPerHour

/**
 * The refusal of a plan that costs more than was agreed to; nothing when it does not, or a highest price allows it.
 *
 * @category decisions
 * @since 0.1.0
 */
export const movedSince = (
  { agreedUsdPerHour: agreed, query }: Pick<Rent, "agreedUsdPerHour" | "query">,
  chosen: RankedOffer
): ProviderError | undefined =>
  agreed === undefined ||
  chosen.usdPerHour === undefined ||
  chosen.usdPerHour <= agreed ||
  query.maxUsdPerHour !== undefined
    ? undefined
    : new ProviderError({
        provider: chosen.offer.provider,
        operation: "createResource",
        reason: new PriceTooLow({ message: movedWords(agreed, chosen.usdPerHour), usdPerHour: chosen.usdPerHour })
      })

/** Whether a failure says that the price has moved, whichever copy of the class made it. @category predicates @since 0.1.0 */
export const isPriceMoved = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "reason" in error &&
  typeof error.reason === "object" &&
  error.reason !== null &&
  "_tag" in error.reason &&
  error.reason._tag === "PriceTooLow"

/** A provider's refusal with the price that was agreed to beside the one that is asked. @category conversions @since 0.1.0 */
export const withBothPrices =
  (agreed: UsdPerHour | undefined) =>
  (error: ProviderError): ProviderError => {
    const { operation, provider, reason } = error
    if (reason._tag !== "PriceTooLow" || agreed === undefined) return error
    const { usdPerHour } = reason
    const message =
      usdPerHour === undefined ? `${reason.message} (agreed: ${formatUsd(agreed)}/h)` : movedWords(agreed, usdPerHour)
    const asked = usdPerHour === undefined ? {} : { usdPerHour }
    return new ProviderError({ provider, operation, reason: new PriceTooLow({ message, ...asked }) })
  }
