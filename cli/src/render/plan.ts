/**
 * A plan as text.
 */
import type { OfferView, PlanView } from "../output/train.ts"
import type { Style } from "./style.ts"
import { clean, fields, table } from "./table.ts"
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

const priced = (offer: OfferView, first: OfferView): string =>
  offer.usdPerHour === null ||
  first.usdPerHour === null ||
  first.usdPerHour === 0 ||
  offer.usdPerHour === first.usdPerHour
    ? ""
    : `+${Math.round((offer.usdPerHour / first.usdPerHour - 1) * 100)} %`

/** What is tried, in this order, while the ones before cannot be had. */
const ranking = ({ chosen, fitting, ranked }: PlanView, style: Style): ReadonlyArray<string> => {
  if (ranked.length < 2) return []
  const columns = [{ title: "IN THIS ORDER" }, { title: "PRICE", isNumber: true }, { title: "" }, { title: "HAS" }]
  const rows = ranked
    .slice(0, mostShown)
    .map((offer) => [placeOf(offer), usdPerHour(offer.usdPerHour), priced(offer, chosen), clean(shapeOf(offer))])
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
