import { assert, it } from "@effect/vitest"
import * as Digests from "@runctl/remote/Digests"
import * as Schema from "effect/Schema"
import { portions } from "../src/internal/portions.ts"

const Bytes = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
const File = Schema.Struct({ path: Schema.NonEmptyString, bytes: Bytes })
const Length = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4000 }))
const Position = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 }))

it.prop(
  "portions keep every file in its order, name no more than a command takes, and hold no more than they may",
  [Schema.Array(File), Length, Bytes],
  ([files, length, mostBytes]) => {
    const all = files.map((file, index) => ({ ...file, path: `日本${file.path}${index}`.repeat(length) }))
    const found = portions(all, mostBytes)
    assert.deepStrictEqual(found.flat(), all)
    for (const some of found) {
      assert.isAbove(some.length, 0)
      if (some.length === 1) continue
      assert.isAtMost(
        some.reduce((sum, { bytes }) => sum + bytes, 0),
        mostBytes
      )
      assert.isAtMost(
        some.reduce((sum, { path }) => sum + Buffer.byteLength(path) + 5, 0),
        100_000
      )
    }
  }
)

it.prop(
  "digests are heard in any pieces of what a machine says, and the rest is told",
  [Schema.Array(Position)],
  ([cuts]) => {
    const names = ["plain", "with space", "new\nline", "back\\slash"]
    const digests = names.map((_, index) => String(index).repeat(64))
    const said = [
      "tar: warning",
      `#2 ${digests[2]}  -`,
      `${digests[0]} *./plain`,
      `${digests[1]}  ./with space`,
      `#3 ${digests[3]} *stdin`,
      "the end",
      ""
    ].join("\n")
    const listener = Digests.listen(names.map((path) => ({ path, bytes: 0 })))
    let rest = ""
    let from = 0
    for (const cut of [...cuts.toSorted((a, b) => a - b), said.length]) {
      rest += listener.push(said.slice(from, cut))
      from = cut
    }
    assert.strictEqual(rest, "tar: warning\nthe end\n")
    assert.deepStrictEqual(new Map(listener.taken()), new Map(names.map((name, index) => [name, digests[index] ?? ""])))
    assert.deepStrictEqual(listener.taken(), [])
  }
)
