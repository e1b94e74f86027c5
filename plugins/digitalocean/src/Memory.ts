/**
 * What is remembered here of droplets, for as long as the API may not show yet what it has done: when each was made,
 * by which action, and when its end was accepted. All of it may be lost: the API knows what counts.
 *
 * @since 0.1.0
 */
import { Mark } from "@runctl/core/Ownership"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
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
  readonly numbers: {
    readonly find: (name: string) => Effect.Effect<number | undefined>
    readonly save: (name: string, value: number | undefined) => Effect.Effect<void>
  }
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

/** What is older than a day explains nothing any more. **Units**  milliseconds */
const old = 24 * 60 * 60_000

const RememberedJson = Schema.fromJsonString(Remembered)
const NumbersJson = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Int))

/** Whether an end that was accepted then still explains why a droplet is there. @category predicates @since 0.1.0 */
export const isEnding = (remembered: Remembered | undefined, now: number): boolean =>
  remembered?.endedAt !== undefined && now - remembered.endedAt < endingTakes

/**
 * Opens the memory in a plugin's home, which need not exist yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  home: string
): Effect.fn.Return<Memory, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(home, "droplets")
  const file = (droplet: number) => path.join(folder, `${droplet}.json`)
  const numbersFile = path.join(home, "numbers.json")
  let wasPruned = false

  /** Whole or not at all: others may read it meanwhile. */
  const write = (name: string, text: string) =>
    Effect.gen(function* () {
      yield* fs.makeDirectory(path.dirname(name), { recursive: true, mode: 0o700 })
      const drafts = yield* fs.makeTempDirectoryScoped({ directory: home, prefix: ".draft-" })
      const draft = path.join(drafts, "draft")
      yield* fs.writeFileString(draft, text, { mode: 0o600 })
      yield* fs.rename(draft, name)
    }).pipe(Effect.scoped, Effect.ignore)

  const find: Memory["find"] = (droplet) =>
    fs.readFileString(file(droplet)).pipe(
      Effect.flatMap(Schema.decodeEffect(RememberedJson)),
      Effect.orElseSucceed(() => undefined)
    )

  const remembered = Effect.map(
    Effect.orElseSucceed(fs.readDirectory(folder), (): ReadonlyArray<string> => []),
    (names) =>
      names.flatMap((name) => {
        const [, digits] = /^(\d+)\.json$/.exec(name) ?? []
        return digits === undefined ? [] : [Number(digits)]
      })
  )

  const forget: Memory["forget"] = (droplet) => Effect.ignore(fs.remove(file(droplet), { force: true }))

  /** Once in a process: droplets that others ended are never asked for again here. */
  const prune = Effect.gen(function* () {
    if (wasPruned) return
    wasPruned = true
    const now = yield* Clock.currentTimeMillis
    for (const droplet of yield* remembered) {
      const found = yield* find(droplet)
      if (now - Math.max(found?.made?.at ?? 0, found?.endedAt ?? 0) > old) yield* forget(droplet)
    }
  })

  const numbers = fs.readFileString(numbersFile).pipe(
    Effect.flatMap(Schema.decodeEffect(NumbersJson)),
    Effect.orElseSucceed((): Readonly<Record<string, number>> => ({}))
  )

  return {
    find,
    forget,
    save: (droplet, value) =>
      Schema.encodeEffect(RememberedJson)(value).pipe(
        Effect.flatMap((text) => write(file(droplet), text)),
        Effect.andThen(prune),
        Effect.ignore
      ),
    ended: Effect.fnUntraced(function* (droplets) {
      const now = yield* Clock.currentTimeMillis
      const known = new Set(yield* remembered)
      const ending = yield* Effect.filter(
        droplets.filter((droplet) => known.has(droplet)),
        (droplet) => Effect.map(find(droplet), (found) => isEnding(found, now)),
        { concurrency: 8 }
      )
      return new Set(ending)
    }),
    numbers: {
      find: (name) => Effect.map(numbers, (all) => all[name]),
      save: (name, value) =>
        Effect.flatMap(numbers, ({ [name]: before, ...others }) =>
          before === value
            ? Effect.void
            : write(numbersFile, JSON.stringify(value === undefined ? others : { ...others, [name]: value }))
        )
    }
  }
})
