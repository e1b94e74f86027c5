/**
 * For how long a machine may be needed and what may be spent on it, from flags and configuration. Pure.
 */
import { secondsWithin } from "@runctl/core/Budget"
import { parse } from "@runctl/core/Durations"
import { fromUsd } from "@runctl/core/Money"
import type { BudgetCap } from "@runctl/runtime/Event"
import type { Around } from "@runctl/runtime/Exposure"
import * as Duration from "effect/Duration"
import { amount } from "../amounts.ts"
import { usage } from "../errors/Failure.ts"
import type { Settings } from "../settings/schema.ts"

/** A time in seconds, or a complaint that names where it was said. */
export const time = (where: string, text: string): number => {
  const parsed = parse(text)
  if (parsed === undefined) throw usage(`${where} ${text}: a time is wanted, for example 90s, 45m, 2h or 1d`)
  return Duration.toSeconds(parsed)
}

/** Hours: a number, or a time with its unit. */
export const hours = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const parsed = parse(text, "hours")
  if (parsed === undefined || Duration.toSeconds(parsed) <= 0) {
    throw usage(`${flag} ${text}: a number of hours greater than 0 is wanted, for example ${flag} 12`)
  }
  return Duration.toHours(parsed)
}

/** Everything that bounds a rent. `isDerived`: the deadline is still to be shortened to what the budget can bear. */
export interface Bounds {
  readonly maxHours: number
  readonly isDerived: boolean
  /** What somebody has said on the command line: a habit in the configuration is no expectation. */
  readonly expectedHours: number | undefined
  readonly graceSeconds: number
  readonly holdSeconds: number
  readonly budgets: ReadonlyArray<BudgetCap>
  readonly runBudgetUsd: number | undefined
  readonly project: string | undefined
}

/** The day in the owner's time zone, as budgets are counted. */
export const dayOf = (now: Date): string => {
  const two = (value: number): string => String(value).padStart(2, "0")
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** The caps that hold for one rent. `unique` keeps the budget of this run apart from all others. */
export const bounds = (
  flags: { readonly budget: string | undefined; readonly maxHours: string | undefined },
  settings: Settings,
  unique: string,
  now: Date
): Bounds => {
  const run = amount("--budget", flags.budget) ?? settings.budget?.run
  const asked = hours("--max-hours", flags.maxHours)
  const caps: ReadonlyArray<readonly [string, number | undefined]> = [
    [`run/${unique}`, run],
    [`project/${settings.project ?? ""}`, settings.project === undefined ? undefined : settings.budget?.project],
    [`day/${dayOf(now)}`, settings.budget?.day],
    ["home", settings.budget?.home]
  ]
  return {
    maxHours: asked ?? settings["max-hours"] ?? 24,
    expectedHours: asked,
    isDerived: run !== undefined && asked === undefined,
    graceSeconds: Math.round(time("grace", settings.grace ?? "90s")),
    holdSeconds: Math.round(time("hold", settings.hold ?? "2h")),
    budgets: caps.flatMap(([scope, usd]) => (usd === undefined ? [] : [{ scope, capNanoUsd: fromUsd(usd) }])),
    runBudgetUsd: run,
    project: settings.project
  }
}

/** How many seconds a machine that costs so much around its deadline may be kept, when only the budget bounds it. */
export const affordableSeconds = (limits: Bounds, open: Around | undefined): number => {
  const most = limits.maxHours * 3600
  if (!limits.isDerived || limits.runBudgetUsd === undefined || open === undefined) return most
  return Math.min(most, secondsWithin(fromUsd(limits.runBudgetUsd), open))
}
