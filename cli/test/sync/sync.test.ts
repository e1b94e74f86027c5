import { assert, it } from "@effect/vitest"
import { readWords } from "../../src/sync/words.ts"

const read = (words: ReadonlyArray<string>, isAll: boolean) => readWords(words, isAll, "/home/me/project", "/home/me")

it("a machine comes first, unless all are meant", () => {
  assert.deepStrictEqual(read(["id"], false), { ids: ["id"], source: "/home/me/project", target: "project" })
  assert.deepStrictEqual(read([], true), { ids: [], source: "/home/me/project", target: "project" })
  assert.deepStrictEqual(read(["id", "./data"], false), {
    ids: ["id"],
    source: "/home/me/project/data",
    target: "data"
  })
  assert.deepStrictEqual(read(["/srv/data", "/mnt/x/"], true), { ids: [], source: "/srv/data", target: "/mnt/x" })
})

it("too few words, too many words and a whole home directory are refused", () => {
  assert.throws(() => read([], false), /the machine is missing/)
  assert.throws(() => read(["a", "b", "c"], true), /unexpected argument: c/)
  for (const source of ["/home/me", "/home", "/", ".."]) assert.throws(() => read([source], true), /whole home/)
  assert.doesNotThrow(() => read(["/home/me2"], true))
})
