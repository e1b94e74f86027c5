import { assert, describe } from "vitest"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { lacking } from "../harness/tools.ts"

const local = ["--provider", "local"] as const

/** The folder the last run's outputs were brought to. */
const outputs = (box: Box): string => {
  const { folder, state } = box.lastRun.outputs
  assert.strictEqual(state, "verified")
  return folder ?? assert.fail("the run has no folder of outputs")
}

const permissions = (file: string): string => (statSync(file).mode & 0o777).toString(8)

describe.concurrent("runctl train on this computer", () => {
  boxed("runs a sh script, prints what it prints and nothing else, and gives the machine back", async (box) => {
    box.file("train.sh", "echo out; echo err >&2; echo done")
    const { code, stderr, stdout } = await box.run(["train", "train.sh", ...local])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "out\nerr\ndone\n")
    assert.strictEqual(box.lastRun.state, "Completed")
    assert.strictEqual(box.lastRun.phase, "Closed")
    assert.deepStrictEqual(
      box.machines.map(({ phase }) => phase),
      ["Gone"]
    )
  })

  boxed("runs a node script", async (box) => {
    box.file("train.mjs", 'import { basename } from "node:path"\nconsole.log("node", basename(import.meta.url))')
    const { code, stderr, stdout } = await box.run(["train", "train.mjs", ...local])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "node train.mjs\n")
  })

  boxed(
    "runs a python script, whose output does not wait in a buffer",
    async (box) => {
      box.file(
        "train.py",
        'import os, time\nprint("ready")\nwhile not os.path.exists(os.environ["GO"]): time.sleep(0.05)'
      )
      const go = join(box.folder, "go")
      const train = box.start(["train", "train.py", ...local, "--env", `GO=${go}`])
      await train.printed(/ready/)
      await box.startProgram("touch", [go]).ended
      const { code, stderr, stdout } = await train.ended
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout, "ready\n")
    },
    { skip: lacking("python3") }
  )

  boxed("runs an executable by its first line", async (box) => {
    box.file("train", "#!/bin/sh\necho \"$0\" | sed 's,.*/,,'", 0o755)
    const { code, stderr, stdout } = await box.run(["train", "train", ...local])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "train\n")
  })

  boxed("hands every argument over as it is", async (box) => {
    const args = ["two words", "it's", 'a "b" c', "new\nline", "", "$HOME", "*", "-x", "--json", "\\n", "größe", "a\tb"]
    box.file("train.mjs", "console.log(JSON.stringify(process.argv.slice(2)))")
    const { code, stderr, stdout } = await box.run(["train", "train.mjs", ...local, "--", ...args])
    assert.strictEqual(code, 0, stderr)
    assert.deepStrictEqual(JSON.parse(stdout), args)
  })

  boxed("ends with 7 when the script fails, and tells the script's own exit code", async (box) => {
    box.file("train.sh", "echo before; exit 3")
    const { code, stderr, stdout } = await box.run(["train", "train.sh", ...local])
    assert.strictEqual(code, 7)
    assert.strictEqual(stdout, "before\n")
    assert.match(stderr, /exit code 3/)
    assert.match(stderr, /RUNCTL_E_JOB_FAILED/)
    assert.strictEqual(box.lastRun.state, "Failed")
    assert.strictEqual(box.lastRun.exitCode, 3)
  })

  boxed("tells the signal that a script died of", async (box) => {
    box.file("train.sh", "kill -SEGV $$")
    const { code, stderr } = await box.run(["train", "train.sh", ...local])
    assert.strictEqual(code, 7)
    assert.match(stderr, /signal 11/)
  })

  boxed("brings new and changed files home, with their bytes and modes, and nothing else", async (box) => {
    const weights = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256))
    box.file("weights.in", weights)
    box.file("changed.txt", "before")
    box.file("same.txt", "same")
    box.file(
      "train.sh",
      [
        "mkdir -p deep/er 'with space'",
        "cat weights.in weights.in >deep/er/model.bin",
        "printf '#!/bin/sh\\n' >'with space/tool'; chmod 750 'with space/tool'",
        "echo after >changed.txt; touch same.txt; : >empty"
      ].join("\n")
    )
    const { code, stderr } = await box.run(["train", "train.sh", ...local])
    assert.strictEqual(code, 0, stderr)
    const folder = outputs(box)
    assert.deepEqual(readFileSync(join(folder, "deep/er/model.bin")), Buffer.concat([weights, weights]))
    assert.strictEqual(readFileSync(join(folder, "changed.txt"), "utf8"), "after\n")
    assert.strictEqual(statSync(join(folder, "empty")).size, 0)
    assert.strictEqual(permissions(join(folder, "with space/tool")), "750")
    assert.isFalse(existsSync(join(folder, "same.txt")), "same.txt was not changed")
    assert.isFalse(existsSync(join(folder, "weights.in")), "weights.in was not changed")
    assert.isFalse(existsSync(join(folder, "train.sh")), "the script is no output")
  })

  boxed("brings only what is in RUNCTL_OUTPUT_DIR when the script uses it, to the folder of --out", async (box) => {
    box.file("train.sh", 'echo kept >"$RUNCTL_OUTPUT_DIR/kept.txt"; echo scratch >scratch.txt')
    const { code, stderr } = await box.run(["train", "train.sh", ...local, "--out", "results"])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(outputs(box), join(box.project, "results"))
    assert.strictEqual(box.read("project/results/kept.txt"), "kept\n")
    assert.isFalse(existsSync(join(box.project, "results/scratch.txt")))
  })

  boxed("keeps outputs that cannot be brought where they should go, and says where they are", async (box) => {
    box.file("results", "a file where a folder should be")
    box.file("train.sh", "echo precious >model")
    const { stderr } = await box.run(["train", "train.sh", ...local, "--out", "results"])
    const { folder = "" } = box.lastRun.outputs
    assert.include(folder, box.home)
    assert.strictEqual(readFileSync(join(folder, "model"), "utf8"), "precious\n")
    assert.include(stderr, folder)
  })

  boxed("brings a failed script's files home too", async (box) => {
    box.file("train.sh", "echo half >half.txt; exit 1")
    const { code } = await box.run(["train", "train.sh", ...local])
    assert.strictEqual(code, 7)
    assert.strictEqual(readFileSync(join(outputs(box), "half.txt"), "utf8"), "half\n")
  })

  boxed("gives the script what --env says, and no other variable of the command", async (box) => {
    box.file("train.sh", 'echo "$GREETING/$FROM_FILE/${STRANGER-unset}"')
    box.file(".env", "# a comment\nFROM_FILE='quoted value'\n")
    const args = ["train", "train.sh", ...local, "--env", "GREETING=hello, world", "--env-file", ".env"]
    const { code, stderr, stdout } = await box.run(args, { STRANGER: "danger" })
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "hello, world/quoted value/unset\n")
  })
})
