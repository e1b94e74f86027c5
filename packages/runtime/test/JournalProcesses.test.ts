import { assert, describe, it } from "@effect/vitest"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import type { StoredEvent } from "@runctl/runtime/Journal"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { join } from "node:path"
import { startChild } from "./journalChildren.ts"
import { countOf, temporaryFolder, withJournal } from "./journalPlatform.ts"
import { killWriters } from "./journalKills.ts"

const seqsOf = (events: ReadonlyArray<StoredEvent>): Array<number> => events.map(({ seq }) => seq)

const upTo = (count: number): Array<number> => Array.from({ length: count }, (_, index) => index + 1)

describe("several processes at one journal", () => {
  it.live("lose nothing and number every stream without a gap", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      const children = yield* Effect.forEach(["a", "b", "c"], (name) => startChild("write", file, name, 60))
      yield* Effect.promise(() => Promise.all(children.map(({ ended }) => ended)))
      const said = children.flatMap((child) => child.said)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          const events = yield* journal.readAll()
          assert.strictEqual(events.length, 3 * (60 + 12))
          assert.strictEqual(new Set(events.map(({ id }) => id)).size, events.length)
          const ids = new Set(events.map(({ id }) => id))
          for (const { id } of said) assert.isTrue(ids.has(String(id)))
          for (const stream of ["shared", "own/a", "own/b", "own/c"]) {
            const own = yield* journal.read(stream)
            assert.deepStrictEqual(seqsOf(own), upTo(own.length))
            assert.strictEqual(countOf(yield* journal.projection("tally", stream)), own.length)
          }
        })
      )
    })
  )

  it.live("count up together, each deciding on what it has read", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      const children = yield* Effect.forEach(upTo(3), () => startChild("contend", file, 40))
      yield* Effect.promise(() => Promise.all(children.map(({ ended }) => ended)))
      const events = yield* withJournal(file, (journal) => journal.read("counter"))
      assert.deepStrictEqual(
        events.map(({ payload }) => payload),
        upTo(120)
      )
    })
  )

  it.live("hear each other's events once each, in order", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      const followers = yield* Effect.forEach(upTo(2), () => startChild("follow", file, 2 * (40 + 8)))
      const writers = yield* Effect.forEach(["a", "b"], (name) => startChild("write", file, name, 40))
      yield* Effect.promise(() => Promise.all([...followers, ...writers].map(({ ended }) => ended)))
      const events = yield* withJournal(file, (journal) => journal.readAll())
      for (const follower of followers) {
        assert.deepStrictEqual(
          follower.said,
          events.map(({ id, position }) => ({ id, position }))
        )
      }
    })
  )

  it.live("keep every acknowledged event when writers are killed", () => killWriters(3, 3))
})

describe("a lease", () => {
  it.live("is taken from a killed process at once, and from a frozen one when it expires", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      const first = yield* startChild("hold", file, 60_000)
      yield* Effect.promise(() => first.says("token"))
      first.process.kill("SIGKILL")
      yield* Effect.promise(() => first.ended)

      const second = yield* startChild("hold", file, 400)
      const { appended } = yield* Effect.promise(() => second.says("appended"))
      assert.strictEqual(appended, 2)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          const held = yield* Effect.flip(Effect.scoped(journal.hold("only", Duration.millis(400))))
          assert.deepInclude(held.reason, { _tag: "Held", lease: "only", token: 2 })
          second.process.kill("SIGSTOP")
          const third = yield* Effect.scoped(journal.hold("only", Duration.millis(400))).pipe(
            Effect.retry({ times: 100, schedule: Schedule.spaced("20 millis") })
          )
          assert.strictEqual(third.token, 3)
          const before = yield* journal.last("fenced")
          second.process.kill("SIGCONT")
          assert.deepStrictEqual(yield* Effect.promise(() => second.says("refused")), { refused: "Fenced" })
          assert.deepStrictEqual(yield* Effect.promise(() => second.says("lost")), { lost: "Fenced" })
          assert.strictEqual(yield* journal.last("fenced"), before)
        })
      )
      assert.strictEqual(yield* Effect.promise(() => second.ended), 0)
    })
  )
})

describe("a locked journal", () => {
  it.live("that is replaced while a writer waits for it is written to in its new place", () =>
    Effect.gen(function* () {
      // The writer has to be waiting inside SQLite at that moment, which it is every other time.
      for (const round of upTo(8)) {
        const folder = yield* temporaryFolder
        const file = join(folder, "journal.db")
        const other = join(folder, "other.db")
        const noted = [{ type: "Noted", payload: round }]
        yield* withJournal(other, (journal) => journal.position)
        yield* withJournal(file, (journal) =>
          Effect.gen(function* () {
            const child = yield* startChild("replace", file, other, 40 + round)
            yield* Effect.promise(() => child.says("locked"))
            yield* journal.append("run/a", "any", noted)
            yield* Effect.promise(() => child.ended)
            yield* withJournal(file, (second) =>
              Effect.map(second.last("run/a"), (seq) => assert.strictEqual(seq, 1, `round ${round}`))
            )
          })
        )
      }
    })
  )

  it.live("is waited for", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          const other = connect(file, { access: "write" })
          other.exec("BEGIN IMMEDIATE")
          yield* Effect.forkChild(
            Effect.delay(
              Effect.sync(() => other.exec("ROLLBACK")),
              "150 millis"
            )
          )
          const [stored] = yield* journal.append("run/a", 0, [{ type: "Noted", payload: 1 }])
          assert.strictEqual(stored?.seq, 1)
          other.close()
        })
      )
    })
  )

  it.live("is given up after the time-out, and the process that has the lock is named", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      yield* withJournal(
        file,
        (journal) =>
          Effect.gen(function* () {
            yield* journal.append("run/a", 0, [{ type: "Noted", payload: 1 }])
            const other = yield* startChild("lock", file, 2000)
            const { locked } = yield* Effect.promise(() => other.says("locked"))
            const { reason } = yield* Effect.flip(journal.append("run/a", 1, [{ type: "Noted", payload: 2 }]))
            if (reason._tag !== "Locked") return assert.fail(reason._tag)
            if (process.platform === "linux") assert.deepStrictEqual(reason.by, [Number(locked)])
            assert.strictEqual((yield* journal.read("run/a")).length, 1)
            other.process.kill("SIGKILL")
            yield* Effect.promise(() => other.ended)
            yield* journal.append("run/a", 1, [{ type: "Noted", payload: 2 }])
          }),
        { busyTimeout: Duration.millis(200) }
      )
    })
  )
})
