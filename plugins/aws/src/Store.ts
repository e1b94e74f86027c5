/**
 * Small files in the plugin's home: what was looked up a while ago, and what was done that AWS may not show yet. All of it
 * may be lost.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"

/** What is kept as JSON. @category models @since 0.1.0 */
export type Kept<A> = Schema.Codec<A, unknown>

/**
 * What was looked up, and when.
 *
 * **Units**  at: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Dated<A> {
  readonly at: number
  readonly value: A
}

/** The files. Nothing of them fails: what cannot be kept is not there. @category models @since 0.1.0 */
export interface Store {
  readonly find: <A>(name: string, schema: Kept<A>) => Effect.Effect<A | undefined>
  readonly save: <A>(name: string, schema: Kept<A>, value: A) => Effect.Effect<void>
  readonly forget: (name: string) => Effect.Effect<void>
  /** What is younger than a time to live, else what is looked up now, once for all who ask at the same time. */
  readonly cached: <A, E>(
    name: string,
    schema: Kept<A>,
    timeToLive: number,
    load: Effect.Effect<A, E>
  ) => Effect.Effect<Dated<A>, E>
}

/** Nothing of it leads out of its folder. */
const fileName = (name: string): string => `${name.replaceAll(/[^A-Za-z0-9.-]/g, "_")}.json`

/** Notes about machines explain nothing any more after this. **Units**  milliseconds */
const old = 24 * 60 * 60_000

/**
 * Opens the files in a plugin's home, which need not exist yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  home: string
): Effect.fn.Return<Store, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const turns = new Map<string, Semaphore.Semaphore>()
  const memory = new Map<string, Dated<unknown>>()
  let wasPruned = false

  const file = (name: string) => path.join(home, fileName(name))

  /** Whole or not at all: others may read it meanwhile. */
  const write = (name: string, text: string) =>
    Effect.gen(function* () {
      yield* fs.makeDirectory(home, { recursive: true, mode: 0o700 })
      const drafts = yield* fs.makeTempDirectoryScoped({ directory: home, prefix: ".draft-" })
      const draft = path.join(drafts, "draft")
      yield* fs.writeFileString(draft, text, { mode: 0o600 })
      yield* fs.rename(draft, file(name))
    }).pipe(Effect.scoped, Effect.ignore)

  /** Once in a process: notes about machines that others ended are never asked for again here. */
  const prune = Effect.gen(function* () {
    if (wasPruned) return
    wasPruned = true
    const now = yield* Clock.currentTimeMillis
    const names = (yield* fs.readDirectory(home)).filter((name) => name.startsWith("machine-"))
    for (const name of names) {
      const { mtime } = yield* fs.stat(path.join(home, name))
      if (mtime._tag === "Some" && now - mtime.value.getTime() > old) {
        yield* fs.remove(path.join(home, name), { force: true })
      }
    }
  }).pipe(Effect.ignore)

  const find: Store["find"] = (name, schema) =>
    fs.readFileString(file(name)).pipe(
      Effect.flatMap(Schema.decodeEffect(Schema.fromJsonString(schema))),
      Effect.orElseSucceed(() => undefined)
    )

  const save: Store["save"] = (name, schema, value) =>
    Schema.encodeEffect(Schema.fromJsonString(schema))(value).pipe(
      Effect.flatMap((text) => write(name, text)),
      Effect.andThen(prune),
      Effect.ignore
    )

  const turnOf = (name: string): Semaphore.Semaphore => {
    const known = turns.get(name) ?? Semaphore.makeUnsafe(1)
    turns.set(name, known)
    return known
  }

  const isDated =
    <A>(schema: Kept<A>) =>
    (value: unknown): value is Dated<A> =>
      Schema.is(Schema.Struct({ at: Schema.Finite, value: Schema.toType(schema) }))(value)

  return {
    find,
    save,
    forget: (name) =>
      Effect.suspend(() => {
        memory.delete(name)
        return Effect.ignore(fs.remove(file(name), { force: true }))
      }),
    cached: <A, E>(name: string, schema: Kept<A>, timeToLive: number, load: Effect.Effect<A, E>) =>
      turnOf(name).withPermit(
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const isFresh = ({ at }: Dated<unknown>): boolean => Math.abs(now - at) < timeToLive
          const remembered = memory.get(name)
          // What is in memory was made by the same call, or is looked up again.
          if (remembered !== undefined && isFresh(remembered) && isDated(schema)(remembered)) return remembered
          const dated = Schema.Struct({ at: Schema.Finite, value: schema })
          const kept = yield* find(name, dated)
          if (kept !== undefined && isFresh(kept)) {
            memory.set(name, kept)
            return kept
          }
          const made: Dated<A> = { at: now, value: yield* load }
          memory.set(name, made)
          yield* save(name, dated, made)
          return made
        })
      )
  }
})
