/**
 * A plan as it is shown.
 */
import { mostOffers } from "@runctl/runtime/NextOffer"
import type { RankedOffer } from "@runctl/core/Ranking"
import type { Plan } from "@runctl/runtime/Placement"
import type { OfferView, PlanView } from "../output/train.ts"
import { viewEstimate } from "./estimate.ts"
import type { Planned } from "../train/plan.ts"

/** An offer as it is shown. */
const viewOffer = ({ cost, market, offer, usdPerHour }: RankedOffer): OfferView => ({
  provider: offer.provider,
  region: offer.region,
  zone: offer.zone ?? null,
  instanceType: offer.instanceType,
  market,
  gpu: offer.gpu ?? null,
  gpuCount: offer.gpuCount,
  gpuMemoryGiB: offer.gpuMemoryGiB ?? null,
  vcpus: offer.vcpus,
  memoryGiB: offer.memoryGiB,
  diskGiB: offer.diskGiB ?? null,
  usdPerHour: usdPerHour ?? null,
  estimate: viewEstimate(cost),
  source: offer.source,
  asOf: new Date(offer.asOf.epochMilliseconds).toISOString()
})

/** A plan as it is shown. */
export const viewPlan = (plan: Plan, { left, limits }: Pick<Planned, "left" | "limits">): PlanView => ({
  chosen: viewOffer(plan.chosen),
  ranked: plan.ranking.ranked.slice(0, mostOffers).map(viewOffer),
  fitting: plan.ranking.ranked.length,
  rejected: plan.ranking.rejected.length,
  deadline: new Date(limits.deadlineAt).toISOString(),
  worstCaseUsd: plan.worstCaseNanoUsd === undefined ? null : plan.worstCaseNanoUsd / 1e9,
  ifLeft: left._tag === "EndsItself" ? null : left.message,
  failures: plan.failures
})
