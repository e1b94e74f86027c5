import { assert, describe } from "vitest"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { processesWith } from "../harness/processes.ts"
import { until } from "../harness/until.ts"

const created = async (box: Box): Promise<string> => {
  const { code, stderr, stdout } = await box.run(["create", "--provider", "local"])
  assert.strictEqual(code, 0, stderr)
  const id = box.machines[0]?.resource?.id ?? assert.fail("the journal has no machine")
  assert.include(stdout, id)
  return id
}

const hour = 3_600_000

describe.concurrent("a machine of one's own", () => {
  boxed("takes one run after another, never two at once, and goes when it is told", async (box) => {
    const id = await created(box)
    const go = join(box.folder, "go")
    box.file("train.sh", `echo first; until [ -e "${go}" ]; do sleep 0.05; done`)
    box.file("second.sh", "echo second")
    const first = box.start(["train", "train.sh", "--on", id])
    await first.printed(/first\n/)

    const refused = await box.run(["train", "second.sh", "--on", id])
    assert.strictEqual(refused.code, 5, refused.stderr)
    assert.match(refused.stderr, /RUNCTL_E_MACHINE_CLAIMED/)
    assert.strictEqual(refused.stdout, "")

    writeFileSync(go, "")
    assert.strictEqual((await first.ended).code, 0)
    const second = await box.run(["train", "second.sh", "--on", id])
    assert.strictEqual(second.code, 0, second.stderr)
    assert.strictEqual(second.stdout, "second\n")

    const ended = await box.run(["terminate", id])
    assert.strictEqual(ended.code, 0, ended.stderr)
    const again = await box.run(["terminate", id])
    assert.strictEqual(again.code, 0, `ending what is gone is a success: ${again.stderr}`)
  })

  boxed("stops, refuses runs meanwhile, and starts again", async (box) => {
    const id = await created(box)
    box.file("train.sh", "echo hello")
    assert.strictEqual((await box.run(["stop", id])).code, 0)
    assert.match((await box.run(["list"])).stdout, /Stopped/)
    const refused = await box.run(["train", "train.sh", "--on", id])
    assert.notInclude([0, 1], refused.code)
    assert.match(refused.stderr, /stopped/i)
    assert.strictEqual((await box.run(["start", id])).code, 0)
    const run = await box.run(["train", "train.sh", "--on", id])
    assert.strictEqual(run.code, 0, run.stderr)
    assert.strictEqual((await box.run(["terminate", id])).code, 0)
  })

  boxed("is ended together with the run on it, and with all that the run started", async (box) => {
    const id = await created(box)
    box.file("train.sh", "(sleep 4711.25 &); setsid sleep 4711.25 & echo ready; exec sleep 4711.25")
    const train = box.start(["train", "train.sh", "--on", id])
    await train.printed(/ready\n/)
    await until("all three sleep", () => processesWith(["4711.25"]).length === 3)
    const ended = await box.run(["terminate", id, "--yes"])
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.notStrictEqual((await train.ended).code, 0)
    assert.deepStrictEqual(processesWith(["4711.25"]), [])
  })

  boxed("has a deadline, which extend moves", async (box) => {
    const id = await created(box)
    const before = box.machines[0]?.deadlineAt ?? 0
    assert.closeTo(before, Date.now() + 24 * hour, hour)
    const extended = await box.run(["extend", id, "48h"])
    assert.strictEqual(extended.code, 0, extended.stderr)
    assert.isAbove(box.machines[0]?.deadlineAt ?? 0, before + 12 * hour)
    assert.strictEqual((await box.run(["terminate", id])).code, 0)
  })

  boxed("takes files and gives them back", async (box) => {
    const id = await created(box)
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256))
    box.file("data/one.bin", bytes)
    const up = await box.run(["upload", id, "data", "kept"])
    assert.strictEqual(up.code, 0, up.stderr)
    const down = await box.run(["download", id, "kept", "back"])
    assert.strictEqual(down.code, 0, down.stderr)
    assert.strictEqual(box.read("project/back/one.bin"), bytes.toString())
    assert.strictEqual((await box.run(["terminate", id])).code, 0)
  })

  boxed("stays after a run with --keep, with the run's files, until it is ended", async (box) => {
    box.file("train.sh", "echo kept")
    const run = await box.run(["train", "train.sh", "--provider", "local", "--keep"])
    assert.strictEqual(run.code, 0, run.stderr)
    const id = box.lastRun.attempts[0]?.resource ?? ""
    assert.strictEqual(box.machineFolders.length, 1)
    assert.include((await box.run(["list"])).stdout, id)
    assert.strictEqual((await box.run(["terminate", id])).code, 0)
    assert.isFalse(box.machineFolders.some((folder) => existsSync(folder)))
  })
})
