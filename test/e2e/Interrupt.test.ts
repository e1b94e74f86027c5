import { assert, describe } from "vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { program } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { lacking } from "../harness/tools.ts"
import { until } from "../harness/until.ts"

const local = ["--provider", "local"] as const

const saving = "trap 'echo saved >saved; exit 143' TERM; echo ready; while :; do sleep 0.05; done"

/** A command line for `script`, which gives a program a terminal. */
const inTerminal = (args: ReadonlyArray<string>): ReadonlyArray<string> => [
  "-qfec",
  [process.execPath, program, ...args].map((word) => `'${word}'`).join(" "),
  "/dev/null"
]

const noTerminal = lacking("script", "-qec", "true", "/dev/null")

const controlC = "\u0003"

describe.concurrent("Ctrl-C", () => {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    boxed(`as ${name} without a terminal ends the run, lets it save, and ends with 130`, async (box) => {
      box.file("train.sh", saving)
      const train = box.start(["train", "train.sh", ...local, "--out", "out"])
      await train.printed(/ready\n/)
      train.signal(name)
      const { code, stderr } = await train.ended
      assert.strictEqual(code, 130, stderr)
      assert.strictEqual((await box.closed()).state, "Cancelled")
      assert.strictEqual(box.read("project/out/saved"), "saved\n")
    })
  }

  boxed("before the job has started leaves no machine", async (box) => {
    box.file("train.sh", "echo ran")
    const train = box.start(["train", "train.sh", ...local])
    await until("the run is requested", () => box.runs.length > 0)
    train.signal("SIGINT")
    const { code } = await train.ended
    // It may have been quicker than the signal.
    assert.include([0, 130], code)
    assert.include(["Cancelled", "Completed"], (await box.closed()).state)
  })

  boxed("as SIGHUP leaves the run alone", async (box) => {
    const go = join(box.folder, "go")
    box.file("train.sh", `echo ready; until [ -e "${go}" ]; do sleep 0.05; done; echo done`)
    const train = box.start(["train", "train.sh", ...local])
    await train.printed(/ready\n/)
    train.signal("SIGHUP")
    await train.ended
    assert.strictEqual(box.lastRun.state, "Running")
    writeFileSync(go, "")
    assert.strictEqual((await box.closed()).state, "Completed")
  })

  boxed("as SIGINT with --detach takes nothing back", async (box) => {
    const go = join(box.folder, "go")
    box.file("train.sh", `until [ -e "${go}" ]; do sleep 0.05; done`)
    const train = box.start(["train", "train.sh", ...local, "--detach"])
    await until("the run is requested", () => box.runs.length > 0)
    train.signal("SIGINT")
    await train.ended
    writeFileSync(go, "")
    assert.strictEqual((await box.closed()).state, "Completed")
  })

  boxed(
    "once in a terminal detaches and says how to return",
    async (box) => {
      const go = join(box.folder, "go")
      box.file("train.sh", `echo ready; until [ -e "${go}" ]; do sleep 0.05; done; echo done`)
      const train = box.startProgram("script", inTerminal(["train", "train.sh", ...local]), { TERM: "xterm" })
      await train.printed(/ready/)
      train.type(controlC)
      await train.printed(/runctl monitor \S+/)
      assert.strictEqual(box.lastRun.state, "Running")
      writeFileSync(go, "")
      await train.ended
      const run = await box.closed()
      assert.strictEqual(run.state, "Completed")
      assert.strictEqual(box.log(run.id).toString(), "ready\ndone\n")
    },
    { skip: noTerminal }
  )

  boxed(
    "twice in a terminal ends the run and lets it save",
    async (box) => {
      box.file("train.sh", saving)
      const train = box.startProgram("script", inTerminal(["train", "train.sh", ...local]), { TERM: "xterm" })
      await train.printed(/ready/)
      train.type(controlC)
      await train.printed(/runctl monitor \S+/)
      train.type(controlC)
      await train.ended
      assert.strictEqual((await box.closed()).state, "Cancelled")
    },
    { skip: noTerminal }
  )
})
