/**
 * What a rent can cost at worst, from what its offer and its provider say, and what is to be remembered of that. Pure.
 *
 * @since 0.1.0
 */
import { exposure, untilSwept, type WorstCase } from "@runctl/core/Budget"
import type { Capabilities } from "@runctl/core/Capabilities"
import * as Money from "@runctl/core/Money"
import type { Offer } from "@runctl/core/Offer"
import type { RankedOffer } from "@runctl/core/Ranking"
import { costUntil, type Priced, rateOf } from "./Accrual.ts"
import type { BudgetCap, Quote, Reserve } from "./Event.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"

/**
 * What decides, beside the price, how much a machine can cost: what it can do when its time is over, and its disk.
 *
 * @category models
 * @since 0.1.0
 */
export interface Terms {
  readonly endAction: Capabilities["endAction"]
  readonly diskGiB: number | undefined
}

/** A worst case whose deadline is still open. @category models @since 0.1.0 */
export type Around = Omit<WorstCase, "untilDeadlineSeconds">

/** The disk that is charged: what was asked for, else what comes with the machine. */
const diskOf = (offer: Offer, { diskGiB }: Terms): number => diskGiB ?? offer.diskGiB ?? 0

/**
 * Everything around the deadline that an offer can cost; `undefined` while its price is unknown.
 *
 * **Details**  what leaves the machine is at most its disk, once.
 *
 * @category decisions
 * @since 0.1.0
 */
export const around = (
  { offer, usdPerHour }: RankedOffer,
  times: { readonly graceSeconds: number; readonly holdSeconds: number },
  terms: Terms
): Around | undefined =>
  usdPerHour === undefined
    ? undefined
    : {
        usdPerHour,
        diskUsdPerHour: Money.UsdPerHour.make((offer.diskUsdPerGiBHour ?? 0) * diskOf(offer, terms)),
        egressUsd: Money.fromUsd((offer.egressUsdPerGiB ?? 0) * diskOf(offer, terms)),
        graceSeconds: times.graceSeconds,
        holdSeconds: times.holdSeconds,
        ...untilSwept(terms.endAction)
      }

/**
 * What it costs at worst until a deadline.
 *
 * **Units**  deadlineAt and now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const atWorst = (open: Around, deadlineAt: number, now: number): Money.NanoUsd =>
  exposure({ ...open, untilDeadlineSeconds: Math.max(0, deadlineAt - now) / 1000 })

/** What is remembered of a cost that was reckoned: beyond what can be counted, none. @category constructors @since 0.1.0 */
export const quoteOf = ({ cost }: Pick<RankedOffer, "cost">): { readonly quote?: Quote } =>
  cost === undefined || cost.highNanoUsd > Number.MAX_SAFE_INTEGER
    ? {}
    : {
        quote: {
          totalNanoUsd: Money.NanoUsd.make(cost.totalNanoUsd),
          lowNanoUsd: Money.NanoUsd.make(cost.lowNanoUsd),
          highNanoUsd: Money.NanoUsd.make(cost.highNanoUsd),
          hours: cost.hours
        }
      }

/** What is remembered of a reservation. @category constructors @since 0.1.0 */
export const reserveOf = (
  budgets: ReadonlyArray<BudgetCap>,
  open: Around | undefined,
  worst: Money.NanoUsd | undefined
): { readonly reserve?: Reserve } =>
  open === undefined
    ? {}
    : {
        reserve: {
          budgets,
          diskUsdPerHour: open.diskUsdPerHour,
          egressNanoUsd: open.egressUsd,
          graceSeconds: open.graceSeconds,
          holdSeconds: open.holdSeconds,
          sweepSeconds: open.sweepSeconds,
          stoppedSeconds: open.stoppedSeconds,
          ...(worst === undefined ? {} : { worstCaseNanoUsd: worst })
        }
      }

/**
 * What a machine's reservation has to be for a deadline: what it has cost, and what it can still cost at its present
 * price. `undefined` while the price is unknown.
 *
 * **Units**  deadlineAt and now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const needed = (
  record: Priced & Pick<ResourceRecord, "reserve">,
  deadlineAt: number,
  now: number
): Money.NanoUsd | undefined => {
  const rate = rateOf(record)
  const soFar = costUntil(record, now)
  const { reserve } = record
  if (reserve === undefined || rate === undefined || soFar === undefined) return undefined
  // A price that a machine costs has its disk in it.
  const usdPerHour = Money.UsdPerHour.make(Math.max(0, rate - reserve.diskUsdPerHour))
  const open = { ...reserve, usdPerHour, egressUsd: reserve.egressNanoUsd }
  return Money.add(soFar, atWorst(open, deadlineAt, now))
}
