import { assert, describe, it } from "@effect/vitest"
import { script } from "@runctl/remote/runner/script"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { render } from "../../src/runner/generate.mjs"
import { runner, variants, which } from "./Variants.ts"

const text = fs.readFileSync(runner, "utf8")

describe("the script", () => {
  it("is in script.ts as it is in runner.sh", () => {
    const written = fs.readFileSync(path.join(path.dirname(runner), "script.ts"), "utf8")
    assert.strictEqual(written, render(text), "run `node generate.mjs` in packages/remote/src/runner")
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
