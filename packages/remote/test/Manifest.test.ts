import { assert, describe, it } from "@effect/vitest"
import type { Entry } from "@runctl/remote/Listing"
import * as Manifest from "@runctl/remote/Manifest"
import type { LocalFile } from "@runctl/remote/ProjectFiles"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

const Name = Schema.Literals(["a", "b", "c", "d/a", "d/b", "d/e/f"])
const Version = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
const Files = Schema.Record(Name, Schema.optional(Version))
type Files = Readonly<Record<string, number | undefined>>

const versionIn = (files: Files, path: string): number | undefined => files[path]

/** Version n of a file has n bytes, time n and a digest of its own. */
const local = (files: Files): ReadonlyArray<LocalFile> =>
  Object.entries(files).flatMap(([path, version]) =>
    version === undefined ? [] : [{ kind: "file", path, bytes: version, mtimeMs: version * 1000, mode: 0o644 }]
  )

const manifest = (files: Files, since = 1_000_000): Manifest.Manifest => ({
  v: 1,
  since,
  files: Object.entries(files).flatMap(([path, version]) =>
    version === undefined
      ? []
      : [{ path, bytes: version, mtimeMs: version * 1000, sentSeconds: version, mode: 0o644, sha256: `sha-${version}` }]
  ),
  names: []
})

const there = (files: Files): ReadonlyArray<Entry> =>
  Object.entries(files).flatMap(([path, version]) =>
    version === undefined ? [] : [{ path, kind: "file", bytes: version, mtimeSeconds: version, mode: 0o644 }]
  )

/** What the folder holds once a plan is carried out. */
const applied = (plan: Manifest.SyncPlan, before: Files): Record<string, number> => {
  const after: Record<string, number> = {}
  for (const [path, version] of Object.entries(before)) {
    const isCleared = plan.clear.some((cleared) => path === cleared || path.startsWith(`${cleared}/`))
    if (version !== undefined && !isCleared && !plan.remove.includes(path)) after[path] = version
  }
  for (const file of plan.send) after[file.path] = file.bytes
  return after
}

describe("Manifest.plan", () => {
  it.prop(
    "makes the folder hold every local file, and touches nothing the job made",
    [Files, Files, Files],
    ([here, sent, present]) => {
      const plan = Manifest.plan(local(here), manifest(sent), there(present))
      const after = applied(plan, present)
      for (const [path, version] of Object.entries(here))
        if (version !== undefined) assert.strictEqual(after[path], version)
      for (const [path, version] of Object.entries(present)) {
        const isOurs = versionIn(sent, path) === version
        if (versionIn(here, path) === undefined && version !== undefined) {
          assert.strictEqual(after[path], isOurs ? undefined : version)
        }
      }
    }
  )

  it.prop("sends nothing twice", [Files, Files], ([here, present]) => {
    const synced = {
      ...present,
      ...Object.fromEntries(Object.entries(here).filter(([, version]) => version !== undefined))
    }
    const plan = Manifest.plan(local(here), manifest(here), there(synced))
    assert.deepStrictEqual([plan.send, plan.verify, plan.clear, plan.remove], [[], [], [], []])
  })

  it("asks the digest where only the time differs", () => {
    const touched = local({ a: 2 }).map((file) => (file.kind === "file" ? { ...file, mtimeMs: 99_000 } : file))
    const plan = Manifest.plan(touched, manifest({ a: 2 }), there({ a: 2 }))
    assert.deepStrictEqual([plan.send.length, plan.verify.length], [0, 1])
  })

  it.prop("reads what it wrote, and nothing else", [Files, Arbitrary.schema(Schema.String)], ([files, noise]) => {
    assert.deepStrictEqual(Manifest.parse(Manifest.print(manifest(files))), manifest(files))
    assert.isUndefined(Manifest.parse(noise))
    assert.isUndefined(Manifest.parse(`{"v":2,"files":[]}`))
  })
})

describe("Manifest.made", () => {
  it.prop(
    "finds every file that is new or of another size, and none that is as sent",
    [Files, Files],
    ([sent, present]) => {
      const entries = there(present)
      const { made, doubtful } = Manifest.made(manifest(sent), entries)
      for (const entry of entries) {
        const isAsSent = versionIn(sent, entry.path) === entry.bytes
        assert.strictEqual(made.includes(entry), !isAsSent)
      }
      assert.deepStrictEqual(doubtful, [])
    }
  )

  it("doubts a file whose time is not older than the folder, and one with another time", () => {
    const young = Manifest.made(manifest({ a: 2 }, 2), there({ a: 2 }))
    assert.deepStrictEqual(
      young.doubtful.map(({ sha256 }) => sha256),
      ["sha-2"]
    )
    const moved = there({ a: 2 }).map((entry) => ({ ...entry, mtimeSeconds: 50 }))
    assert.strictEqual(Manifest.made(manifest({ a: 2 }), moved).doubtful.length, 1)
  })

  it("takes every file for made when nothing was sent", () => {
    assert.strictEqual(Manifest.made(undefined, there({ a: 1, b: 2 })).made.length, 2)
  })
})
