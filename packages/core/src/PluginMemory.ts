/**
 * What a plugin remembers in its home: small records, each whole or not at all. All of it may be lost: the cloud knows
 * what counts, and nothing here fails.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"

/** What a value is in a file. @category models @since 0.1.0 */
export type Codec<A> = Schema.ConstraintCodec<A, unknown>

/**
 * Records in a folder, each under a key.
 *
 * @category models
 * @since 0.1.0
 */
export interface Records<A> {
  readonly find: (key: string) => Effect.Effect<A | undefined>
  readonly save: (key: string, value: A) => Effect.Effect<void>
  readonly forget: (key: string) => Effect.Effect<void>
  /** The keys there are. */
  readonly keys: Effect.Effect<ReadonlyArray<string>>
}

/**
 * Values in one file, each under a name.
 *
 * @category models
 * @since 0.1.0
 */
export interface Values<A> {
  readonly find: (name: string) => Effect.Effect<A | undefined>
  /** Remembers a value, or forgets it where there is none. */
  readonly save: (name: string, value: A | undefined) => Effect.Effect<void>
}

/** A value, and when it was read. **Units**  milliseconds since 1970-01-01 UTC @category models @since 0.1.0 */
export interface Cached<A> {
  readonly value: A
  readonly at: number
}

/**
 * A look-up that is remembered.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cache<A, E, R> {
  /** No older than so long: what is remembered, or read anew, once for all who ask at the same time. */
  readonly within: (age: Duration.Duration) => Effect.Effect<Cached<A>, E, R>
  /** As `within`, and read by this process itself: for what must not rest on another's memory. */
  readonly ownWithin: (age: Duration.Duration) => Effect.Effect<Cached<A>, E, R>
  /** What is remembered turned out to be wrong. */
  readonly forget: Effect.Effect<void>
}

/** A key as the name of a file, also where capitals do not count. */
const fileOf = (key: string): string =>
  `${key.replaceAll(/[^a-z0-9-]/g, (each) => `_${(each.codePointAt(0) ?? 0).toString(16)}.`)}.json`

const keyOf = (file: string): string | undefined =>
  file.endsWith(".json") && !file.startsWith(".")
    ? file
        .slice(0, -".json".length)
        .replaceAll(/_([0-9a-f]{1,6})\./g, (_, point: string) => String.fromCodePoint(Number.parseInt(point, 16)))
    : undefined

/** Files that are written whole or not at all: others may read them meanwhile. */
const files = Effect.fnUntraced(function* (home: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const write = (name: string, text: string) =>
    Effect.gen(function* () {
      yield* fs.makeDirectory(path.dirname(name), { recursive: true, mode: 0o700 })
      const drafts = yield* fs.makeTempDirectoryScoped({ directory: home, prefix: ".draft-" })
      const draft = path.join(drafts, "draft")
      yield* fs.writeFileString(draft, text, { mode: 0o600 })
      yield* fs.rename(draft, name)
    }).pipe(Effect.scoped, Effect.ignore)
  return { fs, path, write }
})

/**
 * Records in a folder of a plugin's home, which need not exist yet. The first save of a process removes what is older
 * than `keep`, by what `atOf` says of it.
 *
 * **Units**  atOf: milliseconds since 1970-01-01 UTC
 *
 * @category constructors
 * @since 0.1.0
 */
export const records = Effect.fnUntraced(function* <A>(options: {
  readonly home: string
  readonly folder: string
  readonly schema: Codec<A>
  readonly keep: Duration.Duration
  readonly atOf: (value: A) => number
}): Effect.fn.Return<Records<A>, never, FileSystem.FileSystem | Path.Path> {
  const { fs, path, write } = yield* files(options.home)
  const folder = path.join(options.home, options.folder)
  const json = Schema.fromJsonString(options.schema)
  let wasPruned = false

  const file = (key: string) => path.join(folder, fileOf(key))

  const find: Records<A>["find"] = (key) =>
    fs.readFileString(file(key)).pipe(
      Effect.flatMap(Schema.decodeEffect(json)),
      Effect.orElseSucceed(() => undefined)
    )

  const keys = Effect.map(
    Effect.orElseSucceed(fs.readDirectory(folder), (): ReadonlyArray<string> => []),
    (names) =>
      names.flatMap((name) => {
        const key = keyOf(name)
        return key === undefined ? [] : [key]
      })
  )

  const forget: Records<A>["forget"] = (key) => Effect.ignore(fs.remove(file(key), { force: true }))

  /** Once in a process: what others have ended is never asked for again here. */
  const prune = Effect.gen(function* () {
    if (wasPruned) return
    wasPruned = true
    const now = yield* Clock.currentTimeMillis
    for (const key of yield* keys) {
      const found = yield* find(key)
      if (found === undefined || now - options.atOf(found) > Duration.toMillis(options.keep)) yield* forget(key)
    }
  })

  return {
    find,
    forget,
    keys,
    save: (key, value) =>
      Schema.encodeEffect(json)(value).pipe(
        Effect.flatMap((text) => write(file(key), text)),
        Effect.andThen(prune),
        Effect.ignore
      )
  }
})

/**
 * Values in a file of a plugin's home, for what is little and does not age: ids of keys, numbers of pages.
 *
 * @category constructors
 * @since 0.1.0
 */
export const values = Effect.fnUntraced(function* <A>(options: {
  readonly home: string
  readonly file: string
  readonly schema: Codec<A>
}): Effect.fn.Return<Values<A>, never, FileSystem.FileSystem | Path.Path> {
  const { fs, path, write } = yield* files(options.home)
  const name = path.join(options.home, options.file)
  const json = Schema.fromJsonString(Schema.Record(Schema.String, options.schema))
  const oneAtATime = Semaphore.makeUnsafe(1)

  const all = fs.readFileString(name).pipe(
    Effect.flatMap(Schema.decodeEffect(json)),
    Effect.orElseSucceed((): Readonly<Record<string, A>> => ({}))
  )

  const save = Effect.fnUntraced(function* (key: string, value: A | undefined) {
    const { [key]: before, ...others } = yield* all
    if (before === value) return
    const text = yield* Schema.encodeEffect(json)(value === undefined ? others : { ...others, [key]: value })
    yield* write(name, text)
  })

  return {
    find: (key) => Effect.map(all, (found) => found[key]),
    save: (key, value) => Effect.ignore(oneAtATime.withPermit(save(key, value)))
  }
})

/**
 * A look-up that is remembered in a plugin's home under a key, so that a later command asks less.
 *
 * @category constructors
 * @since 0.1.0
 */
export const cache = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly home: string
  readonly key: string
  readonly schema: Codec<A>
  readonly read: Effect.Effect<A, E, R>
}): Effect.fn.Return<Cache<A, E, R>, never, FileSystem.FileSystem | Path.Path> {
  const remembered = yield* records({
    home: options.home,
    folder: "cache",
    // All look-ups lie in one folder: to each the others have to be readable, or it would clear them away.
    schema: Schema.Struct({ value: Schema.Unknown, at: Schema.Finite }),
    keep: Duration.days(1),
    atOf: ({ at }) => at
  })
  const find = Effect.flatMap(remembered.find(options.key), (found) =>
    found === undefined
      ? Effect.undefined
      : Schema.decodeUnknownEffect(options.schema)(found.value).pipe(
          Effect.map((value): Cached<A> => ({ value, at: found.at })),
          Effect.orElseSucceed(() => undefined)
        )
  )
  const save = ({ at, value }: Cached<A>) =>
    Schema.encodeEffect(options.schema)(value).pipe(
      Effect.flatMap((encoded) => remembered.save(options.key, { value: encoded, at })),
      Effect.ignore
    )
  const oneAtATime = Semaphore.makeUnsafe(1)
  let own: Cached<A> | undefined

  const isYoung = (cached: Cached<A> | undefined, age: Duration.Duration, now: number): cached is Cached<A> =>
    // A clock that was set back makes nothing young.
    cached !== undefined && Math.abs(now - cached.at) < Duration.toMillis(age)

  const read = Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    own = { value: yield* options.read, at }
    yield* save(own)
    return own
  })

  const within = Effect.fnUntraced(function* (age: Duration.Duration, isOwn: boolean) {
    const now = yield* Clock.currentTimeMillis
    if (isYoung(own, age, now)) return own
    const others = isOwn ? undefined : yield* find
    return isYoung(others, age, now) ? others : yield* read
  })

  return {
    within: (age) => oneAtATime.withPermit(within(age, false)),
    ownWithin: (age) => oneAtATime.withPermit(within(age, true)),
    forget: Effect.andThen(
      Effect.sync(() => {
        own = undefined
      }),
      remembered.forget(options.key)
    )
  }
})
