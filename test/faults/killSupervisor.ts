import { assert } from "vitest"
import type { Box } from "../harness/Box.ts"
import { counted, counting, random } from "../harness/scripts.ts"
import { signal } from "../harness/processes.ts"
import { sleep, until } from "../harness/until.ts"

const lines = 4000

/**
 * Kills the supervisor again and again, at moments that follow from the seed, while a run goes on: the run completes,
 * its log is whole, it had one machine, and its outputs came home.
 */
export const killAgainAndAgain = async (box: Box, seed: number): Promise<void> => {
  const next = random(seed)
  box.file("train.mjs", `${counting(lines, 25)}\nimport("node:fs").then((fs) => fs.writeFileSync("model", "trained"))`)
  const train = box.start(["train", "train.mjs", "--provider", "local", "--out", "out"])
  const kills = 1 + Math.floor(next() * 3)
  for (let kill = 0; kill < kills; kill++) {
    await sleep(next() * 1500)
    if (train.isOver) break
    const pid = await until("there is a supervisor", () => box.supervisor ?? (train.isOver ? -1 : undefined))
    if (pid > 0) signal(pid, "SIGKILL")
  }
  const { code, stderr, stdout } = await train.ended
  const run = await box.closed()
  const told = `seed ${seed}, ${kills} kills: ${stderr}`
  assert.strictEqual(code, 0, told)
  assert.strictEqual(run.state, "Completed", told)
  assert.strictEqual(run.attempts.length, 1, told)
  assert.isTrue(box.log(run.id).toString() === counted(lines), `the log is not what was printed. ${told}`)
  assert.isTrue(stdout === counted(lines), `what the command shows is not what was printed. ${told}`)
  assert.strictEqual(box.events.filter(({ type }) => type === "InstanceProvisioned").length, 1, told)
  assert.strictEqual(box.read("project/out/model"), "trained", told)
}
