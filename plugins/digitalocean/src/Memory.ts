/**
 * What is remembered here of droplets, for as long as the API may not show yet what it has done: when each was made,
 * by which action, and when its end was accepted. All of it may be lost: the API knows what counts.
 *
 * @since 0.1.0
 */
import { Mark } from "@runctl/core/Ownership"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"

/**
 * What is remembered of one droplet.
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
      size: Schema.NonEmptyString,
      usdPerHour: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
      at: Schema.Finite,
      action: Schema.optionalKey(Schema.Int)
    })
  ),
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
  readonly find: (droplet: number) => Effect.Effect<Remembered | undefined>
  readonly save: (droplet: number, remembered: Remembered) => Effect.Effect<void>
  readonly forget: (droplet: number) => Effect.Effect<void>
  /** Those whose end was accepted a short while ago, of many. */
  readonly ended: (droplets: ReadonlyArray<number>) => Effect.Effect<ReadonlySet<number>>
  /** Numbers under names: ids of keys, counts of pages. */
  readonly numbers: PluginMemory.Values<number>
}

/**
 * After this a droplet that was ended and is still there was not ended.
 *
 * **Units**  milliseconds
 *
 * @category constants
 * @since 0.1.0
 */
export const endingTakes: number = 5 * 60_000

/** Whether an end that was accepted then still explains why a droplet is there. @category predicates @since 0.1.0 */
export const isEnding = (remembered: Remembered | undefined, now: number): boolean =>
  remembered?.endedAt !== undefined && now - remembered.endedAt < endingTakes

/**
 * Opens the memory in a plugin's home, which need not exist yet. What is older than a day explains nothing any more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  home: string
): Effect.fn.Return<Memory, never, FileSystem.FileSystem | Path.Path> {
  const droplets = yield* PluginMemory.records({
    home,
    folder: "droplets",
    schema: Remembered,
    keep: Duration.days(1),
    atOf: ({ endedAt, made }) => Math.max(made?.at ?? 0, endedAt ?? 0)
  })
  const find: Memory["find"] = (droplet) => droplets.find(String(droplet))
  return {
    find,
    forget: (droplet) => droplets.forget(String(droplet)),
    save: (droplet, remembered) => droplets.save(String(droplet), remembered),
    ended: Effect.fnUntraced(function* (asked) {
      const now = yield* Clock.currentTimeMillis
      const known = new Set(yield* droplets.keys)
      const ending = yield* Effect.filter(
        asked.filter((droplet) => known.has(String(droplet))),
        (droplet) => Effect.map(find(droplet), (found) => isEnding(found, now)),
        { concurrency: 8 }
      )
      return new Set(ending)
    }),
    numbers: yield* PluginMemory.values({ home, file: "numbers.json", schema: Schema.Int })
  }
})
