/**
 * What is remembered here of pods, for as long as the API may not show yet what it has done. All of it may be lost: the
 * API knows what counts.
 *
 * @since 0.1.0
 */
import { Mark } from "@runctl/core/Ownership"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"

/**
 * What is remembered of one pod.
 *
 * **Units**  times: milliseconds since 1970-01-01 UTC, by our clock
 *
 * @category models
 * @since 0.1.0
 */
export const Remembered = Schema.Struct({
  made: Schema.optionalKey(
    Schema.Struct({
      mark: Mark,
      region: Schema.NonEmptyString,
      instanceType: Schema.NonEmptyString,
      usdPerHour: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
      at: Schema.Finite
    })
  ),
  endedAt: Schema.optionalKey(Schema.Finite)
})
export type Remembered = typeof Remembered.Type

/** What is remembered of pods, by their ids. @category models @since 0.1.0 */
export type Memory = PluginMemory.Records<Remembered>

/** After this a pod that was ended and is still there was not ended. **Units**  milliseconds */
const endingTakes = 5 * 60_000

/** Whether an end that was accepted then still explains why a pod is there. @category predicates @since 0.1.0 */
export const isEnding = (remembered: Remembered | undefined, now: number): boolean =>
  remembered?.endedAt !== undefined && now - remembered.endedAt < endingTakes

/** Opens the memory in a plugin's home. @category constructors @since 0.1.0 */
export const make = (home: string): Effect.Effect<Memory, never, FileSystem.FileSystem | Path.Path> =>
  PluginMemory.records({
    home,
    folder: "pods",
    schema: Remembered,
    keep: Duration.days(1),
    atOf: ({ endedAt, made }) => Math.max(made?.at ?? 0, endedAt ?? 0)
  })
