import { assert, describe, it } from "@effect/vitest"
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import type { Projection } from "@runctl/runtime/Journal"
import { resources, runs, versions } from "@runctl/runtime/OfflineJournal"
import { projections } from "@runctl/runtime/Projections"
import * as Effect from "effect/Effect"
import { buildSync } from "esbuild"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { change } from "./journalDamage.ts"
import { tally, temporaryFolder, withJournal } from "./journalPlatform.ts"

const named = (name: "runs" | "resources", stream: string): Projection => ({
  ...tally,
  name,
  version: versions[name],
  keyOf: (event) => (event.stream.startsWith(stream) ? event.stream : undefined)
})

const own = [named("runs", "run/"), named("resources", "resource/")]

const written = Effect.fnUntraced(function* (file: string) {
  return yield* withJournal(
    file,
    (journal) =>
      Effect.gen(function* () {
        for (const stream of ["run/a", "resource/b", "run/c", "run/a"]) {
          yield* journal.append(stream, "any", [{ type: "Noted", payload: { stream, text: "é€😀" } }])
        }
        return { runs: yield* journal.projections("runs"), resources: yield* journal.projections("resources") }
      }),
    { projections: own }
  )
})

const offline = (file: string) => {
  const connection = connect(file, { access: "read" })
  try {
    return { runs: runs(connection), resources: resources(connection) }
  } finally {
    connection.close()
  }
}

describe("reading offline", () => {
  it.live("answers exactly what the journal answers, beside a writer and after it", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "journal.db")
      const before = yield* written(file)
      assert.strictEqual(before.runs.length, 2)
      assert.deepStrictEqual(offline(file), before)
      yield* withJournal(
        file,
        (journal) =>
          Effect.gen(function* () {
            yield* journal.append("run/d", 0, [{ type: "Noted", payload: 1 }])
            assert.deepStrictEqual(offline(file).runs, yield* journal.projections("runs"))
          }),
        { projections: own }
      )
    })
  )

  it.live("leaves it to the journal when a projection is damaged, of another version, or behind", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const damaged = join(folder, "damaged.db")
      yield* written(damaged)
      const state = '{"count":1,"seq":1'
      change(damaged, (bytes) => {
        for (let at = bytes.indexOf(state); at !== -1; at = bytes.indexOf(state, at + 1)) bytes.write('{"count":9', at)
      })
      assert.deepStrictEqual(offline(damaged), { runs: undefined, resources: undefined })

      const newer = join(folder, "newer.db")
      yield* written(newer)
      yield* withJournal(newer, (journal) => journal.position, {
        projections: own.map((each) => ({ ...each, version: each.version + 1 }))
      })
      assert.deepStrictEqual(offline(newer), { runs: undefined, resources: undefined })

      const behind = join(folder, "behind.db")
      yield* written(behind)
      yield* withJournal(behind, (journal) => journal.append("run/a", "any", [{ type: "Noted", payload: 1 }]), {
        projections: []
      })
      assert.deepStrictEqual(offline(behind), { runs: undefined, resources: undefined })
    })
  )

  it("knows the versions that the runtime writes", () => {
    const known = projections.filter(({ name }) => name in versions).map(({ name, version }) => [name, version])
    assert.deepStrictEqual(Object.fromEntries(known), versions)
  })

  it("fits into 8 KiB, with SQLite's side of it, and carries no Effect", () => {
    const { metafile, outputFiles } = buildSync({
      stdin: {
        contents: `export { runs, resources } from "@runctl/runtime/OfflineJournal"
          export { connect } from "@runctl/platform-node/NodeSqliteFile"`,
        resolveDir: fileURLToPath(new URL(".", import.meta.url))
      },
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      conditions: ["source"]
    })
    assert.deepStrictEqual(
      Object.keys(metafile.inputs).filter((input) => input.includes("effect")),
      []
    )
    assert.isBelow(outputFiles[0]?.contents.length ?? 0, 8 * 1024)
  })
})
