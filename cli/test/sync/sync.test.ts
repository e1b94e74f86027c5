import { assert, it } from "@effect/vitest"
import type { Manifest, Sent } from "@runctl/remote/Manifest"
import { difference } from "../../src/sync/bring.ts"
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

const sent = (path: string, bytes: number, sha256: string): Sent => ({
  path,
  bytes,
  sha256,
  mtimeMs: 0,
  sentSeconds: 0,
  mode: 0o644
})

const manifest = (...files: ReadonlyArray<Sent>): Manifest => ({ v: 1, since: 0, files, names: [] })

it("only what has another content counts as sent", () => {
  const now = manifest(sent("a", 10, "1"), sent("b", 20, "2"), sent("c", 5, "3"))
  assert.deepStrictEqual(difference(undefined, now), { files: 3, bytes: 35, sentFiles: 3, sentBytes: 35 })
  const before = manifest(sent("a", 10, "1"), sent("b", 7, "0"), sent("gone", 1, "9"))
  assert.deepStrictEqual(difference(before, now), { files: 3, bytes: 35, sentFiles: 2, sentBytes: 25 })
})
