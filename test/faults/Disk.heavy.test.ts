import { assert, describe } from "vitest"
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { signal } from "../harness/processes.ts"
import { until } from "../harness/until.ts"

const local = ["--provider", "local"] as const

/** Gives the box a home on a disk of its own, of a few megabytes. */
const onSmallDisk = async (box: Box, megabytes: number, body: () => Promise<void>): Promise<void> => {
  mkdirSync(box.home, { mode: 0o700 })
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", box.home])
  assert.strictEqual(mounted.status, 0, String(mounted.stderr))
  try {
    await body()
    assert.deepStrictEqual(await box.leftovers(), [])
  } finally {
    await box.endSupervisors()
    for (const pid of box.processes) signal(pid, "SIGKILL")
    await until("the disk is let go", () => spawnSync("umount", [box.home]).status === 0, 10)
  }
}

const canMount = (): boolean => {
  const where = `/tmp/rcmount-${process.pid}`
  mkdirSync(where)
  const can = spawnSync("mount", ["-t", "tmpfs", "tmpfs", where]).status === 0
  if (can) spawnSync("umount", [where])
  rmSync(where, { recursive: true })
  return can
}

const skip = canMount() ? undefined : "disks cannot be mounted here"

describe("a full disk", () => {
  boxed(
    "is named before anything is rented, and does no harm",
    (box) =>
      onSmallDisk(box, 16, async () => {
        box.file("train.sh", "echo hello")
        assert.strictEqual((await box.run(["train", "train.sh", ...local])).code, 0)
        const filler = join(box.home, "filler")
        await box.startProgram("dd", ["if=/dev/zero", `of=${filler}`, "bs=4k"]).ended
        const full = await box.run(["train", "train.sh", ...local])
        assert.notInclude([0, 1], full.code, full.stderr)
        assert.match(full.stderr, /no space/i)
        const list = await box.run(["runs", "list"])
        assert.strictEqual(list.code, 0, list.stderr)
        rmSync(filler)
        const again = await box.run(["train", "train.sh", ...local])
        assert.strictEqual(again.code, 0, again.stderr)
      }),
    { skip, timeout: 180_000 }
  )

  boxed(
    "that the script has filled fails the script and ends the run",
    (box) =>
      onSmallDisk(box, 32, async () => {
        box.file("train.sh", "echo before; dd if=/dev/zero of=big bs=64k; echo after; rm -f big; exit 3")
        const { code, stderr } = await box.run(["train", "train.sh", ...local])
        assert.strictEqual(code, 7, stderr)
        const log = box.log(box.lastRun.id).toString()
        assert.match(log, /^before\n/)
        assert.match(log, /no space left/i)
        assert.match(log, /after\n$/)
      }),
    { skip, timeout: 180_000 }
  )

  boxed(
    "that the script has filled for good does not keep its machine",
    (box) =>
      onSmallDisk(box, 32, async () => {
        box.file("train.sh", 'echo before; dd if=/dev/zero of="$RUNCTL_OUTPUT_DIR/big" bs=64k; exit 3')
        const train = box.start(["train", "train.sh", ...local, "--out", "out"])
        await until("the run ends", () => train.isOver, 60)
        assert.strictEqual((await train.ended).code, 7, train.stderr)
        await box.closed()
      }),
    { skip: skip ?? "the journal keeps no room for the end of a run yet", timeout: 180_000 }
  )
})
