import { mkdirSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"
import { withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { onHosts } from "../hosts.ts"

const onMachine = async (box: Box, body: (home: string) => Promise<void>): Promise<void> => {
  assert.strictEqual((await box.run(["create", "--provider", "local", "--name", "mine"])).code, 0)
  await body(join(box.machineFolders[0] ?? assert.fail("there is no machine"), "home"))
  assert.strictEqual((await box.run(["terminate", "mine", "--yes"])).code, 0)
}

const sentIn = (stdout: string): unknown => JSON.parse(stdout).results[0].files

describe.concurrent("places on a machine", () => {
  boxed(
    "are those that are named, absolute ones and ones with .. too, and are known again",
    (box) =>
      onMachine(box, async (home) => {
        const elsewhere = join(box.folder, "else where")
        mkdirSync(elsewhere)
        symlinkSync(elsewhere, join(home, "link"))
        box.file("src/deep/a", "a\n")
        box.file("src/large", Buffer.alloc(9 * 1024 * 1024, "x"))
        for (const [target, place] of [
          [join(box.folder, "absolute", "ü"), join(box.folder, "absolute", "ü")],
          ["../beside", join(home, "..", "beside")],
          ["new/../other", join(home, "other")],
          ["./-dash", join(home, "-dash")],
          ["it's $HOME", join(home, "it's $HOME")],
          ["link", elsewhere],
          [".", home]
        ] as const) {
          const looked = await box.run(["sync", "mine", "src", target, "--json", "--dry-run"])
          assert.strictEqual(looked.code, 0, `${target}: ${looked.stdout}${looked.stderr}`)
          const first = await box.run(["sync", "mine", "src", target, "--json"])
          assert.strictEqual(first.code, 0, `${target}: ${first.stdout}${first.stderr}`)
          assert.strictEqual(readFileSync(join(place, "deep", "a"), "utf8"), "a\n", target)
          assert.strictEqual(readFileSync(join(place, "large"), "utf8").length, 9 * 1024 * 1024, target)
          const second = await box.run(["sync", "mine", "src", target, "--json"])
          assert.deepStrictEqual(
            [sentIn(looked.stdout), sentIn(first.stdout), sentIn(second.stdout)],
            [2, 2, 0],
            target
          )
        }
        for (const target of [join(box.folder, "absolute", "one"), "../one", "plain/one"]) {
          const up = await box.run(["upload", "mine", "src/deep/a", target])
          assert.strictEqual(up.code, 0, up.stderr)
          assert.strictEqual(readFileSync(join(target.startsWith("/") ? "" : home, target), "utf8"), "a\n")
        }
      }),
    { timeout: 90_000 }
  )

  boxed(
    "are the same behind SSH",
    (box) =>
      onHosts(box, ["one"], async ([host]) => {
        box.file("src/deep/a", "a\n")
        for (const [target, place] of [
          [join(box.folder, "absolute"), join(box.folder, "absolute")],
          ["../beside", join(host?.home ?? "", "..", "beside")]
        ] as const) {
          for (const files of [1, 0]) {
            const { code, stdout } = await box.run(["sync", "one", "src", target, "--json"])
            assert.deepStrictEqual([code, sentIn(stdout)], [0, files], stdout)
          }
          assert.strictEqual(readFileSync(join(place, "deep", "a"), "utf8"), "a\n")
        }
      }),
    { skip: withoutSshd }
  )

  boxed("where a file is take no folder, and that is said in the machine's own words", (box) =>
    onMachine(box, async () => {
      box.file("src/b", "b\n")
      const target = join(box.project, "src", "b")
      const { code, stdout } = await box.run(["sync", "mine", "src", target, "--json"])
      assert.strictEqual(code, 6)
      const [{ error }] = JSON.parse(stdout).results
      assert.strictEqual(error.code, "RUNCTL_E_MACHINE_REFUSED")
      assert.match(error.message, /File exists|Not a directory/)
    })
  )

  boxed("of a provider that nobody knows are refused, whatever machines there are", (box) =>
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
