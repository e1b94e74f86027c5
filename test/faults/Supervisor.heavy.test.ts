import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"
import { counted, counting } from "../harness/scripts.ts"
import { isAlive, signal } from "../harness/processes.ts"
import { until } from "../harness/until.ts"
import { killAgainAndAgain } from "./killSupervisor.ts"

/** Eight of twenty seeds, others tomorrow; all of them with `RUNCTL_ALL=1`. */
const today = Math.floor(Date.now() / 86_400_000) * 8
const seeds =
  process.env["RUNCTL_ALL"] === "1"
    ? Array.from({ length: 20 }, (_, index) => index + 100)
    : Array.from({ length: 8 }, (_, index) => ((today + index) % 20) + 100)

describe("a supervisor that is killed", () => {
  for (const seed of seeds) {
    boxed(`at random moments loses nothing of a run (seed ${seed})`, (box) => killAgainAndAgain(box, seed), {
      timeout: 120_000
    })
  }
})

describe("a supervisor that is frozen", () => {
  boxed(
    "is replaced by another, and leaves when it wakes up, without writing a word",
    async (box) => {
      box.file("train.mjs", counting(50_000, 10))
      const train = box.start(["train", "train.mjs", "--provider", "local"])
      await train.printed(/line 100\n/)
      const frozen = box.supervisor ?? assert.fail("there is no supervisor")
      signal(frozen, "SIGSTOP")
      const second = await until(
        "another supervisor has taken over",
        () => (box.supervisor === frozen ? undefined : box.supervisor),
        90
      )
      const position = box.events.length
      signal(frozen, "SIGCONT")
      await until("the first one has left", () => !isAlive(frozen), 60)
      assert.strictEqual(box.supervisor, second)
      const { code, stderr, stdout } = await train.ended
      assert.strictEqual(code, 0, stderr)
      const run = await box.closed()
      assert.isTrue(stdout === counted(50_000), "what the command shows")
      assert.isTrue(box.log(run.id).toString() === counted(50_000), "the log")
      assert.strictEqual(run.attempts.length, 1)
      assert.strictEqual(box.events.filter(({ type }) => type === "InstanceProvisioned").length, 1)
      const later = box.events.slice(position).map(({ type }) => type)
      for (const once of ["JobEnded", "OutputsVerified", "RunCompleted", "RunClosed"]) {
        assert.strictEqual(later.filter((type) => type === once).length, 1, once)
      }
    },
    { timeout: 240_000 }
  )
})
