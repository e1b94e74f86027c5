/**
 * `runctl cost` in `--json`.
 */
import * as Schema from "effect/Schema"

/** What a cost is counted by. */
export const CostBy = Schema.Literals(["run", "resource", "provider", "project", "day"])
export type CostBy = typeof CostBy.Type

/**
 * One line of costs in US dollars. `key` is a run's or a machine's id, a provider's or project's name or a day; null for
 * machines without a run or project. `quotedUsd`: what it would cost until the deadline it was asked for with.
 * `worstCaseUsd`: what was reserved for it. `accruedUsd`: so far, by price and time. `chargedUsd`: of that, what machines that are gone have cost in the end. `borrowedUsd`: what a run's
 * time on machines rented apart from it was worth; it is counted with those machines. Null where a price is unknown.
 */
export const CostLine = Schema.Struct({
  key: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  machines: Schema.Int,
  live: Schema.Int,
  quotedUsd: Schema.NullOr(Schema.Finite),
  worstCaseUsd: Schema.NullOr(Schema.Finite),
  accruedUsd: Schema.NullOr(Schema.Finite),
  chargedUsd: Schema.Finite,
  borrowedUsd: Schema.NullOr(Schema.Finite)
})
export type CostLine = typeof CostLine.Type

/** A machine whose provider asks for another price than it was quoted at; in US dollars per hour, its disk included. */
export const MovedPrice = Schema.Struct({
  resource: Schema.String,
  name: Schema.NullOr(Schema.String),
  quotedUsdPerHour: Schema.Finite,
  chargedUsdPerHour: Schema.Finite
})
export type MovedPrice = typeof MovedPrice.Type

/**
 * `runctl cost`; `unknownPrices` counts machines that are left out of the sums. With `since` or `until` only what arose
 * in between is counted, and what was quoted and reserved for machines that were asked for in between.
 */
export const CostOutput = Schema.Struct({
  by: CostBy,
  timeZone: Schema.String,
  since: Schema.NullOr(Schema.String),
  until: Schema.NullOr(Schema.String),
  costs: Schema.Array(CostLine),
  total: Schema.Struct({
    machines: Schema.Int,
    live: Schema.Int,
    quotedUsd: Schema.Finite,
    worstCaseUsd: Schema.Finite,
    accruedUsd: Schema.Finite,
    chargedUsd: Schema.Finite,
    unknownPrices: Schema.Int
  }),
  movedPrices: Schema.Array(MovedPrice)
})
export type CostOutput = typeof CostOutput.Type
