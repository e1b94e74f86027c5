/**
 * Dated prices: the offline snapshot, and what replaces parts of it.
 *
 * @since 0.1.0
 */
import type { Shape } from "@runctl/core/Shape"
import { CompareError } from "./CompareError.ts"
import { rowsOf } from "./internal/columns.ts"

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

const bad = (why: string): CompareError =>
  new CompareError("BadSnapshot", `the snapshot of prices cannot be read: ${why}`, "Install runctl again.")

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw bad(text.trim() === "" ? "it is empty" : "it is not JSON, or was cut off")
  }
}

/**
 * Reads a snapshot, all of it or nothing.
 *
 * **Errors**  throws a `CompareError` with the code `BadSnapshot` that says what is wrong with it.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decode = (text: string): Snapshot => {
  const found = rowsOf(parsed(text))
  if (typeof found === "string") throw bad(found)
  return found
}

let loaded: Promise<Snapshot> | undefined

/**
 * The offline snapshot that comes with this package; its data are loaded when they are needed first.
 *
 * @category decoding
 * @since 0.1.0
 */
export const loadSnapshot = (): Promise<Snapshot> => {
  loaded ??= import("./SnapshotData.ts").then(({ snapshotData }) => decode(snapshotData))
  return loaded
}

/**
 * The offers of a snapshot, those of some providers replaced by newer ones.
 *
 * @category combining
 * @since 0.1.0
 */
export const replaced = (
  offers: ReadonlyArray<PlainOffer>,
  parts: ReadonlyArray<{ readonly provider: string; readonly offers: ReadonlyArray<PlainOffer> }>
): ReadonlyArray<PlainOffer> => {
  if (parts.length === 0) return offers
  const providers = new Set(parts.map(({ provider }) => provider))
  return [...offers.filter(({ provider }) => !providers.has(provider)), ...parts.flatMap((part) => part.offers)]
}

/** After so many days a price is told to be stale. @category constants @since 0.1.0 */
export const staleAfterDays = 30
