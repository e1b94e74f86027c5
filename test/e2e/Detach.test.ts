import { assert, describe } from "vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"

/** Prints a line, waits for a file, prints another and ends. */
const waiting = (exitCode = 0): string =>
  `echo first; until [ -e "$GO" ]; do sleep 0.05; done; echo last; exit ${exitCode}`

const detached = async (box: Box, exitCode = 0) => {
  box.file("train.sh", waiting(exitCode))
  const go = join(box.folder, "go")
  const args = ["train", "train.sh", "--provider", "local", "--detach", "--name", "far", "--env", `GO=${go}`]
  const { code, stderr, stdout } = await box.run(args)
  assert.strictEqual(code, 0, stderr)
  return { said: stdout + stderr, id: box.lastRun.id, release: () => writeFileSync(go, "") }
}

describe.concurrent("a detached run", () => {
  boxed("goes on by itself; wait, monitor and runs logs find it by id and by name", async (box) => {
    const { id, release, said } = await detached(box)
    assert.include(said, id)
    const monitor = box.start(["monitor", "far", "--follow"])
    await monitor.printed(/first\n/)
    const wait = box.start(["wait", id])
    release()
    const [followed, waited] = await Promise.all([monitor.ended, wait.ended])
    assert.strictEqual(followed.code, 0, followed.stderr)
    assert.strictEqual(waited.code, 0, waited.stderr)
    assert.strictEqual(followed.stdout, "first\nlast\n")
    const logs = await box.run(["runs", "logs", "far"])
    assert.strictEqual(logs.stdout, "first\nlast\n")
    assert.strictEqual((await box.closed()).state, "Completed")
  })

  boxed("that fails makes wait and monitor end with 7", async (box) => {
    const { id, release } = await detached(box, 4)
    release()
    const [waited, followed] = await Promise.all([box.run(["wait", id]), box.run(["monitor", id, "--follow"])])
    assert.strictEqual(waited.code, 7)
    assert.strictEqual(followed.code, 7)
    await box.closed()
  })

  boxed("is ended by runs stop, which lets the script save its work", async (box) => {
    box.file("train.sh", "trap 'echo saved >saved; exit 143' TERM; echo ready; while :; do sleep 0.05; done")
    assert.strictEqual(
      (await box.run(["train", "train.sh", "--provider", "local", "--detach", "--out", "out"])).code,
      0
    )
    const { id } = box.lastRun
    const monitor = box.start(["monitor", id, "--follow"])
    await monitor.printed(/ready\n/)
    const stopped = await box.run(["runs", "stop", id])
    assert.strictEqual(stopped.code, 0, stopped.stderr)
    await monitor.ended
    assert.strictEqual((await box.closed()).state, "Cancelled")
    assert.strictEqual(box.read("project/out/saved"), "saved\n")
    const again = await box.run(["runs", "stop", id])
    assert.strictEqual(again.code, 2)
    assert.match(again.stderr, /over/)
  })

  boxed("shows in list, status and runs list while it runs and after it", async (box) => {
    const { id, release } = await detached(box)
    const monitor = box.start(["monitor", id, "--follow"])
    await monitor.printed(/first\n/)
    const machine = box.machines[0]?.resource?.id ?? ""
    const during = await Promise.all([["list"], ["runs", "list"], ["status", id]].map((args) => box.run(args)))
    assert.include(during[0]?.stdout, machine)
    for (const { stdout } of during.slice(1)) assert.include(stdout, "Running")
    release()
    await monitor.ended
    await box.closed()
    const after = await Promise.all(
      [["list"], ["list", "--offline"], ["runs", "list"], ["status", id]].map((args) => box.run(args))
    )
    for (const { stdout } of after.slice(0, 2)) assert.notInclude(stdout, machine)
    for (const { stdout } of after.slice(2)) assert.include(stdout, "Completed")
  })
})
