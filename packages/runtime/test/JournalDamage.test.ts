import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { change, copyInto, integrityOf, isSalvage, leftOpen, surviving, wholeJournal } from "./journalDamage.ts"
import { damageAtRandom } from "./journalRandomDamage.ts"
import { reasonOf, temporaryFolder, withJournal } from "./journalPlatform.ts"

const prepared = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const file = join(folder, "journal.db")
  return { folder, file, before: yield* wholeJournal(file, 60) }
})

const quarantineIn = (folder: string): string => {
  const [only, ...others] = readdirSync(join(folder, "quarantine"))
  assert.deepStrictEqual(others, [])
  return join(folder, "quarantine", only ?? "")
}

describe("a damaged journal", () => {
  it.live("with its beginning overwritten keeps every event, and the damaged file", () =>
    Effect.gen(function* () {
      const { before, file, folder } = yield* prepared
      change(file, (bytes) => {
        bytes.fill(7, 0, 4096)
      })
      const damaged = readFileSync(file)
      const { events, health, kept } = yield* surviving(file, before)
      // The first page holds no event.
      assert.deepStrictEqual(kept, before)
      assert.deepInclude(health.needsRebuild, { salvaged: before.length, lost: 0 })
      assert.strictEqual(events.filter(isSalvage).length, 1)
      assert.isTrue(readFileSync(join(quarantineIn(folder), "journal.db")).equals(damaged))
      assert.strictEqual(integrityOf(file), "ok")
    })
  )

  it.live("cut in half keeps what is in its first half, and counts the rest", () =>
    Effect.gen(function* () {
      const { before, file } = yield* prepared
      change(file, (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)))
      const { health, kept } = yield* surviving(file, before)
      assert.isAbove(kept.length, 5)
      assert.isBelow(kept.length, before.length)
      assert.strictEqual(health.needsRebuild?.salvaged, kept.length)
      assert.strictEqual((health.needsRebuild?.lost ?? 0) + kept.length, before.length)
    })
  )

  for (const [what, content] of [
    ["emptied", ""],
    ["overwritten with text", "this is not a database\n".repeat(300)]
  ] as const) {
    it.live(`${what} begins anew and says so`, () =>
      Effect.gen(function* () {
        const { file, folder } = yield* prepared
        writeFileSync(file, content)
        const health = yield* withJournal(file, (journal) => journal.health)
        assert.deepInclude(health.needsRebuild, { salvaged: 0, quarantined: quarantineIn(folder) })
        assert.strictEqual(readFileSync(join(quarantineIn(folder), "journal.db"), "utf8"), content)
      })
    )
  }

  it.live("keeps what was only in its write-ahead log", () =>
    Effect.gen(function* () {
      const { file } = yield* prepared
      const crashed = join(yield* temporaryFolder, "journal.db")
      const before = yield* leftOpen(file, crashed)
      change(crashed, (bytes) => {
        bytes.fill(7, 0, 4096)
      })
      const { kept } = yield* surviving(crashed, before)
      assert.deepStrictEqual(kept, before)
    })
  )

  it.live("whose database was removed keeps what is in its write-ahead log", () =>
    Effect.gen(function* () {
      const { file } = yield* prepared
      const crashed = join(yield* temporaryFolder, "journal.db")
      const before = yield* leftOpen(file, crashed)
      rmSync(crashed)
      const { health, kept } = yield* surviving(crashed, before)
      assert.isAbove(kept.length, 15)
      assert.isDefined(health.needsRebuild)
    })
  )

  it.live("refuses rents until what is owned was looked up", () =>
    Effect.gen(function* () {
      const { before, file } = yield* prepared
      change(file, (bytes) => bytes.subarray(0, bytes.length - 5000))
      yield* surviving(file, before)
      const rentTypes = ["Rented"]
      yield* withJournal(
        file,
        (journal) =>
          Effect.gen(function* () {
            const rent = journal.append("resource/a", "any", [{ type: "Rented", payload: {} }])
            assert.strictEqual((yield* reasonOf(rent))._tag, "NeedsRebuild")
            assert.strictEqual(yield* journal.last("resource/a"), 0)
            yield* journal.append("run/a", "any", [{ type: "Noted", payload: {} }])
            yield* journal.rebuilt
            yield* rent
            assert.isUndefined((yield* journal.health).needsRebuild)
          }),
        { rentTypes }
      )
    })
  )

  it.live("is salvaged while it is open, for all who have it open, and no append is lost on the way", () =>
    Effect.gen(function* () {
      const { before, file } = yield* prepared
      yield* withJournal(file, (first) =>
        withJournal(file, (second) =>
          Effect.gen(function* () {
            const [early] = yield* second.append("second", 0, [{ type: "Noted", payload: "before" }])
            change(file, (bytes) => {
              for (let page = 3; page < bytes.length / 4096 - 1; page += 5)
                bytes.fill(0xee, page * 4096, page * 4096 + 512)
            })
            const events = yield* first.readAll({ limit: 1_000_000 })
            assert.isDefined((yield* first.health).needsRebuild)
            assert.isBelow(events.length, before.length)
            const [late] = yield* second.append("second", "any", [{ type: "Noted", payload: "after" }])
            assert.deepStrictEqual(
              (yield* first.read("second")).map(({ id }) => id),
              [early?.id, late?.id]
            )
            assert.isDefined((yield* second.health).needsRebuild)
          })
        )
      )
      assert.strictEqual(integrityOf(file), "ok")
    })
  )

  it.live("is salvaged again, and counts what is lost only once", () =>
    Effect.gen(function* () {
      const { before, file } = yield* prepared
      const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 6 * 4096)
      change(file, cut)
      const first = yield* surviving(file, before)
      change(file, (bytes) => {
        bytes.fill(7, 0, 100)
      })
      const health = yield* withJournal(file, (journal) => journal.health)
      assert.strictEqual(health.needsRebuild?.salvaged, first.events.length + 1)
      assert.strictEqual(health.needsRebuild?.lost, before.length - first.kept.length)
    })
  )
})

describe("a repair that was cut off", () => {
  const folderFor = (folder: string): string => {
    const quarantine = join(folder, "quarantine", "earlier")
    mkdirSync(quarantine, { recursive: true })
    return quarantine
  }
  const mark = (file: string, stage: string, quarantine: string): void =>
    writeFileSync(`${file}-repairing`, `${stage}\n${quarantine}\n`)
  const destroyed = (bytes: Buffer): void => {
    bytes.fill(7, 0, 100)
  }

  it.live("before the file was moved is finished", () =>
    Effect.gen(function* () {
      const { before, file, folder } = yield* prepared
      change(file, destroyed)
      mark(file, "Moving", folderFor(folder))
      const { kept } = yield* surviving(file, before)
      assert.deepStrictEqual(kept, before)
      assert.isFalse(existsSync(`${file}-repairing`))
    })
  )

  it.live("between moving the database and its log is finished", () =>
    Effect.gen(function* () {
      const { file } = yield* prepared
      const folder = yield* temporaryFolder
      const crashed = join(folder, "journal.db")
      const before = yield* leftOpen(file, crashed)
      change(crashed, destroyed)
      const quarantine = folderFor(folder)
      mark(crashed, "Moving", quarantine)
      renameSync(crashed, join(quarantine, "journal.db"))
      const { kept } = yield* surviving(crashed, before)
      assert.deepStrictEqual(kept, before)
      assert.isTrue(existsSync(join(quarantine, "journal.db-wal")) || kept.length === before.length)
    })
  )

  it.live("after everything was moved is finished, half a new file or not", () =>
    Effect.gen(function* () {
      const { before, file, folder } = yield* prepared
      const quarantine = folderFor(folder)
      mark(file, "Salvaging", quarantine)
      renameSync(file, join(quarantine, "journal.db"))
      writeFileSync(`${file}-new`, readFileSync(join(quarantine, "journal.db")).subarray(0, 10_000))
      const { kept } = yield* surviving(file, before)
      assert.deepStrictEqual(kept, before)
      assert.isFalse(existsSync(`${file}-new`))
    })
  )

  it.live("after the new file was in place is left alone", () =>
    Effect.gen(function* () {
      const { before, file, folder } = yield* prepared
      const quarantine = folderFor(folder)
      mark(file, "Salvaging", quarantine)
      copyInto(file, quarantine)
      const { events, kept } = yield* surviving(file, before)
      assert.deepStrictEqual(kept, before)
      assert.isFalse(events.some(isSalvage))
    })
  )
})

describe("damage at random", () => {
  it.live("never ends in a crash, and what is kept is what was written", () => damageAtRandom(40, 1), 60_000)
})
