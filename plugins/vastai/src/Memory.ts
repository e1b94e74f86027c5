/**
 * What is remembered here of instances: how each was rented, and what we did to it last. All of it may be lost.
 *
 * @since 0.1.0
 */
import { Market } from "@runctl/core/Offer"
import { Mark } from "@runctl/core/Ownership"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"

const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * What is remembered of one instance.
 *
 * **Units**  times: milliseconds since 1970-01-01 UTC, by our clock · prices: US dollars per hour
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
      market: Market,
      prices: Schema.Struct({ compute: Amount, disk: Amount }),
      at: Schema.Finite
    })
  ),
  startedAt: Schema.optionalKey(Schema.Finite),
  stoppedAt: Schema.optionalKey(Schema.Finite),
  endedAt: Schema.optionalKey(Schema.Finite)
})
export type Remembered = typeof Remembered.Type

/** After this an instance that was ended and is still there was not ended. **Units**  milliseconds */
const endingTakes = 5 * 60_000

/** Whether an end that was accepted then still explains why an instance is there. @category predicates @since 0.1.0 */
export const isEnding = (remembered: Remembered | undefined, now: number): boolean =>
  remembered?.endedAt !== undefined && now - remembered.endedAt < endingTakes

/** Whether it was we who stopped it last. @category predicates @since 0.1.0 */
export const isStoppedByUs = (remembered: Remembered | undefined): boolean =>
  remembered?.stoppedAt !== undefined && remembered.stoppedAt >= (remembered.startedAt ?? 0)

/** What is remembered, by the number of an instance. @category models @since 0.1.0 */
export interface Memory {
  readonly find: (instance: number) => Effect.Effect<Remembered | undefined>
  /** Adds to what is remembered. */
  readonly note: (instance: number, more: Partial<Remembered>) => Effect.Effect<void>
  readonly forget: (instance: number) => Effect.Effect<void>
}

const latest = ({ endedAt = 0, made, startedAt = 0, stoppedAt = 0 }: Remembered): number =>
  Math.max(made?.at ?? 0, endedAt, startedAt, stoppedAt)

/** Opens the memory in a plugin's home. @category constructors @since 0.1.0 */
export const make = Effect.fnUntraced(function* (
  home: string
): Effect.fn.Return<Memory, never, FileSystem.FileSystem | Path.Path> {
  const records = yield* PluginMemory.records({
    home,
    folder: "instances",
    schema: Remembered,
    // Longer than a machine lives by default: who stopped it counts as long as it is there.
    keep: Duration.days(30),
    atOf: latest
  })
  return {
    find: (instance) => records.find(String(instance)),
    forget: (instance) => records.forget(String(instance)),
    note: (instance, more) =>
      Effect.flatMap(records.find(String(instance)), (known) => records.save(String(instance), { ...known, ...more }))
  }
})
