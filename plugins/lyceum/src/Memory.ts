/**
 * What is remembered here of machines: what the API does not show at once, or not any more. All of it may be lost: the API
 * knows what counts.
 *
 * @since 0.1.0
 */
import { Market } from "@runctl/core/Offer"
import { Mark } from "@runctl/core/Ownership"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"

/**
 * What is remembered of one machine that we made.
 *
 * **Details**  `organization`: whose key made it: another's does not see it. `user`: who was let in.
 * **Units**    times: milliseconds since 1970-01-01 UTC, by our clock · usdPerHour: US dollars
 *
 * @category models
 * @since 0.1.0
 */
export const Remembered = Schema.Struct({
  mark: Mark,
  type: Schema.NonEmptyString,
  market: Market,
  usdPerHour: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  at: Schema.Finite,
  organization: Schema.optionalKey(Schema.NonEmptyString),
  user: Schema.optionalKey(Schema.NonEmptyString),
  endedAt: Schema.optionalKey(Schema.Finite)
})
export type Remembered = typeof Remembered.Type

/** Machines by the API's id of them. @category models @since 0.1.0 */
export type Memory = PluginMemory.Records<Remembered>

/**
 * Opens the memory in a plugin's home, which need not exist yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (home: string): Effect.Effect<Memory, never, FileSystem.FileSystem | Path.Path> =>
  PluginMemory.records({
    home,
    folder: "vms",
    schema: Remembered,
    keep: Duration.days(90),
    atOf: ({ at }) => at
  })
