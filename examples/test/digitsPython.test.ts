import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it, onTestFinished } from "@effect/vitest"
import { checkpoints, metric, output, train } from "./training.ts"

const digits = {
  command: "python3",
  script: fileURLToPath(new URL("../digits-python/train.py", import.meta.url))
}

const hasPython = spawnSync("python3", ["--version"]).status === 0
if (!hasPython) console.warn("skipped: the tests of digits-python/train.py, because there is no python3 here")

// An epoch is 150 steps.
const stepsPerEpoch = 150

describe.skipIf(!hasPython)("digits-python/train.py (needs python3)", { timeout: 90_000 }, () => {
  it("saves a checkpoint on SIGTERM, exits with 143, and goes on from it to identical results", async () => {
    const args = ["--epochs", "3", "--hidden", "12"]
    const [whole, stopped] = await Promise.all([
      train(digits, { args }),
      train(digits, { args, stopAfter: `"step": 160` })
    ])
    const step = Number(/stopped after step (\d+)/.exec(stopped.stdout)?.[1])
    const last = checkpoints(stopped).at(-1)
    const resumed = await train(digits, { args, resumeFrom: last ?? "none" })

    assert.strictEqual(stopped.code, 143)
    assert.isBelow(stopped.secondsToStop, 5)
    assert.isFalse(existsSync(join(stopped.folder, "out")))
    assert.isAtLeast(step, 160)
    assert.isBelow(step, 3 * stepsPerEpoch)
    assert.lengthOf(checkpoints(stopped), Math.floor(step / stepsPerEpoch) + 1)
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    for (const name of ["model.json", "metrics.json", "predictions.txt"]) {
      assert.strictEqual(output(resumed, name), output(whole, name), name)
    }
    assert.deepStrictEqual([...metric(stopped, "loss"), ...metric(resumed, "loss")], metric(whole, "loss"))
  })

  it("lowers the loss and reads 85 % of the test digits after two epochs", async () => {
    const trained = await train(digits, { args: ["--epochs", "2", "--seed", "1"] })

    assert.strictEqual(trained.code, 0, trained.stderr)
    const [losses, accuracies] = [metric(trained, "loss"), metric(trained, "accuracy")]
    assert.isBelow(losses.at(-1)?.[1] ?? Number.NaN, 0.25 * (losses[0]?.[1] ?? Number.NaN))
    assert.deepStrictEqual(
      accuracies.map(([step]) => step),
      [150, 300]
    )
    assert.isAbove(accuracies.at(-1)?.[1] ?? Number.NaN, 0.85)
    assert.lengthOf(checkpoints(trained), 2)
  })

  it("refuses a checkpoint that is missing, damaged or made with other options", async () => {
    const folder = mkdtempSync(join(tmpdir(), "runctl-examples-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [damaged, other] = [join(folder, "damaged"), join(folder, "other")]
    writeFileSync(damaged, "not a checkpoint")
    writeFileSync(other, JSON.stringify({ options: { seed: 2, hidden: 32, lr: 0.05 } }))

    for (const [path, why] of [
      ["nowhere", "No such file"],
      [damaged, "Expecting value"],
      [other, "it was made with {'seed': 2"]
    ] as const) {
      const refused = await train(digits, { args: [], resumeFrom: path })

      assert.strictEqual(refused.code, 1)
      assert.include(refused.stderr, `cannot resume from ${path}: `)
      assert.include(refused.stderr, why)
    }
  })

  it.each([
    [["--epoch", "3"], "unrecognized arguments: --epoch 3"],
    [["--epochs", "1.5"], "invalid int value: '1.5'"],
    [["--lr=-1"], "--lr want a number above 0"]
  ])("refuses %j with exit code 2 and says why", async (args, why) => {
    const refused = await train(digits, { args })

    assert.strictEqual(refused.code, 2)
    assert.include(refused.stderr, why)
  })
})
