import { assert } from "@effect/vitest"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Child, startChild } from "./journalChildren.ts"
import { countOf, temporaryFolder, withJournal } from "./journalPlatform.ts"

const killSometime = (child: Child) =>
  Effect.gen(function* () {
    yield* Effect.promise(() => child.says("seq"))
    yield* Effect.sleep(Math.random() * 120)
    child.process.kill("SIGKILL")
    assert.strictEqual(yield* Effect.promise(() => child.ended), "SIGKILL")
  })

/** Lets writers write and kills each at random, over and over: what they were told is written must be there. */
export const killWriters = (rounds: number, writers: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "journal.db")
      const said: Array<Record<string, unknown>> = []
      for (let round = 0; round < rounds; round++) {
        const indexes = Array.from({ length: writers }, (_, index) => index)
        const children = yield* Effect.forEach(indexes, (index) => startChild("write", file, `${round}-${index}`))
        yield* Effect.forEach(children, killSometime, { concurrency: "unbounded", discard: true })
        for (const child of children) said.push(...child.said)
      }
      assert.isAbove(said.length, rounds * writers)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          const events = yield* journal.readAll({ limit: 1_000_000 })
          const known = new Map(events.map((event) => [event.id, event]))
          for (const { id, position, seq, stream } of said) {
            const event = known.get(String(id))
            assert.deepStrictEqual([event?.position, event?.seq, event?.stream], [position, seq, stream])
          }
          for (const stream of new Set(events.map((event) => event.stream))) {
            const own = events.filter((event) => event.stream === stream)
            assert.deepStrictEqual(
              own.map(({ seq }) => seq),
              own.map((_, index) => index + 1)
            )
            assert.strictEqual(countOf(yield* journal.projection("tally", stream)), own.length)
          }
          assert.isUndefined((yield* journal.health).needsRebuild)
        })
      )
      assert.isFalse(existsSync(join(folder, "quarantine")))
      const connection = connect(file, { access: "write" })
      assert.deepStrictEqual(Object.values(connection.get("PRAGMA integrity_check") ?? {}), ["ok"])
      connection.close()
    })
  )
