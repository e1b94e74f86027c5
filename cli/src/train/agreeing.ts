/**
 * What somebody has to say yes to before a machine is rented.
 */
import type { Placement } from "@runctl/runtime/Event"
import type { Plan, Rent } from "@runctl/runtime/Placement"
import { canAsk, confirm } from "../confirm.ts"
import { fail } from "../errors/Failure.ts"
import { usdPerHour } from "../render/units.ts"
import type { Planned } from "./plan.ts"

const unswept = "Let a sweeper run every few minutes (`runctl sweep`), or say `--yes` when you mean it."

/** Whether somebody is there to be asked about what comes. */
export const isAttended = (flags: { readonly yes: boolean; readonly detach?: boolean }): boolean =>
  canAsk() && !flags.yes && flags.detach !== true

/**
 * Asks before money is spent. Only what costs money is worth a question, and only where somebody can answer it; where
 * nobody can, what goes on costing when everybody is gone is refused.
 */
export const agree = async ({ left, plan }: Planned, isSure: boolean): Promise<void> => {
  if (plan === undefined || plan.worstCaseNanoUsd === 0 || isSure) return
  if (canAsk()) return confirm("Rent it?")
  if (left._tag === "NeedsYes") throw fail("RUNCTL_E_NEEDS_CONFIRMATION", left.message, unswept)
}

/** Whether a plan costs more per hour than one before, or something at all where nobody knew what. */
export const isDearer = (before: Planned, now: Planned): boolean => {
  const [from, to] = [before, now].map(({ plan }) => plan?.chosen.usdPerHour)
  return to !== undefined && (from === undefined || to > from)
}

/** Asks whether to go on at another price. A highest price that was said is an answer already. */
export const agreeAgain = async (before: Planned, now: Planned, rent: Pick<Rent, "query">): Promise<void> => {
  const [from, to] = [before, now].map(({ plan }) => plan?.chosen.usdPerHour)
  if (rent.query.maxUsdPerHour !== undefined || to === undefined) return
  const moved = from === undefined ? "is known now" : `moved from ${usdPerHour(from)}`
  await confirm(`The price ${moved} to ${usdPerHour(to)}: continue?`)
}

/** What was planned with, as far as it answered: of `any`, whoever carries it out may miss some of them. */
const amongOf = ({ asked, failures }: Plan): Pick<Rent, "among"> => ({
  among: asked.filter((name) => failures.every(({ provider }) => provider !== name))
})

/**
 * What may be rented when the first choice cannot be had, as far as anybody has said yes to it: somebody who was not asked,
 * as the first choice is free, has agreed to nothing that costs.
 */
const onlyOf = (
  { isSwept, left, plan }: Pick<Planned, "isSwept" | "left" | "plan">,
  isSure: boolean
): Pick<Rent, "only"> => {
  if (isSure) return {}
  if (plan?.worstCaseNanoUsd === 0) return { only: "free" }
  // Whoever was told of the first that it cannot end itself has said yes to others like it.
  return isSwept || left._tag !== "EndsItself" ? {} : { only: "endsItself" }
}

/** A placement at the price that was agreed to. `isSure`: whoever asks wants no questions. */
export const agreed = <P extends Placement>(
  placement: P,
  planned: Pick<Planned, "isSwept" | "left" | "plan">,
  isSure: boolean
): P => {
  const { plan } = planned
  if (placement._tag === "On" || plan === undefined) return placement
  const price = plan.chosen.usdPerHour
  return {
    ...placement,
    ...onlyOf(planned, isSure),
    ...(placement.provider === "any" ? amongOf(plan) : {}),
    ...(price === undefined ? {} : { agreedUsdPerHour: price })
  }
}
