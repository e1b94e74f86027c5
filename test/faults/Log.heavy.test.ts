import { assert, describe } from "vitest"
import { createHash } from "node:crypto"
import { boxed } from "../harness/boxed.ts"
import { memoryBytes } from "../harness/processes.ts"

const lines = 1_000_000
const mebibyte = 1024 * 1024

const expected = (): string => {
  const hash = createHash("sha256")
  for (let n = 0; n < lines; n++) hash.update(`line ${n} of a long log\n`)
  return hash.digest("hex")
}

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

describe("a log of 1,000,000 lines", () => {
  boxed(
    "is followed and kept without a lost or repeated byte, in little memory",
    async (box) => {
      box.file(
        "train.mjs",
        `let n = 0
        const more = () => {
          let text = ""
          while (n < ${lines} && text.length < 65536) text += "line " + n++ + " of a long log\\n"
          if (text !== "") process.stdout.write(text, more)
        }
        more()`
      )
      const train = box.start(["train", "train.mjs", "--provider", "local"])
      let [follower, supervisor] = [0, 0]
      const sampling = setInterval(() => {
        follower = Math.max(follower, memoryBytes(train.pid, "VmHWM") || 0)
        supervisor = Math.max(supervisor, box.supervisor === undefined ? 0 : memoryBytes(box.supervisor, "VmHWM") || 0)
      }, 50)
      const { bytes, code, stderr } = await train.ended.finally(() => clearInterval(sampling))
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(digestOf(bytes), expected(), "what the command shows")
      assert.strictEqual(digestOf(box.log(box.lastRun.id)), expected(), "the log")
      assert.isBelow(follower / mebibyte, 150, "MiB of the command")
      assert.isBelow(supervisor / mebibyte, 150, "MiB of the supervisor")
    },
    { timeout: 240_000 }
  )
})
