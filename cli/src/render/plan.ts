/**
 * A plan as text.
 */
import type { OfferView, PlanView } from "../output/train.ts"
import type { Style } from "./style.ts"
import { clean, fields } from "./table.ts"
import { count, relative, usd, usdPerHour } from "./units.ts"

const shapeOf = (offer: OfferView): string =>
  [
    offer.gpu === null
      ? undefined
      : `${offer.gpuCount}× ${offer.gpu}${offer.gpuMemoryGiB === null ? "" : ` ${offer.gpuMemoryGiB} GiB`}`,
    `${offer.vcpus} vCPU`,
    `${Math.round(offer.memoryGiB * 10) / 10} GiB memory`
  ]
    .filter((part) => part !== undefined)
    .join(", ")

const whyOf = (plan: PlanView): string => {
  const chosen =
    plan.fitting === 1 ? "the only offer that fits" : `the cheapest of ${count(plan.fitting, "offer")} that fit`
  return plan.rejected === 0 ? chosen : `${chosen}; ${count(plan.rejected, "other")} left out`
}

/** Where, why, and what it may cost at worst. */
export const renderPlan = (plan: PlanView, style: Style, now: number): string => {
  const { chosen } = plan
  const place = [chosen.provider, chosen.region, chosen.instanceType].map(clean).join("/")
  return [
    fields(
      [
        ["machine", `${place}${chosen.market === "spot" ? " (spot)" : ""}`],
        ["has", shapeOf(chosen)],
        ["price", usdPerHour(chosen.usdPerHour)],
        ["why", whyOf(plan)],
        [
          "at worst",
          `${usd(plan.worstCaseUsd)}, if it runs until its deadline (${relative(Date.parse(plan.deadline), now)})`
        ]
      ],
      style
    ),
    ...(plan.ifLeft === null ? [] : [style.yellow(`Note: ${plan.ifLeft}.`)]),
    ...plan.failures.map(({ provider, message }) => style.yellow(`${provider} could not be asked: ${clean(message)}`))
  ].join("\n")
}
