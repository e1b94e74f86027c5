/**
 * A plan as text.
 */
import type { OfferView, PlanView } from "../output/train.ts"
import type { Style } from "./style.ts"
import { clean, fields, table } from "./table.ts"
import { renderEstimate } from "./estimate.ts"
import { placeOf } from "./tried.ts"
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

/** How many offers are shown. */
const mostShown = 8

/** How much dearer the job is than on the first. */
const dearer = ({ estimate }: OfferView, first: OfferView): string => {
  const from = first.estimate?.usd ?? 0
  const more = from === 0 || estimate === null ? 0 : Math.round((estimate.usd / from - 1) * 100)
  return more === 0 ? "" : `+${more} %`
}

/** What is tried, in this order, while the ones before cannot be had. */
const ranking = ({ chosen, fitting, ranked }: PlanView, style: Style): ReadonlyArray<string> => {
  if (ranked.length < 2) return []
  const columns = [
    { title: "IN THIS ORDER" },
    { title: "PRICE", isNumber: true },
    { title: "JOB", isNumber: true },
    { title: "", isNumber: true },
    { title: "HAS" }
  ]
  const rows = ranked
    .slice(0, mostShown)
    .map((offer) => [
      placeOf(offer),
      usdPerHour(offer.usdPerHour),
      offer.estimate === null ? "?" : usd(offer.estimate.usd),
      dearer(offer, chosen),
      clean(shapeOf(offer))
    ])
  const left = fitting - rows.length
  return ["", table(columns, rows, style), ...(left > 0 ? [style.dim(`and ${count(left, "more offer")}`)] : [])]
}

/** Where, why, and what it may cost at worst. */
export const renderPlan = (plan: PlanView, style: Style, now: number): string => {
  const { chosen } = plan
  return [
    fields(
      [
        ["machine", placeOf(chosen)],
        ["has", shapeOf(chosen)],
        ["price", usdPerHour(chosen.usdPerHour)],
        ...(chosen.estimate === null || chosen.estimate.highUsd === 0
          ? []
          : [["for the job", renderEstimate(chosen.estimate)] as const]),
        ["why", whyOf(plan)],
        [
          "at worst",
          `${usd(plan.worstCaseUsd)}, if it runs until its deadline (${relative(Date.parse(plan.deadline), now)})`
        ]
      ],
      style
    ),
    ...(plan.ifLeft === null ? [] : [style.yellow(`Note: ${plan.ifLeft}.`)]),
    ...ranking(plan, style),
    ...plan.failures.map(({ provider, message }) => style.yellow(`${provider} could not be asked: ${clean(message)}`))
  ].join("\n")
}
