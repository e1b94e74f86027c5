import { assert, describe } from "vitest"
import { readFileSync } from "node:fs"
import { boxed } from "../harness/boxed.ts"

const local = ["--provider", "local"] as const

/** Counts to 6; begins anew only without a checkpoint; the first time it dies after 3. */
const counting = `
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
const { RUNCTL_CHECKPOINT_DIR: folder, RUNCTL_RESUME_FROM: from } = process.env
mkdirSync(folder, { recursive: true })
let step = from === undefined ? 0 : Number(readFileSync(from, "utf8"))
console.log("begins at", step)
while (step < 6) {
  step++
  const file = join(folder, "step-" + step)
  writeFileSync(file + ".tmp", String(step))
  renameSync(file + ".tmp", file)
  console.log(JSON.stringify({ checkpoint: file }))
  if (from === undefined && step === 3) process.exit(9)
}
writeFileSync(join(process.env.RUNCTL_OUTPUT_DIR, "total"), String(step))
`

describe.concurrent("checkpoints", () => {
  boxed("are brought home, and another run goes on from the newest", async (box) => {
    box.file("train.mjs", counting)
    const first = await box.run(["train", "train.mjs", ...local, "--name", "counting"])
    assert.strictEqual(first.code, 7, first.stderr)
    assert.match(first.stdout, /^begins at 0\n/)
    const { checkpoints, id } = box.lastRun
    assert.deepStrictEqual(
      checkpoints.map(({ local: file }) => readFileSync(file, "utf8")),
      ["1", "2", "3"]
    )

    const second = await box.run(["train", "train.mjs", ...local, "--resume", "counting", "--out", "out"])
    assert.strictEqual(second.code, 0, second.stderr)
    assert.match(second.stdout, /^begins at 3\n/)
    assert.strictEqual(box.read("project/out/total"), "6")
    assert.strictEqual(box.lastRun.spec.resumeOf, id)

    const list = await box.run(["checkpoints", "list", id, "--json"])
    assert.strictEqual(list.code, 0, list.stderr)
    for (const { path } of checkpoints) assert.include(list.stdout, path)
  })

  boxed("refuses to go on from a run that has none", async (box) => {
    box.file("train.sh", "true")
    assert.strictEqual((await box.run(["train", "train.sh", ...local, "--name", "plain"])).code, 0)
    const { code, stderr } = await box.run(["train", "train.sh", ...local, "--resume", "plain"])
    assert.strictEqual(code, 2)
    assert.match(stderr, /checkpoint/)
    assert.strictEqual(box.runs.length, 1)
  })
})
