/**
 * What a machine costs that cannot end its own billing, when nobody is left to end it. Pure.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import { defaults } from "@runctl/core/Defaults"
import { add, format, overSeconds } from "@runctl/core/Money"
import * as Duration from "effect/Duration"
import type { Around } from "./Exposure.ts"

/**
 * Whether a machine's billing ends when everybody is gone: by itself, by a sweeper that has run lately, or not, so that
 * somebody has to say yes to it.
 *
 * @category models
 * @since 0.1.0
 */
export type LeftRunning =
  | { readonly _tag: "EndsItself" }
  | { readonly _tag: "Swept"; readonly message: string }
  | { readonly _tag: "NeedsYes"; readonly message: string }

/** A sweeper that has missed two of its turns does not count as one that runs. */
const lately = 3 * Duration.toMillis(defaults.sweepEvery)

const secondsPerDay = 86_400

const perDay = (open: Around | undefined): string =>
  open === undefined
    ? "an unknown amount"
    : format(add(overSeconds(open.usdPerHour, secondsPerDay), overSeconds(open.diskUsdPerHour, secondsPerDay)))

/**
 * What to say of a machine before it is rented, and whether that needs a yes.
 *
 * **Details**  `open` is what it costs around its deadline, `undefined` while its price is unknown; what is free may run.
 * **Units**    sweptAt and now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const leftRunning = (
  endAction: Capabilities["endAction"],
  open: Around | undefined,
  sweptAt: number | undefined,
  now: number
): LeftRunning => {
  const isFree = open !== undefined && open.usdPerHour === 0 && open.diskUsdPerHour === 0
  if (endAction !== "stopsJobOnly" || isFree) return { _tag: "EndsItself" }
  const message = `this machine cannot end its own billing: if this computer goes away at its deadline, it costs ${perDay(open)} per day until it is swept`
  const isSwept = sweptAt !== undefined && now - sweptAt <= lately
  return isSwept ? { _tag: "Swept", message } : { _tag: "NeedsYes", message }
}
