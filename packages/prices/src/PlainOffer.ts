/**
 * Offers as plain data, for whoever has no use for Effect.
 *
 * @since 0.1.0
 */
import type { Shape } from "@runctl/core/Shape"

/**
 * An offer as plain data: an `Offer` whose time is text.
 *
 * **Details**  a missing price is unknown. `asOf` is an ISO 8601 date or time; `isEstimatedDate` where the source says the
 * month or year only, and then it is the first day of that. The region of a source that names none is `unknown`.
 *
 * @category models
 * @since 0.1.0
 */
export interface PlainOffer extends Shape {
  readonly source: string
  readonly asOf: string
  readonly isEstimatedDate?: boolean
}

/**
 * Offers with where they are from. `sha256` is of the data file that they were built from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Snapshot {
  readonly takenOn: string
  readonly sha256: string
  readonly offers: ReadonlyArray<PlainOffer>
}
