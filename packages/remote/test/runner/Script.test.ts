import { assert, describe, it } from "@effect/vitest"
import { script } from "@runctl/remote/runner/script"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { runner, variants, which } from "./Variants.ts"

const text = fs.readFileSync(runner, "utf8")

describe("the script", () => {
  it("is in script.ts as it is in runner.sh", () => {
    const generator = fileURLToPath(new URL("../../scripts/generateRunner.mjs", import.meta.url))
    const { status, stderr } = spawnSync(process.execPath, [generator, "--check"], { encoding: "utf8" })
    assert.strictEqual(status, 0, stderr)
    assert.strictEqual(script, text)
  })

  for (const { name, missing } of variants.filter(({ missing }) => missing !== undefined)) {
    it.skip(`runs under ${name} (skipped: there is no ${missing} here)`)
  }

  const shellcheck = which("shellcheck")
  it.skipIf(shellcheck === undefined)(
    `is clean for shellcheck${shellcheck ? "" : " (skipped: it is not here)"}`,
    () => {
      assert.strictEqual(spawnSync("shellcheck", ["-s", "sh", runner], { encoding: "utf8" }).stdout, "")
    }
  )
})
