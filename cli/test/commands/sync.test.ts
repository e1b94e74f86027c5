import * as Schema from "effect/Schema"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import { boxed } from "../../../test/harness/boxed.ts"
import { SyncOutput } from "../../src/output/sync.ts"
import { withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { onHosts } from "../hosts.ts"

/** What is said of each machine. */
const resultsIn = (text: string): SyncOutput["results"] =>
  Schema.decodeUnknownSync(SyncOutput)(JSON.parse(text)).results

describe.concurrent("runctl sync", () => {
  boxed(
    "brings the project to all machines, later only what has changed, and removes nothing there",
    (box) =>
      onHosts(box, ["one", "two"], async ([one, two]) => {
        box.file(".gitignore", "*.log\n")
        box.file("train.py", "print(1)\n")
        box.file("sub/data.bin", Buffer.alloc(3_000_000, 1))
        box.file("noise.log", "no\n")
        const first = await box.run(["sync", "--all", "--json"])
        assert.strictEqual(first.code, 0, first.stderr)
        for (const { files, outcome, unchanged } of resultsIn(first.stdout)) {
          assert.deepStrictEqual([outcome, files, unchanged], ["done", 3, 0])
        }
        for (const host of [one, two]) {
          const at = join(host?.home ?? "", "project")
          assert.strictEqual(readFileSync(join(at, "train.py"), "utf8"), "print(1)\n")
          assert.isFalse(existsSync(join(at, "noise.log")))
          writeFileSync(join(at, "made-there"), "stays\n")
        }
        box.file("new.py", "print(2)\n")
        rmSync(join(box.project, "train.py"))
        const second = await box.run(["sync", "--all", "--json"])
        for (const { files, unchanged } of resultsIn(second.stdout)) {
          assert.deepStrictEqual([files, unchanged], [1, 2])
        }
        assert.isTrue(existsSync(join(two?.home ?? "", "project", "train.py")))
        assert.isTrue(existsSync(join(two?.home ?? "", "project", "made-there")))
        const all = await box.run(["sync", "one", ".", "whole/tree", "--no-ignore"])
        assert.strictEqual(all.code, 0, all.stderr)
        assert.isTrue(existsSync(join(one?.home ?? "", "whole", "tree", "noise.log")))
      }),
    { skip: withoutSshd }
  )

  boxed(
    "says which machine was not reached, and ends with 6; the others have it",
    (box) =>
      onHosts(box, ["one", "two"], async ([one, two]) => {
        await one?.stop()
        box.file("a", "a")
        const { code, stdout } = await box.run(["sync", "--all", "--json"])
        assert.strictEqual(code, 6)
        const results = resultsIn(stdout)
        assert.deepStrictEqual(
          results.map(({ error, name, outcome }) => [name, outcome, error?.code]),
          [
            ["one", "error", "RUNCTL_E_MACHINE_UNREACHABLE"],
            ["two", "done", undefined]
          ]
        )
        assert.isTrue(existsSync(join(two?.home ?? "", "project", "a")))
      }),
    { skip: withoutSshd }
  )

  boxed("only looks with --dry-run, and refuses what makes no sense", async (box) => {
    assert.strictEqual((await box.run(["create", "--provider", "local", "--name", "mine"])).code, 0)
    box.file("a", "a")
    const looked = await box.run(["sync", "mine", "--dry-run"])
    assert.strictEqual(looked.code, 0, looked.stderr)
    assert.include(looked.stdout, "1 file (1 B) would be sent")
    const [home] = box.machineFolders
    assert.isFalse(existsSync(join(home ?? "", "home", "project")))
    for (const words of [
      ["sync"],
      ["sync", "--all", "a", "b", "c"],
      ["sync", "mine", "--label", "x"],
      ["sync", "mine", "/"]
    ]) {
      assert.strictEqual((await box.run(words)).code, 2, words.join(" "))
    }
    assert.strictEqual((await box.run(["terminate", "mine", "--yes"])).code, 0)
  })
})
