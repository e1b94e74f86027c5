import { assert, describe, it } from "@effect/vitest"
import { Journal, type NewEvent } from "@runctl/runtime/Journal"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { renameSync } from "node:fs"
import { join } from "node:path"
import { platform, temporaryFolder, withJournal } from "./journalPlatform.ts"

const events = (from: number, to: number): ReadonlyArray<NewEvent> =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ type: "Counted", payload: from + index }))

const memory = Journal.layerMemory({ projections: [] }).pipe(Layer.provide(platform))

const collect = (journal: Journal["Service"], count: number, fromPosition?: number) =>
  journal.subscribe(fromPosition === undefined ? {} : { fromPosition }).pipe(
    Stream.take(count),
    Stream.map(({ payload }) => payload),
    Stream.runCollect
  )

const numbers = (from: number, to: number): Array<unknown> => events(from, to).map(({ payload }) => payload)

describe("a subscriber", () => {
  it.effect("gets what there is, in batches, and then what comes, at once", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.append("a", 0, events(1, 700))
      const fiber = yield* Effect.forkChild(collect(journal, 1000))
      yield* Effect.yieldNow
      // The clock stands still: nobody looks again by himself.
      for (let from = 701; from <= 1000; from += 3) {
        yield* journal.append("a", "any", events(from, from + 2))
        if (from % 2 === 0) yield* Effect.yieldNow
      }
      assert.deepStrictEqual(yield* Fiber.join(fiber), numbers(1, 1000))
    }).pipe(Effect.provide(memory))
  )

  it.effect("begins after the position it has seen", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.append("a", 0, events(1, 10))
      assert.deepStrictEqual(yield* collect(journal, 4, 6), numbers(7, 10))
      const fiber = yield* Effect.forkChild(collect(journal, 1, yield* journal.position))
      yield* journal.append("a", 10, events(11, 11))
      assert.deepStrictEqual(yield* Fiber.join(fiber), [11])
    }).pipe(Effect.provide(memory))
  )

  it.live("goes on in a file that was put in the place of the first", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "journal.db")
      yield* withJournal(file, (journal) => journal.append("a", 0, events(1, 3)))
      yield* withJournal(join(folder, "other.db"), (journal) => journal.append("a", 0, events(1, 5)))
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(collect(journal, 5))
          yield* Effect.sleep("50 millis")
          renameSync(join(folder, "other.db"), file)
          assert.deepStrictEqual(yield* Fiber.join(fiber), numbers(1, 5))
        })
      )
    })
  )
})
