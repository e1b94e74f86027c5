import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { checksum } from "../src/internal/checksum.ts"
import { rowsIn } from "../src/internal/sqlitePages.ts"
import { temporaryFolder } from "./journalPlatform.ts"

const Row = Schema.Struct({
  text: Schema.String,
  number: Schema.Literals([
    0,
    1,
    -1,
    127,
    -129,
    32_767,
    -40_000,
    8_388_608,
    2 ** 31,
    -(2 ** 40),
    2 ** 52,
    -(2 ** 53) + 1
  ]),
  absent: Schema.NullOr(Schema.Int),
  repeat: Schema.Literals([1, 40, 600, 4000])
})

const rows = Arbitrary.array(Arbitrary.schema(Row))

const bytes = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))))

const pageSizes = [512, 1024, 4096, 65_536]

const bytesOf = (file: string): Uint8Array => (existsSync(file) ? readFileSync(file) : new Uint8Array())

describe("reading pages without SQLite", () => {
  it.effect.prop(
    "finds every committed row of a whole file, in the file or its log, and none that was rolled back",
    { rows },
    ({ rows }) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        for (const [index, pageSize] of pageSizes.entries()) {
          const file = join(folder, `${pageSize}.db`)
          const database = new DatabaseSync(file)
          database.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA cache_size = 5`)
          database.exec("CREATE TABLE t (position INTEGER PRIMARY KEY, text TEXT, number INTEGER, absent INTEGER)")
          const insert = database.prepare("INSERT INTO t (text, number, absent) VALUES (?, ?, ?)")
          const expected = rows.map(({ absent, number, repeat, text }) => [
            null,
            text.toWellFormed().repeat(repeat),
            number,
            // SQLite has no -0.
            absent === 0 ? 0 : absent
          ])
          for (const [number, [, ...values]] of expected.entries()) {
            insert.run(...values)
            if (number === index) database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
          }
          database.exec("BEGIN")
          for (let number = 0; number < 40; number++) insert.run("rolled back ".repeat(100), 1, 1)
          database.exec("ROLLBACK")
          const found = [...rowsIn(bytesOf(file), bytesOf(`${file}-wal`))].filter(({ columns }) => columns.length === 4)
          database.close()
          const byId = new Map(found.map(({ columns, rowid }) => [rowid, columns]))
          assert.deepStrictEqual(
            [...byId.entries()].toSorted(([left], [right]) => left - right).map(([, columns]) => columns),
            expected
          )
        }
      }),
    { arbitrary: { runs: 12 } }
  )

  it.prop("never throws, whatever the bytes", { bytes, log: bytes }, ({ bytes, log }) => {
    const page = new Uint8Array(8192).map((_, index) => bytes[index % (bytes.length + 1)] ?? 13)
    page[4096] = 13
    assert.isArray([...rowsIn(page, new Uint8Array(log))])
  })
})

describe("the sum of a row", () => {
  it("is the same for ever", () => {
    assert.deepStrictEqual(["", "a", "runctl", "é€😀"].map(checksum), [
      "488bdcb81aee8d83",
      "501c2ba782c97901",
      "d01da030889eef7d",
      "73392caad3d938fd"
    ])
  })

  it.prop("changes with every single character", { text: Schema.NonEmptyString, at: Schema.Int }, ({ at, text }) => {
    const index = Math.abs(at) % text.length
    const changed = text.slice(0, index) + String.fromCharCode(text.charCodeAt(index) ^ 1) + text.slice(index + 1)
    assert.notStrictEqual(checksum(changed), checksum(text))
  })
})
