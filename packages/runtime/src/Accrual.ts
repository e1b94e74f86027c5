/**
 * What a machine has cost, by the prices its provider has asked for since it was rented. Pure.
 *
 * @since 0.1.0
 */
import * as Money from "@runctl/core/Money"
import { isBillable, type Resource } from "@runctl/core/Resource"
import type { Payload } from "./Event.ts"
import type { PriceSince, ResourceRecord } from "./ResourceRecord.ts"
import { isHeld } from "./Waiting.ts"

/** What a record says of a machine's price. @category models @since 0.1.0 */
export type Priced = Pick<ResourceRecord, "usdPerHour" | "prices" | "provisionedAt" | "reserve">

/** What it was quoted at, with a disk that is charged apart. @category accessors @since 0.1.0 */
export const quoteOf = ({ reserve, usdPerHour }: Priced): Money.UsdPerHour | undefined =>
  usdPerHour === undefined || reserve === undefined || reserve.diskUsdPerHour === 0
    ? usdPerHour
    : Money.UsdPerHour.make(usdPerHour + reserve.diskUsdPerHour)

/**
 * A time at one price.
 *
 * **Units**  from and to: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Span {
  readonly from: number
  readonly to: number
  readonly usdPerHour: Money.UsdPerHour
}

/**
 * The times at one price each, without a gap, from when it was there until a moment; `undefined` while no price is known.
 *
 * **Details**  before its first price a machine costs what it was quoted at. A clock that was set back makes no time
 * count twice.
 * **Units**    until: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const spans = (record: Priced, until: number): ReadonlyArray<Span> | undefined => {
  const { prices = [], provisionedAt } = record
  const quoted = quoteOf(record) ?? prices[0]?.usdPerHour
  if (provisionedAt === undefined) return []
  if (quoted === undefined) return undefined
  const steps: ReadonlyArray<PriceSince> = [{ at: provisionedAt, usdPerHour: quoted }, ...prices]
  const found: Array<Span> = []
  let from = provisionedAt
  for (const [index, { usdPerHour }] of steps.entries()) {
    const next = steps[index + 1]?.at ?? until
    const to = Math.min(until, Math.max(from, next))
    if (to > from) found.push({ from, to, usdPerHour })
    from = Math.max(from, to)
  }
  return found
}

/**
 * What a machine has cost until a moment; `undefined` while no price is known.
 *
 * **Units**  until: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const costUntil = (record: Priced, until: number): Money.NanoUsd | undefined => {
  const found = spans(record, until)
  return found === undefined
    ? undefined
    : Money.sum(found.map(({ from, to, usdPerHour }) => Money.overSeconds(usdPerHour, (to - from) / 1000)))
}

/** What it costs per hour now, as far as anybody has said. @category accessors @since 0.1.0 */
export const rateOf = (record: Priced): Money.UsdPerHour | undefined =>
  record.prices?.at(-1)?.usdPerHour ?? quoteOf(record)

/** Whether two prices are the same to the nano-dollar. @category predicates @since 0.1.0 */
export const isSame = (left: Money.UsdPerHour | undefined, right: Money.UsdPerHour | undefined): boolean =>
  left === right || (left !== undefined && right !== undefined && Money.fromUsd(left) === Money.fromUsd(right))

/**
 * The price in a provider's answer; `undefined` where the answer says none. A machine that runs and was not quoted as
 * free is not free because its provider leaves the price out.
 *
 * @category decisions
 * @since 0.1.0
 */
export const priceIn = (
  record: Pick<ResourceRecord, "usdPerHour">,
  resource: Resource
): Money.UsdPerHour | undefined => {
  const { costPerHour, state } = resource
  const isSaid = costPerHour > 0 || state._tag === "Stopped" || !isBillable(resource) || record.usdPerHour === 0
  return isSaid ? costPerHour : undefined
}

/** The price history with one more price, where it is another one. @category decisions @since 0.1.0 */
export const priced = (
  record: Priced,
  usdPerHour: Money.UsdPerHour | undefined,
  at: number
): Pick<ResourceRecord, "prices"> =>
  usdPerHour === undefined || isSame(rateOf(record), usdPerHour)
    ? {}
    : { prices: [...(record.prices ?? []), { at, usdPerHour }] }

/** The price in the first answer to a creation: it may be another one than was quoted. @category decisions @since 0.1.0 */
export const answered = (record: ResourceRecord, resource: Resource, at: number): Pick<ResourceRecord, "prices"> =>
  record.provisionedAt === undefined && resource.state._tag === "Running"
    ? priced(record, priceIn(record, resource), at)
    : {}

/** The price in a later answer: a machine that was stopped costs less from then on. @category decisions @since 0.1.0 */
export const observed = (record: ResourceRecord, resource: Resource, at: number): Pick<ResourceRecord, "prices"> =>
  isHeld(record) ? priced(record, priceIn(record, resource), at) : {}

/** The reservation of a machine whose deadline was moved. @category decisions @since 0.1.0 */
export const extended = (
  { reserve }: ResourceRecord,
  { worstCaseNanoUsd }: Payload<"InstanceExtended">
): Pick<ResourceRecord, "reserve"> =>
  reserve === undefined || worstCaseNanoUsd === undefined ? {} : { reserve: { ...reserve, worstCaseNanoUsd } }
