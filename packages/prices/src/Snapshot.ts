/**
 * Dated prices: the offline snapshot, and what replaces parts of it.
 *
 * @since 0.1.0
 */
import { CompareError } from "./CompareError.ts"
import { rowsOf } from "./internal/columns.ts"
import type { PlainOffer, Snapshot } from "./PlainOffer.ts"

/** An offer as plain data, and offers with where they are from. @category models @since 0.1.0 */
export type { PlainOffer, Snapshot } from "./PlainOffer.ts"

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
