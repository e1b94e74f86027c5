import { assert, describe } from "vitest"
import { program } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"

describe.concurrent("runctl in a shell", () => {
  boxed("prints no color when it is not in a terminal, and none with NO_COLOR", async (box) => {
    for (const args of [["--help"], ["providers", "list"], ["list"], ["doctor"]]) {
      const { stderr, stdout } = await box.run(args)
      assert.notInclude(stdout + stderr, "\u001b[", args.join(" "))
    }
  })

  boxed("ends quietly when the reader of its output has left", async (box) => {
    box.file("train.mjs", 'for (let i = 0; i < 200000; i++) console.log("line", i)')
    assert.strictEqual((await box.run(["train", "train.mjs", "--provider", "local", "--detach"])).code, 0)
    await box.closed()
    const line = `"$0" "$1" runs logs ${box.lastRun.id} | head -n 1`
    const { stderr, stdout } = await box.startProgram("sh", ["-c", line, process.execPath, program]).ended
    assert.strictEqual(stdout, "line 0\n")
    assert.strictEqual(stderr, "")
  })
})
