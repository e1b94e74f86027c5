/**
 * Amounts and times as people read them.
 */
import { formatUsd } from "@runctl/core/Dollars"

/** `2.4 MiB` */
export const bytes = (count: number): string => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"]
  let amount = count
  let unit = 0
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024
    unit++
  }
  return `${unit === 0 ? amount : amount.toFixed(amount < 10 ? 1 : 0)} ${units[unit]}`
}

/** `1 file`, `2 files` */
export const count = (amount: number, one: string, many: string = `${one}s`): string =>
  `${amount} ${amount === 1 ? one : many}`

/** `3m 5s`; the two largest units that matter. */
export const seconds = (total: number): string => {
  const whole = Math.round(Math.max(0, total))
  const parts: ReadonlyArray<readonly [number, string]> = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"]
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first === -1) return "0s"
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(" ")
}

/** How long ago, or in how long: `5m ago`, `in 2h`. */
export const relative = (atMillis: number, now: number): string => {
  const away = Math.abs(atMillis - now) / 1000
  if (away < 1) return "now"
  return atMillis < now ? `${seconds(away)} ago` : `in ${seconds(away)}`
}

/** Dollars, or `unknown`. */
export const usd = (amount: number | null): string => (amount === null ? "unknown" : formatUsd(amount))

/** Dollars per hour, or `unknown`. */
export const usdPerHour = (amount: number | null): string => (amount === null ? "unknown" : `${formatUsd(amount)}/h`)
