import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"

const local = ["--provider", "local"] as const

/** Scripts, each with the bytes it prints. */
const cases: ReadonlyArray<readonly [name: string, script: string, expected: () => Buffer]> = [
  [
    "every byte, in every order that is no UTF-8",
    "const b = Buffer.alloc(65536); for (let i = 0; i < b.length; i++) b[i] = (i * 7 + (i >> 8)) & 255; process.stdout.write(b)",
    () => Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7 + (i >> 8)) & 255))
  ],
  [
    "a progress bar with \\r and colors",
    "for (let i = 0; i <= 100; i++) process.stdout.write(`\\r\\x1b[32m${i} %\\x1b[0m`)",
    () => Buffer.from(Array.from({ length: 101 }, (_, i) => `\r\x1b[32m${i} %\x1b[0m`).join(""))
  ],
  [
    "one line of 5 MB without an end",
    'for (let i = 0; i < 500; i++) process.stdout.write("0123456789".repeat(1000))',
    () => Buffer.from("0123456789".repeat(500_000))
  ],
  ["nothing at all", "", () => Buffer.alloc(0)],
  [
    "lines that look like ours",
    'console.log(`{"metric":"loss","step":1,"value":0.5}\\n{"metric":"loss"\\n[runctl: 5 bytes left out here]\\n{"checkpoint":"none"}`)',
    () =>
      Buffer.from(
        '{"metric":"loss","step":1,"value":0.5}\n{"metric":"loss"\n[runctl: 5 bytes left out here]\n{"checkpoint":"none"}\n'
      )
  ]
]

describe.concurrent("what a script prints arrives byte for byte", () => {
  for (const [name, script, expected] of cases) {
    boxed(name, async (box) => {
      box.file("train.mjs", script)
      const { bytes, code, stderr } = await box.run(["train", "train.mjs", ...local])
      assert.strictEqual(code, 0, stderr)
      const { id } = box.lastRun
      assert.isTrue(expected().equals(bytes), "on the standard output of train")
      assert.isTrue(expected().equals(box.log(id)), "in the log that was kept")
      const logs = await box.run(["runs", "logs", id])
      assert.isTrue(expected().equals(logs.bytes), "on the standard output of runs logs")
      const monitor = await box.run(["monitor", id, "--follow"])
      assert.isTrue(expected().equals(monitor.bytes), "on the standard output of monitor")
    })
  }
})
