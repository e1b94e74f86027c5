/** A process of its own that works with a journal, for the tests: `journalChild.ts <task> <file> …`. */
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import { Home } from "@runctl/runtime/Home"
import type { Journal } from "@runctl/runtime/Journal"
import type { JournalError } from "@runctl/runtime/JournalError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { renameSync, writeSync } from "node:fs"
import { platform, withJournal } from "./journalPlatform.ts"

const [task = "", file = "", ...rest] = process.argv.slice(2)

/** Written at once: what was said before a kill has been said. */
const say = (value: unknown): void => {
  writeSync(1, `${JSON.stringify(value)}\n`)
}

type Work = (journal: Journal["Service"]) => Effect.Effect<unknown, JournalError>

/** Appends to one stream of its own and one of all, and says what was acknowledged. */
const write: Work = (journal) =>
  Effect.gen(function* () {
    const [name = "", count = "Infinity"] = rest
    for (let number = 1; number <= Number(count); number++) {
      const stream = number % 2 === 0 ? "shared" : `own/${name}`
      const events = [{ type: "Written", payload: { name, number, filler: "x".repeat((number * 37) % 900) } }]
      const [stored] = yield* journal.append(stream, "any", number % 5 === 0 ? [...events, ...events] : events)
      say({ stream, seq: stored?.seq, id: stored?.id, position: stored?.position })
    }
  })

/** Counts up in one stream, deciding on what it has read. */
const contend: Work = (journal) =>
  Effect.gen(function* () {
    let left = Number(rest[0])
    let conflicts = 0
    while (left > 0) {
      const seq = yield* journal.last("counter")
      const appended = yield* Effect.result(journal.append("counter", seq, [{ type: "Counted", payload: seq + 1 }]))
      if (appended._tag === "Success") left--
      else if (appended.failure.reason._tag === "Conflict") conflicts++
      else return yield* Effect.fail(appended.failure)
    }
    say({ conflicts })
  })

/** Holds a lease and appends under it until that is refused. */
const hold: Work = (journal) =>
  Effect.scoped(
    Effect.gen(function* () {
      const held = yield* journal.hold("only", Duration.millis(Number(rest[0])))
      say({ token: held.token })
      const { name: lease, token } = held
      const appending = Effect.gen(function* () {
        while (true) {
          yield* journal.append("fenced", "any", [{ type: "Written", payload: token }], { fence: { lease, token } })
          say({ appended: token })
          // Long enough to be frozen here: who is frozen in the middle of a write keeps everybody from writing.
          yield* Effect.sleep("200 millis")
        }
      })
      const refused = yield* Effect.flip(appending)
      say({ refused: refused.reason._tag })
      const lost = yield* Effect.flip(held.lost)
      say({ lost: lost.reason._tag })
    })
  )

const follow: Work = (journal) =>
  journal.subscribe().pipe(
    Stream.take(Number(rest[0])),
    Stream.runForEach(({ id, position }) => Effect.sync(() => say({ id, position })))
  )

/** Keeps the database locked for some milliseconds, without a journal. */
const lock = (): void => {
  const connection = connect(file, { access: "write" })
  connection.exec("BEGIN IMMEDIATE")
  say({ locked: process.pid })
  setTimeout(() => connection.close(), Number(rest[0]))
}

/** Puts another file in the place of a locked database, and gives up the lock only then. */
const replace = (): void => {
  const [other = "", after] = rest
  const connection = connect(file, { access: "write" })
  connection.exec("BEGIN IMMEDIATE")
  say({ locked: process.pid })
  setTimeout(() => {
    for (const part of ["", "-wal", "-shm"]) renameSync(`${file}${part}`, `${file}.moved${part}`)
    renameSync(other, file)
    connection.exec("ROLLBACK")
    connection.close()
  }, Number(after))
}

/** Says who the owner is of a folder that may not exist yet, at a moment that all are told. */
const owner = Effect.andThen(
  Effect.sleep(Math.max(0, Number(rest[0]) - Date.now())),
  Effect.flatMap(Home, (home) => home.owner).pipe(
    Effect.map((owner) => say({ owner })),
    Effect.provide(Home.layerAt(file).pipe(Layer.provide(platform)))
  )
)

const works: Readonly<Record<string, Work>> = { write, contend, hold, follow }

const work = works[task]
if (task === "lock") lock()
else if (task === "replace") replace()
else if (task === "owner") await Effect.runPromise(owner)
else if (work !== undefined) await Effect.runPromise(withJournal(file, work))
