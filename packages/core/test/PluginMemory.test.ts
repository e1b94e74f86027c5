import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-memory-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const Row = Schema.Struct({ at: Schema.Finite, name: Schema.String })

const rowsIn = (home: string) =>
  PluginMemory.records({ home, folder: "rows", schema: Row, keep: Duration.days(1), atOf: ({ at }) => at })

const cacheIn = (home: string, read: Effect.Effect<number, string>) =>
  PluginMemory.cache({ home, key: "offers https://api.example.org", schema: Schema.Finite, read })

const inside = <A, E>(
  use: (home: string) => Effect.Effect<A, E, Effect.Services<ReturnType<typeof rowsIn>>>
): Effect.Effect<A, E> => Effect.flatMap(folder, use).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("records", () => {
  it.effect("are there for whoever opens the memory again, each under its own key", () =>
    inside((home) =>
      Effect.gen(function* () {
        const strange = ["1000", "a/b", "../up", "A", "a", "é 😀", ".hidden", "a_b", "https://api.example.org"]
        const rows = yield* rowsIn(home)
        assert.deepStrictEqual(yield* rows.keys, [])
        yield* Effect.forEach(strange, (key) => rows.save(key, { at: 0, name: key }))
        const again = yield* rowsIn(home)
        assert.sameMembers([...(yield* again.keys)], strange)
        for (const key of strange) assert.deepStrictEqual(yield* again.find(key), { at: 0, name: key })
        yield* again.forget("A")
        assert.deepStrictEqual([yield* rows.find("A"), (yield* rows.find("a"))?.name], [undefined, "a"])
        assert.deepStrictEqual(readdirSync(home), ["rows"])
        assert.strictEqual(statSync(join(home, "rows", "1000.json")).mode & 0o777, 0o600)
      })
    )
  )

  it.effect("that are damaged or that nobody can write are not there, and nothing fails", () =>
    inside((home) =>
      Effect.gen(function* () {
        const rows = yield* rowsIn(home)
        yield* rows.save("1", { at: 0, name: "one" })
        for (const text of ["", "{", '{"at": "long ago"}', "[]"]) {
          writeFileSync(join(home, "rows", "1.json"), text)
          assert.isUndefined(yield* rows.find("1"))
        }
        writeFileSync(join(home, "file"), "")
        const nowhere = yield* rowsIn(join(home, "file"))
        yield* nowhere.save("1", { at: 0, name: "one" })
        assert.deepStrictEqual([yield* nowhere.find("1"), yield* nowhere.keys], [undefined, []])
      })
    )
  )

  it.effect("that are old go when a process first saves one, and what cannot be read goes with them", () =>
    inside((home) =>
      Effect.gen(function* () {
        const rows = yield* rowsIn(home)
        yield* rows.save("old", { at: yield* Clock.currentTimeMillis, name: "old" })
        writeFileSync(join(home, "rows", "broken.json"), "{")
        yield* TestClock.adjust("25 hours")
        const again = yield* rowsIn(home)
        yield* again.save("new", { at: yield* Clock.currentTimeMillis, name: "new" })
        assert.deepStrictEqual(yield* again.keys, ["new"])
      })
    )
  )
})

describe("values", () => {
  it.effect("are kept in one file, each under its name", () =>
    inside((home) =>
      Effect.gen(function* () {
        const open = PluginMemory.values({ home, file: "numbers.json", schema: Schema.Int })
        const numbers = yield* open
        assert.isUndefined(yield* numbers.find("a"))
        yield* Effect.all([numbers.save("a", 1), numbers.save("b", 2)], { concurrency: 2 })
        yield* numbers.save("a", undefined)
        const again = yield* open
        assert.deepStrictEqual([yield* again.find("a"), yield* again.find("b")], [undefined, 2])
      })
    )
  )
})

describe("a look-up that is remembered", () => {
  /** Counts how often it was really looked up. */
  const counted = () => {
    let count = 0
    return { read: Effect.sync(() => ++count), count: () => count }
  }

  it.effect("is read once for all who ask at once, and again by whoever wants it younger", () =>
    inside((home) =>
      Effect.gen(function* () {
        const { count, read } = counted()
        const cache = yield* cacheIn(home, read)
        const minutes = (age: number) => Effect.map(cache.within(Duration.minutes(age)), ({ value }) => value)
        assert.deepStrictEqual(
          yield* Effect.all([minutes(10), minutes(10), minutes(10)], { concurrency: "unbounded" }),
          [1, 1, 1]
        )
        yield* TestClock.adjust("5 minutes")
        assert.deepStrictEqual([yield* minutes(10), yield* minutes(5), yield* minutes(10)], [1, 2, 2])
        yield* cache.forget
        assert.deepStrictEqual([yield* minutes(10), count()], [3, 3])
      })
    )
  )

  it.effect("is not read again by another process, unless it must have read it itself", () =>
    inside((home) =>
      Effect.gen(function* () {
        const { count, read } = counted()
        yield* Effect.flatMap(cacheIn(home, read), (cache) => cache.within(Duration.minutes(10)))
        const at = yield* Clock.currentTimeMillis
        yield* TestClock.adjust("1 minute")
        const other = yield* cacheIn(home, read)
        assert.deepStrictEqual(yield* other.within(Duration.minutes(10)), { value: 1, at })
        assert.strictEqual(count(), 1)
        assert.strictEqual((yield* other.ownWithin(Duration.minutes(10))).value, 2)
        yield* TestClock.adjust("10 minutes")
        const late = yield* cacheIn(home, read)
        assert.strictEqual((yield* late.within(Duration.minutes(10))).value, 3)
      })
    )
  )

  it.effect("of one form does not clear away those of others", () =>
    inside((home) =>
      Effect.gen(function* () {
        const { count, read } = counted()
        yield* Effect.flatMap(cacheIn(home, read), (cache) => cache.within(Duration.minutes(10)))
        const words = yield* PluginMemory.cache({
          home,
          key: "words",
          schema: Schema.String,
          read: Effect.succeed("a")
        })
        yield* words.within(Duration.minutes(10))
        yield* Effect.flatMap(cacheIn(home, read), (cache) => cache.within(Duration.minutes(10)))
        assert.strictEqual(count(), 1)
      })
    )
  )

  it.effect("fails as the look-up fails, and remembers no failure", () =>
    inside((home) =>
      Effect.gen(function* () {
        let isBroken = true
        const read = Effect.suspend(() => (isBroken ? Effect.fail("broken") : Effect.succeed(7)))
        const cache = yield* cacheIn(home, read)
        assert.strictEqual(yield* Effect.flip(cache.within(Duration.minutes(1))), "broken")
        isBroken = false
        assert.strictEqual((yield* cache.within(Duration.minutes(1))).value, 7)
        assert.isTrue(existsSync(join(home, "cache")))
      })
    )
  )

  it.effect("from a time that has not come yet is read again: the clock was set back", () =>
    inside((home) =>
      Effect.gen(function* () {
        const { read } = counted()
        yield* TestClock.adjust("1 hour")
        yield* Effect.flatMap(cacheIn(home, read), (cache) => cache.within(Duration.minutes(1)))
        yield* TestClock.setTime(0)
        const cache = yield* cacheIn(home, read)
        assert.strictEqual((yield* cache.within(Duration.minutes(10))).value, 2)
      })
    )
  )
})
