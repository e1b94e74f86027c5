import { assert, describe } from "vitest"
import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { boxed } from "../harness/boxed.ts"
import { lacking } from "../harness/tools.ts"

const local = ["--provider", "local"] as const

describe.concurrent("a project on its way to the machine", () => {
  boxed("leaves behind what .gitignore and .runctlignore name, and links stay links", async (box) => {
    for (const name of [
      "kept.txt",
      "ignored.log",
      "secret/deep.txt",
      "sub/a.tmp",
      "sub/b.txt",
      ".git/HEAD",
      "big.bin"
    ]) {
      box.file(name, name)
    }
    box.file(".gitignore", "*.log\nsecret/\n")
    box.file("sub/.gitignore", "*.tmp\n")
    box.file(".runctlignore", "big.bin\n")
    symlinkSync("kept.txt", join(box.project, "link"))
    box.file("tool", "#!/bin/sh\necho runs\n", 0o755)
    box.file("train.sh", "find . -type f ! -path './.*' | grep -v '/\\.' | sort; readlink link; ./tool")
    const { code, stderr, stdout } = await box.run(["train", "train.sh", ...local])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "./kept.txt\n./sub/b.txt\n./tool\n./train.sh\nkept.txt\nruns\n")
  })

  boxed("is refused when a symbolic link leads out of it", async (box) => {
    symlinkSync("/etc/hostname", join(box.project, "leak"))
    box.file("train.sh", "cat leak")
    const { code, stderr, stdout } = await box.run(["train", "train.sh", ...local])
    assert.notInclude([0, 1], code)
    assert.match(stderr, /leak leads out of/)
    assert.match(stderr, /RUNCTL_E_PATH_ESCAPES/)
    assert.strictEqual(stdout, "")
    assert.strictEqual((await box.closed()).state, "Failed")
  })

  boxed(
    "fails visibly when its dependencies cannot be installed",
    async (box) => {
      box.file("requirements.txt", "./there-is-no-such-package\n")
      box.file("train.py", 'print("ran")')
      const { code, stderr, stdout } = await box.run(["train", "train.py", ...local])
      assert.notInclude([0, 1], code)
      assert.match(stderr, /RUNCTL_E_PREPARATION_FAILED/)
      assert.match(stderr, /there-is-no-such-package/)
      assert.strictEqual(stdout, "")
      assert.strictEqual((await box.closed()).state, "Failed")
    },
    { skip: lacking("python3", "-c", "import venv, ensurepip") }
  )

  boxed("brings data along from a local folder", async (box) => {
    box.file("train.sh", 'cat "$RUNCTL_DATA_DIR/numbers.csv"')
    box.file("elsewhere/numbers.csv", "1,2,3\n")
    box.file(".runctlignore", "elsewhere\n")
    const { code, stderr, stdout } = await box.run(["train", "train.sh", ...local, "--data", "elsewhere"])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "1,2,3\n")
  })
})
