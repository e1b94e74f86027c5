/**
 * Offers that could not be had, as they are shown.
 */
import type { TriedBy } from "@runctl/runtime/RunRecord"
import type { TriedView } from "../output/tried.ts"

/** An offer that could not be had, as it is shown. */
export const viewTried = (tried: typeof TriedBy.Encoded): TriedView => ({
  attempt: tried.attempt,
  at: new Date(tried.at).toISOString(),
  provider: tried.provider,
  region: tried.region,
  zone: tried.zone ?? null,
  instanceType: tried.instanceType,
  market: tried.market,
  usdPerHour: tried.usdPerHour ?? null,
  code: tried.problem.code,
  message: tried.problem.message
})
