import { assert, describe } from "vitest"
import { boxed } from "../../../test/harness/boxed.ts"

describe.concurrent("completion", () => {
  boxed("knows runs, machines, providers and keys, and says nothing where nothing is there", async (box) => {
    const values = async (kind: string): Promise<ReadonlyArray<string>> => {
      const { code, stderr, stdout } = await box.run(["completion", "--values", kind])
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, "")
      return stdout.split("\n").filter((word) => word !== "")
    }
    assert.deepStrictEqual(await values("ids"), [])
    box.file("train.sh", "true")
    const train = await box.run(["train", "train.sh", "--provider", "local", "--name", "mine", "--keep"])
    assert.strictEqual(train.code, 0, train.stderr)
    assert.deepStrictEqual(await values("runs"), ["mine", box.lastRun.id])
    const machine = box.lastRun.attempts[0]?.resource ?? ""
    assert.include(await values("machines"), machine)
    assert.includeMembers([...(await values("providers"))], ["local", "ssh", "aws", "digitalocean"])
    assert.include(await values("keys"), "budget.day")
    assert.strictEqual((await box.run(["terminate", machine, "--yes"])).code, 0)
    assert.deepStrictEqual(await values("machines"), [])
    box.file("runctl.yaml", "nonsense: 1\n")
    assert.deepStrictEqual(await values("providers"), [])
  })

  boxed("refuses a shell that it does not know", async (box) => {
    assert.strictEqual((await box.run(["completion"])).code, 2)
    const { code, stderr } = await box.run(["completion", "tcsh"])
    assert.strictEqual(code, 2)
    assert.match(stderr, /bash, zsh, fish/)
  })
})
