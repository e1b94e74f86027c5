/**
 * Offers that could not be had, as text.
 */
import type { TriedView } from "../output/tried.ts"
import { clean } from "./table.ts"

/** Where an offer is, in its provider's words. */
export const placeOf = ({
  instanceType,
  market,
  provider,
  region,
  zone
}: Pick<TriedView, "instanceType" | "market" | "provider" | "region" | "zone">): string =>
  `${[provider, zone ?? region, instanceType].map(clean).join("/")}${market === "spot" ? " (spot)" : ""}`

/** One line: what was tried, and why it could not be had. */
export const renderTried = (tried: TriedView): string => `${placeOf(tried)} could not be had: ${clean(tried.message)}`
