/**
 * The prices that are known without asking anybody: the snapshot, and what was refreshed since.
 */
import { decode, type PlainOffer, replaced } from "@runctl/prices/Snapshot"
import { snapshotData } from "@runctl/prices/SnapshotData"
import { type Part, type Parts, readParts } from "./parts.ts"

/** Prices with where they are from. */
export interface KnownPrices {
  readonly takenOn: string
  readonly sha256: string
  readonly offers: ReadonlyArray<PlainOffer>
  readonly parts: ReadonlyArray<Part>
  readonly damaged: Parts["damaged"]
}

/** A part of a provider that says nothing new is still its part: an empty one is left out. */
export const knownPrices = (home: string): KnownPrices => {
  const snapshot = decode(snapshotData)
  const { damaged, parts } = readParts(home)
  return { ...snapshot, offers: replaced(snapshot.offers, parts), parts, damaged }
}
