import { assert } from "@effect/vitest"
import type { Journal, NewEvent, StoredEvent } from "@runctl/runtime/Journal"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import { platform, temporaryFolder, withJournal } from "./journalPlatform.ts"

const texts = ["plain", "é€😀", "\u0000 and \u2028", "x".repeat(700), "y".repeat(9000)]

const eventsFor = (index: number): ReadonlyArray<NewEvent> => [
  { type: "Noted", payload: { index, text: texts[index % texts.length] }, run: `run-${index % 3}` },
  ...(index % 4 === 0 ? [{ type: "Counted", payload: index, attempt: index }] : [])
]

/** A journal with events of every size in several streams, closed; and what is in it. */
export const wholeJournal = Effect.fnUntraced(function* (file: string, appends: number) {
  yield* withJournal(file, (journal) =>
    Effect.gen(function* () {
      for (let index = 0; index < appends; index++) {
        yield* journal.append(`run/${index % 7}`, "any", eventsFor(index))
      }
      yield* Effect.scoped(journal.hold("supervisor", Duration.minutes(1)))
    })
  )
  return yield* withJournal(file, (journal) => journal.readAll({ limit: 1_000_000 }))
})

/** The same with its newest events only in the write-ahead log, as a crash leaves it. */
export const leftOpen = Effect.fnUntraced(function* (file: string, copy: string) {
  yield* withJournal(file, (journal) =>
    Effect.gen(function* () {
      for (let index = 0; index < 20; index++) yield* journal.append("late", "any", eventsFor(index))
      copyFileSync(file, copy)
      copyFileSync(`${file}-wal`, `${copy}-wal`)
    })
  )
  return yield* withJournal(file, (journal) => journal.readAll({ limit: 1_000_000 }))
})

/** A copy of a journal in a folder of its own. */
export const copyInto = (file: string, folder: string): string => {
  const copy = join(folder, "journal.db")
  copyFileSync(file, copy)
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`)
  return copy
}

/** Bytes of a file, changed in place. */
export const change = (file: string, how: (bytes: Buffer) => Buffer | void): void => {
  const bytes = readFileSync(file)
  writeFileSync(file, how(bytes) ?? bytes)
}

const isSalvage = ({ type }: StoredEvent): boolean => type === "JournalSalvaged"

/** Reads a damaged journal in every way there is, writes to it, and checks what was kept against what there was. */
export const surviving = Effect.fnUntraced(function* (file: string, before: ReadonlyArray<StoredEvent>, on = platform) {
  const known = new Map(before.map((event) => [event.id, event]))
  const work = (journal: Journal["Service"]) =>
    Effect.gen(function* () {
      const streams = new Set(before.map(({ stream }) => stream))
      for (const stream of streams) {
        yield* journal.read(stream)
        yield* journal.projection("tally", stream)
      }
      yield* journal.projections("tally")
      yield* journal.holder("supervisor")
      const events = yield* journal.readAll({ limit: 1_000_000 })
      const [written] = yield* journal.append("after", "any", [{ type: "Noted", payload: "after" }])
      const { token } = yield* Effect.scoped(journal.hold("supervisor", Duration.minutes(1)))
      assert.isAbove(token, 1)
      return { events, written, health: yield* journal.health }
    })
  const read = yield* withJournal(file, work, {}, on)
  const kept = read.events.filter((event) => !isSalvage(event))
  for (const event of kept) assert.deepStrictEqual(event, known.get(event.id))
  assert.strictEqual(new Set(kept.map(({ id }) => id)).size, kept.length)
  assert.isAbove(read.written?.position ?? 0, before.at(-1)?.position ?? 0)
  return { ...read, kept }
})

/** What SQLite itself thinks of a file. */
export const integrityOf = (file: string): unknown => {
  const connection = connect(file, { access: "write" })
  const answer = connection.get("PRAGMA integrity_check")?.["integrity_check"]
  connection.close()
  return answer
}

export { isSalvage, temporaryFolder }
