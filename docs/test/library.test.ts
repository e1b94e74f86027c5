import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { assert, describe, it } from "vitest"
import { documented } from "./page.ts"
import { root } from "./repository.ts"

documented("docs/library.md", { brings: ["docs"] })

describe("the examples of the library", () => {
  it("have no type errors", { timeout: 60_000 }, () => {
    const tsc = join(root, "node_modules", ".bin", "tsc")
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` }
    const { status, stdout } = spawnSync(tsc, ["-p", "docs/examples", "--noEmit"], { cwd: root, env, encoding: "utf8" })
    // Packages are read as sources; what is wrong in there is another gate's business.
    const wrong = stdout.split("\n").filter((line) => line !== "" && !/^(packages|plugins)\/|^\s/.test(line))
    assert.deepStrictEqual(wrong, [])
    assert.isNumber(status)
  })
})
