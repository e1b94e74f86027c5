import { assert, describe, it } from "@effect/vitest"
import { Journal, type NewEvent } from "@runctl/runtime/Journal"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Fiber from "effect/Fiber"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
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
