import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import { boxed } from "../../../test/harness/boxed.ts"

describe.concurrent("config", () => {
  boxed("set writes the user's file for the user alone, and show names its line", async (box) => {
    const set = await box.run(["config", "set", "budget.day", "20", "--json"])
    assert.strictEqual(set.code, 0, set.stderr)
    const file = join(box.folder, "user", ".config", "runctl", "config.yaml")
    assert.include(JSON.parse(set.stdout), { file, key: "budget.day", value: 20, previous: null, dryRun: false })
    assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    const show = await box.run(["config", "show", "budget", "--json"], { RUNCTL_BUDGET_RUN: "3" })
    assert.deepStrictEqual(JSON.parse(show.stdout).values, [
      { key: "budget.day", value: 20, origin: `${file}:2`, trusted: true },
      { key: "budget.run", value: 3, origin: "RUNCTL_BUDGET_RUN", trusted: true }
    ])
  })

  boxed("set with --dry-run, and set of something wrong, write nothing", async (box) => {
    const file = join(box.project, "runctl.yaml")
    assert.strictEqual((await box.run(["config", "set", "grace", "1m", "--project", "--dry-run"])).code, 0)
    const wrong = await box.run(["config", "set", "grace", "soon", "--project"])
    assert.strictEqual(wrong.code, 3, wrong.stderr)
    assert.match(wrong.stderr, /grace: expected a time such as/)
    const unknown = await box.run(["config", "set", "grase", "1m"])
    assert.strictEqual(unknown.code, 2)
    assert.match(unknown.stderr, /"grace"/)
    assert.isFalse(existsSync(file))
  })

  boxed("set says when another place says otherwise", async (box) => {
    const { stderr } = await box.run(["config", "set", "grace", "1m"], { RUNCTL_GRACE: "5s" })
    assert.match(stderr, /RUNCTL_GRACE says otherwise/)
  })

  boxed("validate takes one file, and names every mistake in it", async (box) => {
    box.file("good.yaml", "grace: 1m\n")
    box.file("bad.yaml", "grace: 1m\nhodl: 2h\nmax-hours: many\n")
    assert.strictEqual((await box.run(["config", "validate", "good.yaml"])).code, 0)
    const { code, stderr } = await box.run(["config", "validate", "bad.yaml"])
    assert.strictEqual(code, 3)
    assert.match(stderr, /bad\.yaml:2: .*"hold"/)
    assert.match(stderr, /bad\.yaml:3: max-hours/)
  })
})

describe.concurrent("trust", () => {
  const asking = "providers:\n  local:\n    endpoint: http://127.0.0.1:9\n"

  boxed("holds for exactly the text that was shown, until it changes or is taken back", async (box) => {
    box.file("runctl.yaml", asking)
    const counts = async (): Promise<boolean> =>
      JSON.parse((await box.run(["config", "show", "providers", "--json"])).stdout).values[0].trusted
    assert.isFalse(await counts())
    const unasked = await box.run(["trust"])
    assert.strictEqual(unasked.code, 2)
    assert.match(unasked.stdout, /providers\.local\.endpoint +http:\/\/127/)
    assert.isFalse(await counts())
    assert.strictEqual((await box.run(["trust", "--yes"])).code, 0)
    assert.isTrue(await counts())
    box.file("runctl.yaml", `${asking}# changed\n`)
    assert.isFalse(await counts())
    const list = await box.run(["trust", "--list", "--json"])
    assert.deepStrictEqual(
      JSON.parse(list.stdout).files.map(({ state }: { state: string }) => state),
      ["changed"]
    )
    await box.run(["trust", "--yes"])
    assert.isTrue(await counts())
    assert.strictEqual((await box.run(["trust", "--remove"])).code, 0)
    assert.isFalse(await counts())
  })

  boxed("changes nothing with --dry-run, and refuses a project without a file", async (box) => {
    assert.strictEqual((await box.run(["trust", "--yes"])).code, 2)
    box.file("runctl.yaml", asking)
    assert.strictEqual((await box.run(["trust", "--yes", "--dry-run"])).code, 0)
    assert.deepStrictEqual(JSON.parse((await box.run(["trust", "--list", "--json"])).stdout), { files: [] })
  })
})
