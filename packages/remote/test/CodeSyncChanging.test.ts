/** Files that change while they are brought to a machine. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as NodeLocalFiles from "@runctl/platform-node/NodeLocalFiles"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import * as FS from "node:fs"
import * as Machine from "./Machine.ts"
import { sync } from "./syncing.ts"

layer(NodeServices.layer, { excludeTestServices: true })("CodeSync, while files change", (it) => {
  for (const [what, files] of [
    ["Node's", NodeLocalFiles.layer],
    ["portable", Layer.empty]
  ] as const) {
    it.effect(`sends files that change after they were listed as they are when they are sent (${what} files)`, () =>
      Effect.gen(function* () {
        const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
        Machine.write(local, { "a.log": "one\n", "b.py": "long before", "c.py": "same", empty: "", "z.log": "" })
        const now = { "a.log": "one\ntwo\n", "b.py": "short", "c.py": "same", empty: "", "z.log": "z".repeat(5000) }
        const { manifest, there } = yield* sync(machine, local, () => Machine.write(local, now))
        assert.deepStrictEqual(Machine.read(there), now)
        assert.deepStrictEqual(
          manifest.files.map(({ bytes, path, sha256 }) => [path, bytes, sha256]),
          Object.entries(now).map(([path, content]) => [
            path,
            content.length,
            createHash("sha256").update(content).digest("hex")
          ])
        )
      }).pipe(Effect.provide(files))
    )
  }

  it.effect("does not end in a file that became too large to be held", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      Machine.write(local, { "a.log": "one\n" })
      const error = yield* Effect.flip(sync(machine, local, () => FS.truncateSync(`${local}/a.log`, 10 ** 9)))
      assert.strictEqual(error.reason._tag, "LocalFileFailed")
      assert.include(error.message, "a.log changed while it was sent")
    })
  )
})
