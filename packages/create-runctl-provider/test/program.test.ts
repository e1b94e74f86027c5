import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterEach, assert, beforeEach, describe, it } from "vitest"

const program = fileURLToPath(new URL("../src/internal/program.ts", import.meta.url))

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runctl-create-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The sources, as `bin/create.js` runs what is built from them. */
const create = (...args: ReadonlyArray<string>) => {
  const script = `import(${JSON.stringify(pathToFileURL(program).href)}).then(({ main }) => main(process.argv.slice(1)))`
  return spawnSync(process.execPath, ["--eval", script, "--", ...args], { cwd: folder, encoding: "utf8" })
}

describe("npm create runctl-provider", () => {
  it("begins a plugin and says how to go on", () => {
    const { status, stderr, stdout } = create("acme")
    assert.deepStrictEqual({ status, stderr }, { status: 0, stderr: "" })
    assert.match(stdout, /runctl-plugin-acme is in .*\n\nNext:\n {2}cd .*\n {2}npm install\n {2}npm test/)
    assert.isTrue(existsSync(join(folder, "runctl-plugin-acme", "package.json")))
    const again = create("acme")
    assert.strictEqual(again.status, 2)
    assert.match(again.stderr, /is there already, and not empty: nothing was written\n {2}Try: Give another folder/)
  })

  it("answers JSON, and writes nothing in a dry run", () => {
    const dry = create("acme", "--dry-run", "--json", "--dir", "there")
    assert.include(JSON.parse(dry.stdout), { dryRun: true, name: "acme", folder: join(folder, "there") })
    assert.deepStrictEqual(readdirSync(folder), [])
    const bad = create("Acme Cloud", "--json")
    assert.strictEqual(bad.status, 2)
    assert.match(JSON.parse(bad.stdout).error.message, /no name for a provider/)
    assert.strictEqual(JSON.parse(bad.stdout).error.advice, 'Try "acme-cloud".')
  })

  it("explains itself, and refuses what it does not understand", () => {
    assert.match(create("--help").stdout, /USAGE[\s\S]*EXAMPLES/)
    for (const [args, why] of [
      [[], /how is the provider to be called/],
      [["a", "b"], /only one name/],
      [["aws"], /already is a provider "aws"/],
      [["acme", "--force"], /--force/]
    ] as const) {
      const { status, stderr } = create(...args)
      assert.strictEqual(status, 2, stderr)
      assert.match(stderr, why)
    }
  })
})
