/**
 * What is remembered here of instances, for as long as the API may not show yet what it has done. All of it may be lost:
 * the API knows what counts.
 *
 * @since 0.1.0
 */
import { Mark } from "@runctl/core/Ownership"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"

const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * What is remembered of one instance: how it was made, the script it was given while that is there, and when its end was
 * accepted.
 *
 * **Units**  times: milliseconds since 1970-01-01 UTC, by our clock
 *
 * @category models
 * @since 0.1.0
 */
export const Remembered = Schema.Struct({
  mark: Mark,
  region: Schema.NonEmptyString,
  type: Schema.NonEmptyString,
  usdPerHour: Amount,
  diskGiB: Amount,
  at: Schema.Finite,
  script: Schema.optionalKey(Schema.NonEmptyString),
  runningAt: Schema.optionalKey(Schema.Finite),
  endedAt: Schema.optionalKey(Schema.Finite)
})
export type Remembered = typeof Remembered.Type

/**
 * The memory in a folder. Nothing of it fails: what cannot be kept is not there.
 *
 * @category models
 * @since 0.1.0
 */
export interface Memory {
  readonly instances: PluginMemory.Records<Remembered>
  /** Ids of registered keys, by what they are. */
  readonly keys: PluginMemory.Values<string>
}

/** After this an instance that was ended and is still there was not ended. **Units**  milliseconds */
const endingTakes = 15 * 60_000

/** Whether an end that was accepted then still explains why an instance is there. @category predicates @since 0.1.0 */
export const isEnding = (remembered: Remembered | undefined, now: number): boolean =>
  remembered?.endedAt !== undefined && now - remembered.endedAt < endingTakes

/**
 * Opens the memory in a plugin's home, which need not exist yet. Machines are kept for a month: who ended one, and what
 * script it still has, is asked for later than anything else.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  home: string
): Effect.fn.Return<Memory, never, FileSystem.FileSystem | Path.Path> {
  return {
    instances: yield* PluginMemory.records({
      home,
      folder: "instances",
      schema: Remembered,
      keep: Duration.days(31),
      atOf: ({ at, endedAt }) => Math.max(at, endedAt ?? 0)
    }),
    keys: yield* PluginMemory.values({ home, file: "keys.json", schema: Schema.String })
  }
})
