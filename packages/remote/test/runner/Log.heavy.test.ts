import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { Sandbox } from "./Sandbox.ts"
import { variants } from "./Variants.ts"

const node = process.execPath
const ticking = `let i = 0
const timer = setInterval(() => {
  process.stdout.write(Date.now() + "\\n")
  if (++i === 10) clearInterval(timer)
}, 150)`

/** One write for each of a million lines, the hardest case there is. */
const writing = `const fs = require("fs"); for (let i = 1; i <= 1e6; i++) fs.writeSync(1, i + " of a million lines\\n")`

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

describe.for(variants.filter(({ missing }) => missing === undefined))(
  "the log under $name",
  { timeout: 120_000 },
  (variant) => {
    it("brings a follower every byte within a second", async () => {
      await using box = new Sandbox(variant)
      const unit = box.unit()
      fs.writeFileSync(`${box.work}/ticking.cjs`, ticking)
      await box.start(unit, `sleep 1; exec ${node} ticking.cjs`)
      const follower = box.spawn(["logs", unit, "--from", "0", "--follow"])
      const delays: Array<number> = []
      follower.stdout.on("data", (chunk: Buffer) => {
        for (const line of chunk.toString().trim().split("\n")) delays.push(Date.now() - Number(line))
      })
      await new Promise((resolve) => follower.on("close", resolve))
      assert.strictEqual(delays.length, 10)
      assert.isBelow(median(delays), 1000)
    })

    // Without /proc every look at the job is a process of its own.
    const limit = variant.name.includes("without /proc") ? 3 : 2.2
    it(`takes at most ${limit} times as long for a million lines as writing them to a file`, async () => {
      await using box = new Sandbox(variant)
      fs.writeFileSync(`${box.work}/writing.cjs`, writing)
      const ratios: Array<number> = []
      for (const round of [1, 2]) {
        const plain = await elapsed(async () =>
          spawnSync("sh", ["-c", `${node} writing.cjs >plain${round}`], { cwd: box.work })
        )
        const run = (unit: string, job: string) =>
          elapsed(async () => {
            await box.start(unit, job)
            await box.ended(unit)
          })
        // What it takes to start a job and to see its end is not the log's.
        const nothing = await run(box.unit(), "exec true")
        const unit = box.unit()
        const logged = (await run(unit, `exec ${node} writing.cjs`)) - nothing
        assert.isTrue(fs.readFileSync(box.file(unit, "log")).equals(fs.readFileSync(`${box.work}/plain${round}`)))
        ratios.push(logged / plain)
      }
      process.stdout.write(
        `${variant.name}: ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")} times the time of \`job > file\`\n`
      )
      // Whatever else this computer does only makes it slower.
      assert.isBelow(Math.min(...ratios), limit)
    })
  }
)
