import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { checkpoints, metric, output, train } from "./training.ts"

const digits = {
  command: process.execPath,
  script: fileURLToPath(new URL("../digits/train.mjs", import.meta.url))
}

// An epoch is 313 steps.
const stepsPerEpoch = 313
const small = ["--epochs", "2", "--hidden", "12"]

describe("digits/train.mjs", { timeout: 60_000 }, () => {
  it("lowers the loss and reads 95 % of the test digits after five epochs", async () => {
    const trained = await train(digits, { args: ["--epochs", "5", "--seed", "1"] })

    assert.strictEqual(trained.code, 0, trained.stderr)
    const [losses, accuracies] = [metric(trained, "loss"), metric(trained, "accuracy")]
    assert.deepStrictEqual(
      losses.map(([step]) => step),
      Array.from({ length: 15 }, (_, index) => 100 * (index + 1))
    )
    assert.isBelow(losses.at(-1)?.[1] ?? Number.NaN, 0.2 * (losses[0]?.[1] ?? Number.NaN))
    assert.deepStrictEqual(
      accuracies.map(([step]) => step),
      [313, 626, 939, 1252, 1565]
    )
    assert.isAbove(accuracies.at(-1)?.[1] ?? Number.NaN, 0.95)
    assert.lengthOf(checkpoints(trained), 5)
    assert.strictEqual(JSON.parse(output(trained, "metrics.json")).accuracy, accuracies.at(-1)?.[1])
    assert.lengthOf(JSON.parse(output(trained, "model.json")).parameters, 16 * 16 * 64 + 64 + 64 * 10 + 10)
    for (let digit = 0; digit < 10; digit++) assert.include(output(trained, "predictions.txt"), `a ${digit}, read as `)
  })

  it("saves a checkpoint on SIGTERM, exits with 143, and goes on from it to bit-identical results", async () => {
    const args = ["--epochs", "6", "--hidden", "12"]
    const [whole, stopped] = await Promise.all([
      train(digits, { args }),
      train(digits, { args, stopAfter: `"step":400` })
    ])
    const step = Number(/stopped after step (\d+)/.exec(stopped.stdout)?.[1])
    const last = checkpoints(stopped).at(-1)
    const resumed = await train(digits, { args, resumeFrom: last ?? "none" })

    assert.strictEqual(stopped.code, 143)
    assert.isBelow(stopped.secondsToStop, 5)
    assert.isFalse(existsSync(join(stopped.folder, "out")))
    assert.isAtLeast(step, 400)
    assert.isBelow(step, 6 * stepsPerEpoch)
    assert.lengthOf(checkpoints(stopped), Math.floor(step / stepsPerEpoch) + 1)
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.include(resumed.stdout, `from ${last}`)
    for (const name of ["model.json", "metrics.json", "predictions.txt"]) {
      assert.strictEqual(output(resumed, name), output(whole, name), name)
    }
    assert.deepStrictEqual([...metric(stopped, "loss"), ...metric(resumed, "loss")], metric(whole, "loss"))
  })

  it("goes on from an epoch's checkpoint, also for more epochs than were first wanted", async () => {
    const [short, whole] = await Promise.all([
      train(digits, { args: ["--epochs", "1", "--hidden", "12"] }),
      train(digits, { args: small })
    ])
    const resumed = await train(digits, { args: small, resumeFrom: checkpoints(short).at(-1) ?? "none" })

    assert.strictEqual(output(resumed, "model.json"), output(whole, "model.json"))
    assert.notStrictEqual(output(short, "model.json"), output(whole, "model.json"))
  })

  it("refuses a checkpoint that is missing, damaged or made with other options", async () => {
    const short = await train(digits, { args: ["--epochs", "1", "--hidden", "12"] })
    const damaged = join(short.folder, "damaged")
    writeFileSync(damaged, "not a checkpoint")
    const [other, missing, unreadable] = await Promise.all([
      train(digits, { args: ["--hidden", "13"], resumeFrom: checkpoints(short)[0] ?? "none" }),
      train(digits, { args: small, resumeFrom: "nowhere" }),
      train(digits, { args: small, resumeFrom: damaged })
    ])

    assert.deepStrictEqual([other.code, missing.code, unreadable.code], [1, 1, 1])
    assert.include(other.stderr, "it was made with --hidden 12, not 13")
    assert.include(missing.stderr, "cannot resume from nowhere")
    assert.include(unreadable.stderr, `cannot resume from ${damaged}`)
  })

  it.each([
    [["--epoch", "3"], "Unknown option '--epoch'"],
    [["--epochs", "1.5"], `--epochs wants a whole number from 1 up, not "1.5"`],
    [["--seed="], `--seed wants a whole number from 0 up, not ""`],
    [["--lr=-1"], `--lr wants a number above 0, not "-1"`],
    [["more"], "Unexpected argument 'more'"]
  ])("refuses %j with exit code 2 and says why", async (args, why) => {
    const refused = await train(digits, { args })

    assert.strictEqual(refused.code, 2)
    assert.include(refused.stderr, why)
    assert.include(refused.stderr, "usage: node train.mjs [--epochs 24]")
    assert.strictEqual(refused.stdout, "")
  })
})
