/**
 * What is kept in the plugin's home: what was looked up a while ago, and what was done that AWS may not show yet.
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
import * as Semaphore from "effect/Semaphore"

/**
 * What is known of a machine that was made here, until AWS shows it.
 *
 * **Units**  times: milliseconds since 1970-01-01 UTC, by our clock
 *
 * @category models
 * @since 0.1.0
 */
export const Note = Schema.Struct({
  made: Schema.optionalKey(
    Schema.Struct({
      mark: Mark,
      type: Schema.String,
      usdPerHour: Schema.Finite,
      tags: Schema.Record(Schema.String, Schema.String),
      at: Schema.Finite
    })
  ),
  spotRequest: Schema.optionalKey(Schema.String),
  endedAt: Schema.optionalKey(Schema.Finite)
})
export type Note = typeof Note.Type

/** Where a machine of a key was asked for last: it is asked for there first when it is asked for again. */
const Attempt = Schema.Struct({ zone: Schema.String, market: Market, at: Schema.Finite })

/** The memory. Nothing of it fails: what cannot be kept is not there. @category models @since 0.1.0 */
export interface Store {
  /** By the ids of instances. */
  readonly notes: PluginMemory.Records<Note>
  /** By the keys of machines. */
  readonly attempts: PluginMemory.Records<typeof Attempt.Type>
  /** Words under names. */
  readonly words: PluginMemory.Values<string>
  /** What is younger than a time to live, else what is looked up now, once for all who ask at the same time. */
  readonly cached: <A, E>(
    name: string,
    schema: PluginMemory.Codec<A>,
    timeToLive: Duration.Duration,
    load: Effect.Effect<A, E>
  ) => Effect.Effect<PluginMemory.Cached<A>, E>
  /** What is remembered of a look-up turned out to be wrong. */
  readonly forget: (name: string) => Effect.Effect<void>
}

/**
 * For so long after it was made an instance may answer that it is not there.
 *
 * **Units**  milliseconds
 *
 * @source https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const appearing: number = 5 * 60_000

/** After this an instance that was ended and still runs was not ended. **Units**  milliseconds @category constants @since 0.1.0 */
export const endingTakes: number = 5 * 60_000

/** Notes about machines explain nothing any more after this. */
const keep = Duration.days(1)

/**
 * Opens the memory in a plugin's home, which need not exist yet. `account` tells what was looked up apart: of another
 * account or endpoint nothing is taken over.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  home: string,
  account: string
): Effect.fn.Return<Store, never, FileSystem.FileSystem | Path.Path> {
  const platform = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const turns = new Map<string, Semaphore.Semaphore>()
  const turnOf = (name: string): Semaphore.Semaphore => {
    const known = turns.get(name) ?? Semaphore.makeUnsafe(1)
    turns.set(name, known)
    return known
  }
  const shelf = <A, E>(name: string, schema: PluginMemory.Codec<A>, read: Effect.Effect<A, E>) =>
    Effect.provideContext(PluginMemory.cache({ home, key: `${account} ${name}`, schema, read }), platform)
  const notes = yield* PluginMemory.records({
    home,
    folder: "instances",
    schema: Note,
    keep,
    atOf: ({ endedAt = 0, made }) => Math.max(endedAt, made?.at ?? 0)
  })
  const attempts = yield* PluginMemory.records({
    home,
    folder: "attempts",
    schema: Attempt,
    keep,
    atOf: ({ at }) => at
  })
  const words = yield* PluginMemory.values({ home, file: "words.json", schema: Schema.String })
  return {
    notes,
    attempts,
    words,
    forget: (name) => Effect.flatMap(shelf(name, Schema.Unknown, Effect.undefined), ({ forget }) => forget),
    cached: (name, schema, timeToLive, load) =>
      turnOf(name).withPermit(Effect.flatMap(shelf(name, schema, load), (cache) => cache.within(timeToLive)))
  }
})
