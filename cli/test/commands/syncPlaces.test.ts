import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"

const onMachine = async (box: Box, body: (home: string) => Promise<void>): Promise<void> => {
  assert.strictEqual((await box.run(["create", "--provider", "local", "--name", "mine"])).code, 0)
  await body(join(box.machineFolders[0] ?? assert.fail("there is no machine"), "home"))
  assert.strictEqual((await box.run(["terminate", "mine", "--yes"])).code, 0)
}

describe.concurrent("runctl sync", () => {
  boxed("brings a folder to exactly the place that is named, and takes away there what is gone here", (box) =>
    onMachine(box, async (home) => {
      const elsewhere = join(box.folder, "else where")
      mkdirSync(elsewhere)
      symlinkSync(elsewhere, join(home, "link"))
      for (const [target, place] of [
        [join(box.folder, "absolute", "ü"), join(box.folder, "absolute", "ü")],
        ["../beside", join(home, "..", "beside")],
        ["new/../other", join(home, "other")],
        ["./-dash", join(home, "-dash")],
        ["it's $HOME", join(home, "it's $HOME")],
        ["link", elsewhere],
        [".", home]
      ] as const) {
        box.file("src/deep/a", "a\n")
        box.file("src/b", "b\n")
        const first = await box.run(["sync", "mine", "src", target, "--json"])
        assert.strictEqual(first.code, 0, `${target}: ${first.stdout}${first.stderr}`)
        assert.strictEqual(readFileSync(join(place, "deep", "a"), "utf8"), "a\n", target)
        rmSync(join(box.project, "src", "deep"), { recursive: true })
        const second = await box.run(["sync", "mine", "src", target, "--json"])
        assert.strictEqual(second.code, 0, second.stdout)
        assert.isFalse(existsSync(join(place, "deep", "a")), target)
        assert.strictEqual(readFileSync(join(place, "b"), "utf8"), "b\n")
        assert.strictEqual(JSON.parse(second.stdout).results[0].brought.sentFiles, 0)
      }
    })
  )

  boxed("refuses a file, the top of a file system, and a place where a file is", (box) =>
    onMachine(box, async (home) => {
      box.file("src/b", "b\n")
      const file = await box.run(["sync", "mine", "src/b"])
      assert.strictEqual(file.code, 2)
      assert.match(file.stderr, /is no folder[^]*runctl upload/)
      for (const target of ["/", join(box.project, "src", "b")]) {
        const { code, stdout } = await box.run(["sync", "mine", "src", target, "--json"])
        assert.strictEqual(code, 6)
        const [result] = JSON.parse(stdout).results
        assert.strictEqual(result.error.code, "RUNCTL_E_MACHINE_REFUSED")
        assert.include(result.error.message, target)
      }
      assert.isFalse(existsSync(join(home, "src")))
    })
  )

  boxed("refuses a provider that nobody knows, whatever machines there are", (box) =>
    onMachine(box, async () => {
      for (const words of [
        ["sync", "--all", "--provider", "locale"],
        ["ssh", "--all", "--provider", "locale", "--", "true"]
      ]) {
        const { code, stderr } = await box.run(words)
        assert.strictEqual(code, 2)
        assert.match(stderr, /RUNCTL_E_UNKNOWN_PROVIDER/)
      }
    })
  )
})
