import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"
import { counted, counting } from "../harness/scripts.ts"

const local = ["--provider", "local"] as const

describe.concurrent("commands that die or crowd", () => {
  boxed("kill -9 of the command leaves the run alone, and monitor shows all of it", async (box) => {
    box.file("train.mjs", counting(10_000, 100))
    const train = box.start(["train", "train.mjs", ...local])
    await train.printed(/line 500\n/)
    train.signal("SIGKILL")
    await train.ended
    const { id } = box.lastRun
    const monitor = await box.run(["monitor", id, "--follow"])
    assert.strictEqual(monitor.code, 0, monitor.stderr)
    assert.isTrue(monitor.stdout === counted(10_000), "what monitor prints")
    assert.isTrue(box.log(id).toString() === counted(10_000), "the log")
    assert.strictEqual((await box.closed()).state, "Completed")
  })

  boxed("five commands at once make five runs, one supervisor, and no disorder", async (box) => {
    box.file("train.sh", 'echo "$1"; sleep 0.3')
    const numbers = [0, 1, 2, 3, 4]
    const trains = numbers.map((n) => box.start(["train", "train.sh", ...local, "--", String(n)]))
    for (const [n, train] of trains.entries()) {
      const { code, stderr, stdout } = await train.ended
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout, `${n}\n`)
    }
    assert.strictEqual(box.runs.length, 5)
    assert.deepStrictEqual(new Set(box.runs.map(({ state }) => state)), new Set(["Completed"]))
    const machines = box.runs.flatMap(({ attempts }) => attempts.map(({ resource }) => resource))
    assert.strictEqual(new Set(machines).size, 5)
    assert.strictEqual(box.events.filter(({ type }) => type === "SupervisorStarted").length, 1)
  })
})
