/**
 * Which providers are asked for machines when none is named.
 *
 * @since 0.1.0
 */
import { isAskedUnnamed, type ProviderEntry } from "@runctl/core/ProviderRegistry"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { isHeld, isWatched } from "./Waiting.ts"

/**
 * Those that have credentials, and those that we have machines of, or may have: losing a token must not hide a bill.
 *
 * **Units**  now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const namesOf = (
  entries: ReadonlyArray<ProviderEntry>,
  records: ReadonlyArray<ResourceRecord>,
  now: number
): ReadonlyArray<string> => {
  const usable = entries.filter(isAskedUnnamed).map(({ manifest }) => manifest.name)
  const needed = records.filter((record) => isHeld(record) || isWatched(record, now)).map(({ provider }) => provider)
  return [...new Set([...usable, ...needed])].toSorted()
}

/** The providers that are asked now. @category queries @since 0.1.0 */
export const unnamed = Effect.fn("Asked.unnamed")(function* () {
  const entries = yield* (yield* Providers).list
  const records = yield* (yield* Records).resources
  return namesOf(entries, records, yield* Clock.currentTimeMillis)
})
