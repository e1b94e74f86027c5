import { assert, describe, it } from "@effect/vitest"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import { FileSystems } from "@runctl/runtime/FileSystems"
import type { Journal, NewEvent } from "@runctl/runtime/Journal"
import { Reason } from "@runctl/runtime/JournalError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { checksum } from "../src/internal/checksum.ts"
import { change } from "./journalDamage.ts"
import { countOf, platform, reasonOf, tally, temporaryFolder, withJournal } from "./journalPlatform.ts"
import { canMount, fill, readOnly, smallDisk } from "./smallDisk.ts"

const event = (payload: unknown): NewEvent => ({ type: "Noted", payload })

const written = Effect.fnUntraced(function* (file: string) {
  yield* withJournal(file, (journal) => journal.append("run/a", 0, [event(1), event(2)]))
})

/** All that reading can do. */
const reads = Effect.fnUntraced(function* (journal: Journal["Service"]) {
  assert.strictEqual((yield* journal.read("run/a")).length, 2)
  assert.strictEqual((yield* journal.readAll()).length, 2)
  assert.strictEqual(countOf(yield* journal.projection("tally", "run/a")), 2)
  assert.strictEqual(yield* journal.last("run/a"), 2)
})

describe("a journal of a newer version", () => {
  it.live("is refused and not touched", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "journal.db")
      yield* written(file)
      // What a newer version will do: other tables, and its number in both places, sum and all.
      const newer = connect(file, { access: "write" })
      newer.exec("PRAGMA user_version = 7; ALTER TABLE events ADD COLUMN zone TEXT")
      newer.run("UPDATE meta SET value = '7', checksum = ? WHERE key = 'version'", [checksum('["version","7"]')])
      newer.close()
      const before = readFileSync(file)
      const reason = yield* reasonOf(withJournal(file, (journal) => journal.position))
      assert.deepInclude(reason, { _tag: "NewerVersion", found: 7, known: 1 })
      assert.isTrue(readFileSync(file).equals(before))
      assert.isFalse(existsSync(join(folder, "quarantine")))
    })
  )
})

describe("a journal on a network file system", () => {
  const network = Layer.mergeAll(
    platform,
    Layer.succeed(FileSystems, {
      kindOf: () => Effect.succeed({ type: "nfs", isNetwork: true }),
      freeBytes: () => Effect.succeed(undefined)
    })
  )

  it.live("is refused before anything is made, unless it is allowed", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      const reason = yield* reasonOf(withJournal(file, (journal) => journal.position, {}, network))
      assert.deepInclude(reason, { _tag: "NetworkFileSystem", type: "nfs" })
      assert.isFalse(existsSync(file))
      const position = withJournal(file, (journal) => journal.position, { allowNetworkFileSystem: true }, network)
      assert.strictEqual(yield* position, 0)
    })
  )
})

describe.skipIf(!canMount)("a journal on a small disk (needs root, to mount one)", () => {
  it.live("refuses appends when the disk is full, keeps what it has, and works again when there is space", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const file = join(disk, "journal.db")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* journal.append("run/a", 0, [event(1), event(2)])
          const free = fill(disk)
          const large = Array.from({ length: 20 }, () => event("x".repeat(5000)))
          assert.strictEqual((yield* reasonOf(journal.append("run/a", 2, large)))._tag, "DiskFull")
          yield* reads(journal)
          free()
          yield* journal.append("run/a", 2, large)
          assert.strictEqual(yield* journal.last("run/a"), 22)
        })
      )
      assert.strictEqual((yield* withJournal(file, (journal) => journal.read("run/a"))).length, 22)
    })
  )

  it.live("opens for reading when the disk is full, and for writing again when there is space", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const file = join(disk, "journal.db")
      yield* written(file)
      const free = fill(disk)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* reads(journal)
          assert.strictEqual((yield* journal.health).readOnly?.reason._tag, "DiskFull")
          assert.strictEqual((yield* reasonOf(journal.append("run/a", 2, [event(3)])))._tag, "DiskFull")
          free()
          yield* journal.append("run/a", 2, [event(3)])
          assert.isUndefined((yield* journal.health).readOnly)
        })
      )
    })
  )

  it.live("cannot be made when the disk is full, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const free = fill(disk)
      const file = join(disk, "journal.db")
      assert.strictEqual((yield* reasonOf(withJournal(file, (journal) => journal.position)))._tag, "DiskFull")
      assert.isFalse(existsSync(file))
      free()
      assert.strictEqual(yield* withJournal(file, (journal) => journal.position), 0)
    })
  )

  it.live("that may only be read is read, and appends are refused", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const file = join(disk, "journal.db")
      yield* written(file)
      yield* readOnly(disk)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* reads(journal)
          assert.isDefined((yield* journal.health).readOnly)
          assert.strictEqual((yield* reasonOf(journal.append("run/a", 2, [event(3)])))._tag, "ReadOnly")
          assert.strictEqual(
            (yield* reasonOf(Effect.scoped(journal.hold("only", Duration.seconds(1)))))._tag,
            "ReadOnly"
          )
        })
      )
    })
  )

  it.live("that may only be read and was left open is read with its newest events", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const file = join(disk, "journal.db")
      const home = join(yield* temporaryFolder, "journal.db")
      yield* withJournal(home, (journal) =>
        Effect.gen(function* () {
          yield* journal.append("run/a", 0, [event(1), event(2)])
          copyFileSync(home, file)
          copyFileSync(`${home}-wal`, `${file}-wal`)
        })
      )
      yield* readOnly(disk)
      yield* withJournal(file, reads)
    })
  )

  it.live("that may only be read has projections of the present version all the same", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const file = join(disk, "journal.db")
      yield* written(file)
      yield* readOnly(disk)
      yield* withJournal(file, reads, { projections: [{ ...tally, version: 2 }] })
    })
  )

  it.live("that is damaged and may only be read says so", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const file = join(disk, "journal.db")
      yield* written(file)
      change(file, (bytes) => {
        bytes.fill(7, 0, 100)
      })
      yield* readOnly(disk)
      assert.strictEqual((yield* reasonOf(withJournal(file, (journal) => journal.position)))._tag, "Damaged")
    })
  )
})

describe.skipIf(process.getuid?.() === 0)("a journal whose folder may only be read (root may write anywhere)", () => {
  it.live("is read, and appends are refused", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "journal.db")
      yield* written(file)
      chmodSync(file, 0o400)
      chmodSync(folder, 0o500)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* reads(journal)
          assert.strictEqual((yield* reasonOf(journal.append("run/a", 2, [event(3)])))._tag, "ReadOnly")
          chmodSync(folder, 0o700)
          chmodSync(file, 0o600)
          yield* journal.append("run/a", 2, [event(3)])
        })
      )
    })
  )
})

describe("a journal in a place that is none", () => {
  it.live("is refused with the path", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      mkdirSync(join(folder, "journal.db"))
      const reason = yield* reasonOf(withJournal(join(folder, "journal.db"), (journal) => journal.position))
      assert.strictEqual(reason._tag, "Unreadable")
      assert.include(reason.message, join(folder, "journal.db"))
    })
  )
})

describe("every reason", () => {
  it("says what happened and what to try", () => {
    assert.isAbove(Reason.members.length, 10)
    for (const member of Reason.members) {
      assert.isTrue("advice" in member.prototype, member.name)
    }
  })
})
