import { assert, describe, it } from "@effect/vitest"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import { Journal, type NewEvent, type Projection, type StoredEvent } from "@runctl/runtime/Journal"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { existsSync, readdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { countOf, platform, reasonOf, tally, temporaryFolder, withJournal } from "./journalPlatform.ts"

const event = (payload: unknown, type = "Noted"): NewEvent => ({ type, payload })

const memory = Journal.layerMemory({ projections: [tally], rentTypes: ["Rented"], owner: "abcdefgh" }).pipe(
  Layer.provide(platform)
)

describe("appending", () => {
  it.effect("answers what reading answers later", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const first = yield* journal.append("run/a", 0, [event({ n: 1 }), event("two")])
      const second = yield* journal.append("run/a", 2, [{ ...event([3]), run: "run-a", attempt: 2, causedBy: "x" }])
      assert.deepStrictEqual(yield* journal.read("run/a"), [...first, ...second])
      assert.deepStrictEqual(yield* journal.read("run/a", 2), second)
      assert.deepStrictEqual(
        second.map(({ attempt, causedBy, owner, run, seq, v }) => ({ attempt, causedBy, owner, run, seq, v })),
        [{ attempt: 2, causedBy: "x", owner: "abcdefgh", run: "run-a", seq: 3, v: 1 }]
      )
    }).pipe(Effect.provide(memory))
  )

  it.effect("is refused when the stream stands elsewhere, and says where", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.append("run/a", 0, [event(1), event(2)])
      const reason = yield* reasonOf(journal.append("run/a", 1, [event(3)]))
      assert.deepInclude(reason, { _tag: "Conflict", stream: "run/a", expected: 1, actual: 2 })
      assert.strictEqual(yield* journal.last("run/a"), 2)
      assert.strictEqual(yield* journal.last("run/b"), 0)
    }).pipe(Effect.provide(memory))
  )

  it.effect("keeps nothing of an append whose projection cannot take it", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.append("run/a", 0, [event(1)])
      const exit = yield* Effect.exit(journal.append("run/a", 1, [event(2), event("poison")]))
      assert.strictEqual(exit._tag, "Failure")
      assert.strictEqual(yield* journal.position, 1)
      assert.strictEqual(countOf(yield* journal.projection("poisoned", "run/a")), 1)
    }).pipe(
      Effect.provide(
        Journal.layerMemory({
          projections: [
            {
              ...tally,
              name: "poisoned",
              evolve: (state, stored) => {
                if (stored.payload === "poison") throw new Error("cannot take it")
                return tally.evolve(state, stored)
              }
            }
          ]
        }).pipe(Layer.provide(platform))
      )
    )
  )

  it.effect("cannot be undone by writing to the tables", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "journal.db")
      yield* withJournal(file, (journal) => journal.append("run/a", 0, [event(1)]))
      const connection = connect(file, { access: "write" })
      assert.throws(() => connection.run("UPDATE events SET payload = '2'"), /never changed/)
      assert.throws(() => connection.run("DELETE FROM events"), /never deleted/)
      connection.close()
    })
  )
})

const Json: Schema.Codec<Schema.Json> = Schema.Json

const anyEvents = Arbitrary.array(
  Arbitrary.schema(
    Schema.Struct({
      stream: Schema.Literals(["run/a", "run/b", "budget/day", "é\u0000'\";--"]),
      type: Schema.String,
      payload: Json,
      run: Schema.optionalKey(Schema.String),
      attempt: Schema.optionalKey(Schema.Int),
      causedBy: Schema.optionalKey(Schema.String)
    })
  )
)

/** Folds every payload into one text: order and content both count. */
const transcript: Projection = {
  name: "transcript",
  version: 1,
  keyOf: ({ stream }) => stream,
  evolve: (state, { payload, seq, type }) =>
    `${typeof state === "string" ? state : ""}${seq}:${type}=${JSON.stringify(payload)};`
}

const foldOf = (events: ReadonlyArray<StoredEvent>, stream: string): unknown =>
  events
    .filter((each) => each.stream === stream)
    .reduce<unknown>((state, each) => transcript.evolve(state, each), undefined)

describe("whatever is appended", () => {
  it.effect.prop(
    "is read back as it was, and its projection is the fold of what is read",
    { events: anyEvents },
    ({ events }) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const stored: Array<StoredEvent> = []
        for (const { stream, ...rest } of events) stored.push(...(yield* journal.append(stream, "any", [rest])))
        const all = yield* journal.readAll()
        assert.deepStrictEqual(all, stored)
        assert.deepStrictEqual(
          all.map(({ payload }) => payload),
          events.map(({ payload }) => JSON.parse(JSON.stringify(payload)))
        )
        for (const stream of new Set(events.map((each) => each.stream))) {
          assert.strictEqual(yield* journal.projection("transcript", stream), foldOf(all, stream))
        }
      }).pipe(
        Effect.provide(Journal.layerMemory({ projections: [transcript] }).pipe(Layer.provide(platform)), {
          local: true
        })
      )
  )
})

describe("a projection", () => {
  const appended = Effect.fnUntraced(function* (file: string) {
    yield* withJournal(file, (journal) =>
      Effect.gen(function* () {
        for (const index of [1, 2, 3]) yield* journal.append("run/a", "any", [event(index), event(-index)])
        yield* journal.append("run/b", "any", [event("b")])
      })
    )
  })

  it.live("is built anew from all events when its version changes", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      yield* appended(file)
      const sum: Projection = {
        ...tally,
        version: 2,
        keyOf: ({ stream }) => (stream === "run/a" ? "sum" : undefined),
        evolve: (state, { payload }) => Number(state ?? 0) + Math.max(0, Number(payload))
      }
      const states = yield* withJournal(file, (journal) => journal.projections("tally"), { projections: [sum] })
      assert.deepStrictEqual(states, [{ key: "sum", state: 6, position: 6 }])
    })
  )

  it.live("catches up with what somebody without it has written, at opening and at the next append", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      yield* appended(file)
      const others = { projections: [{ ...tally, name: "other" }] }
      yield* withJournal(file, (journal) => journal.append("run/a", "any", [event("unseen")]), others)
      const count = (journal: Journal["Service"]) => Effect.map(journal.projection("tally", "run/a"), countOf)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* count(journal), 7)
          yield* withJournal(file, (second) => second.append("run/a", "any", [event("unseen")]), others)
          yield* journal.append("run/b", "any", [event("seen")])
          assert.strictEqual(yield* count(journal), 8)
        })
      )
    })
  )

  it.live("of a newer runctl is left alone", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      yield* withJournal(file, (journal) => journal.append("run/a", 0, [event(1)]), {
        projections: [{ ...tally, version: 3 }]
      })
      const reason = yield* reasonOf(withJournal(file, (journal) => journal.position))
      assert.deepInclude(reason, { _tag: "NewerVersion", found: 3, known: 1 })
    })
  )

  it.live("of a newer runctl that came meanwhile stops who is older from writing", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* journal.append("run/a", 0, [event(1)])
          yield* withJournal(file, (newer) => newer.position, { projections: [{ ...tally, version: 2 }] })
          assert.strictEqual((yield* reasonOf(journal.append("run/a", 1, [event(2)])))._tag, "NewerVersion")
          assert.strictEqual(yield* journal.last("run/a"), 1)
        })
      )
    })
  )

  it.live("forgets a key whose state becomes undefined", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.append("run/a", 0, [event(1)])
      assert.strictEqual(yield* journal.projection("last", "run/a"), 1)
      yield* journal.append("run/a", 1, [event(0)])
      assert.deepStrictEqual(yield* journal.projections("last"), [])
    }).pipe(
      Effect.provide(
        Journal.layerMemory({
          projections: [
            { ...tally, name: "last", evolve: (_state, { payload }) => (payload === 0 ? undefined : payload) }
          ]
        }).pipe(Layer.provide(platform))
      )
    )
  )
})

describe("the file", () => {
  it.live("can be read and written by its user alone, and leaves nothing beside it when closed", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "made", "deeply")
      const file = join(folder, "journal.db")
      const modes = yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* journal.append("run/a", 0, [event(1)])
          return readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777])
        })
      )
      assert.deepStrictEqual(Object.fromEntries(modes), {
        "journal.db": 0o600,
        "journal.db-lock": 0o600,
        "journal.db-shm": 0o600,
        "journal.db-wal": 0o600
      })
      assert.strictEqual(statSync(folder).mode & 0o777, 0o700)
      assert.isFalse(existsSync(`${file}-wal`))
    })
  )

  it.live("that was removed while it was open is not made anew by who had it open", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "home")
      const file = join(folder, "journal.db")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* journal.append("run/a", 0, [event(1)])
          rmSync(folder, { recursive: true })
          assert.include((yield* reasonOf(journal.last("run/a"))).message, "was removed")
          assert.include((yield* reasonOf(journal.append("run/a", 1, [event(2)]))).message, "was removed")
          assert.isFalse(existsSync(folder))
          yield* withJournal(file, (second) => second.append("run/a", 0, [event(3)]))
          assert.strictEqual(yield* journal.last("run/a"), 1)
        })
      )
    })
  )
})
