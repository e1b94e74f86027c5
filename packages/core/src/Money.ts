/**
 * Money as whole nano-dollars, so that sums are exact, and its conversion to and from the numbers people read.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { formatUsd } from "./Dollars.ts"

/**
 * US dollars per hour. Never negative; `0` means free, not unknown.
 *
 * @category models
 * @since 0.1.0
 */
export const UsdPerHour = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).pipe(Schema.brand("UsdPerHour"))
export type UsdPerHour = typeof UsdPerHour.Type

/**
 * An amount of money: whole nano-dollars (1e-9 USD), never negative, at most about 9 million dollars.
 *
 * @category models
 * @since 0.1.0
 */
export const NanoUsd = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(Schema.brand("NanoUsd"))
export type NanoUsd = typeof NanoUsd.Type

const nanosPerUsd = 1_000_000_000
const secondsPerHour = 3600

/** No money at all. @category constants @since 0.1.0 */
export const zero: NanoUsd = NanoUsd.make(0)

/**
 * The nearest whole nano-dollar to an amount in dollars.
 *
 * **Errors**  throws on a negative, non-finite or unsafely large amount.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromUsd = (usd: number): NanoUsd => NanoUsd.make(Math.round(usd * nanosPerUsd))

/** The amount in dollars, for JSON and for people. @category conversions @since 0.1.0 */
export const toUsd = (amount: NanoUsd): number => amount / nanosPerUsd

/** Both amounts together. @category arithmetic @since 0.1.0 */
export const add = (left: NanoUsd, right: NanoUsd): NanoUsd => NanoUsd.make(left + right)

/** What is left of `from` after `amount`, never below zero. @category arithmetic @since 0.1.0 */
export const remaining = (from: NanoUsd, amount: NanoUsd): NanoUsd => NanoUsd.make(Math.max(0, from - amount))

/** All amounts together. @category arithmetic @since 0.1.0 */
export const sum = (amounts: Iterable<NanoUsd>): NanoUsd => {
  let total = zero
  for (const amount of amounts) total = add(total, amount)
  return total
}

/**
 * What a rate costs over a time, rounded up to the next nano-dollar: an estimate never flatters.
 *
 * **Units**  seconds: any non-negative number
 *
 * @category arithmetic
 * @since 0.1.0
 */
export const overSeconds = (rate: UsdPerHour, seconds: number): NanoUsd => {
  const perHour = fromUsd(rate)
  // Whole hours apart, so that no product is larger than a number can hold exactly.
  const rest = seconds % secondsPerHour
  const wholeHours = (seconds - rest) / secondsPerHour
  return NanoUsd.make(perHour * wholeHours + Math.ceil((perHour * rest) / secondsPerHour))
}

/**
 * How long an amount lasts at a rate, in whole seconds rounded down; `Infinity` when the rate is free.
 *
 * @category arithmetic
 * @since 0.1.0
 */
export const secondsAffordable = (amount: NanoUsd, rate: UsdPerHour): number => {
  const perHour = fromUsd(rate)
  return perHour === 0 ? Infinity : Number((BigInt(amount) * BigInt(secondsPerHour)) / BigInt(perHour))
}

/**
 * Dollars for people: `$0`, `$0.0042`, `$2.10`, `$1,234.50`. Small amounts keep two significant digits.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (amount: NanoUsd): string => formatUsd(toUsd(amount))

/** The same for a number of dollars. @category formatting @since 0.1.0 */
export { formatUsd } from "./Dollars.ts"
