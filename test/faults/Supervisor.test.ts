import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"
import { counted, counting } from "../harness/scripts.ts"
import { signal } from "../harness/processes.ts"
import { until } from "../harness/until.ts"
import { killAgainAndAgain } from "./killSupervisor.ts"

describe.concurrent("a supervisor that is killed", () => {
  for (const seed of [1, 2, 3]) {
    boxed(`at random moments loses nothing of a run (seed ${seed})`, (box) => killAgainAndAgain(box, seed))
  }

  boxed("together with the command leaves the job running, and whoever looks next picks it up", async (box) => {
    box.file("train.mjs", counting(6000, 50))
    const train = box.start(["train", "train.mjs", "--provider", "local"])
    await train.printed(/line 500\n/)
    train.signal("SIGKILL")
    const pid = box.supervisor ?? assert.fail("there is no supervisor")
    signal(pid, "SIGKILL")
    await until("the supervisor is gone", () => box.supervisor === undefined)
    const { id } = box.lastRun
    const monitor = await box.run(["monitor", id, "--follow"])
    assert.strictEqual(monitor.code, 0, monitor.stderr)
    assert.isTrue(monitor.stdout === counted(6000), "what monitor prints")
    assert.isTrue(box.log(id).toString() === counted(6000), "the log")
    const run = await box.closed()
    assert.strictEqual(run.state, "Completed")
    assert.strictEqual(run.attempts.length, 1)
  })
})
