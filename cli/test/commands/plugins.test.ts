import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"
import { lacking } from "../../../test/harness/tools.ts"
import { provider, working } from "../pluginPackages.ts"

const skip = lacking("npm", "--version")
const installedIn = async (box: Box): Promise<ReadonlyArray<string>> =>
  JSON.parse((await box.run(["plugins", "list", "--json"])).stdout)
    .plugins.filter(({ origin }: { origin: string }) => origin === "installed")
    .map(({ name, problem }: { name: string; problem: string | null }) => problem ?? name)

const data = (box: Box): string => join(box.folder, "user", ".local", "share", "runctl")

describe.concurrent("plugins", () => {
  boxed(
    "of a provider are installed, listed, replaced by what changed, and removed",
    async (box) => {
      provider(box, "good", working)
      const install = await box.run(["plugins", "install", "./good", "--json"])
      assert.strictEqual(install.code, 0, install.stderr)
      assert.include(JSON.parse(install.stdout).plugin, {
        name: "runctl-plugin-good",
        version: "1.2.3",
        kind: "provider"
      })
      const show = await box.run(["providers", "show", "good", "--json"], { GOOD_TOKEN: "a secret" })
      assert.notInclude(show.stdout, "a secret")
      assert.deepStrictEqual(JSON.parse(show.stdout).provider.lookedFor, [
        { kind: "environment", name: "GOOD_TOKEN", found: true },
        { kind: "file", name: "~/.good", found: false }
      ])
      provider(box, "good", "export const plugin = 1\n")
      const worse = await box.run(["plugins", "install", "./good"])
      assert.strictEqual(worse.code, 3, worse.stderr)
      assert.match(worse.stderr, /exports no `plugin`/)
      provider(box, "good", `${working}// again\n`)
      assert.strictEqual((await box.run(["plugins", "install", "./good"])).code, 0)
      const module = join(data(box), "plugins", "node_modules", "runctl-plugin-good", "index.js")
      assert.include(box.read(module.slice(box.folder.length)), "again")
      const removed = await box.run(["plugins", "uninstall", "good"])
      assert.strictEqual(removed.code, 0, removed.stderr)
      assert.deepStrictEqual(await installedIn(box), [])
      assert.isFalse(existsSync(dirname(module)))
    },
    { skip }
  )

  boxed(
    "that are broken or do not fit are refused, and what was there stays",
    async (box) => {
      provider(box, "good", working)
      assert.strictEqual((await box.run(["plugins", "install", "./good"])).code, 0)
      provider(box, "boom", 'throw new Error("it explodes")')
      provider(box, "hangs", "await new Promise(() => {})")
      provider(box, "newer", working, { api: 9 })
      provider(box, "local", working)
      provider(box, "odd", working, { capabilities: {} })
      provider(box, "older", working, { effect: "^3.0.0" })
      provider(box, "other", working)
      provider(box, "early", "process.exit(0)")
      provider(box, "unbuilt", working, { provider: "./dist/index.js" })
      provider(box, "away", working, { provider: "../good/index.js" })
      box.file("nothing/package.json", '{"name":"nothing","version":"1.0.0"}')
      const refusals = {
        boom: /it explodes/,
        hangs: /cannot be loaded/,
        newer: /version 9 of the contract/,
        local: /already is a provider "local" \(bundled\)/,
        odd: /its manifest is wrong/,
        older: /it wants Effect \^3\.0\.0, this runctl has 4/,
        other: /named "good", its package\.json says "other"/,
        early: /ends the process while it is loaded/,
        unbuilt: /dist\/index\.js is missing: is the package built/,
        away: /outside the package/,
        nothing: /it is no plugin/
      }
      for (const [name, why] of Object.entries(refusals)) {
        const { code, stderr } = await box.run(["plugins", "install", `./${name}`])
        assert.strictEqual(code, 3, stderr)
        assert.match(stderr, why)
        assert.match(stderr, /RUNCTL_E_PLUGIN/)
      }
      assert.deepStrictEqual(await installedIn(box), ["runctl-plugin-good"])
      assert.deepStrictEqual(
        readdirSync(join(data(box), "plugins", "node_modules")).filter((name) => !name.startsWith(".")),
        ["runctl-plugin-good"]
      )
      assert.sameMembers(readdirSync(data(box)), ["package.json", "plugins"])
    },
    { skip, timeout: 120_000 }
  )

  boxed(
    "of commands add them to runctl, and may not hide its own",
    async (box) => {
      const command = (says: string): string => `export default class { static id = "x"; static summary = "greet"
        static args = {}; static flags = {}; static aliases = []; static hiddenAliases = []
        static async run() { console.log("${says}") } }\n`
      const described = { name: "greeting", version: "0.1.0", type: "module", oclif: { commands: "./commands" } }
      box.file("greeting/package.json", JSON.stringify(described))
      box.file("greeting/commands/hello.js", command("hello from afar"))
      const tarball = spawnSync("npm", ["pack", "./greeting", "--silent"], { cwd: box.project, encoding: "utf8" })
      assert.strictEqual(tarball.status, 0, tarball.stderr)
      const install = await box.run(["plugins", "install", tarball.stdout.trim()])
      assert.strictEqual(install.code, 0, install.stderr)
      assert.match(install.stdout, /greeting 0\.1\.0 is there: commands hello/)
      assert.strictEqual((await box.run(["hello"])).stdout, "hello from afar\n")
      assert.match((await box.run(["completion", "bash"])).stdout, /hello/)
      box.file("hiding/package.json", JSON.stringify({ ...described, name: "hiding" }))
      box.file("hiding/commands/train.js", command("not training"))
      const hiding = await box.run(["plugins", "install", "./hiding"])
      assert.strictEqual(hiding.code, 3)
      assert.match(hiding.stderr, /its own command train/)
      assert.strictEqual((await box.run(["plugins", "uninstall", "greeting"])).code, 0)
      assert.strictEqual((await box.run(["hello"])).code, 2)
    },
    { skip }
  )

  boxed("need npm, and say so", async (box) => {
    provider(box, "good", working)
    const { code, stderr } = await box.run(["plugins", "install", "./good"], { PATH: "/nonexistent" })
    assert.strictEqual(code, 3)
    assert.match(stderr, /npm is not installed/i)
    assert.deepStrictEqual(await installedIn(box), [])
  })

  boxed("that nobody has, and words that are no plugin, are refused with what was meant", async (box) => {
    assert.strictEqual((await box.run(["plugins", "uninstall", "nobody"])).code, 2)
    assert.strictEqual((await box.run(["plugins", "install", "./nowhere"])).code, 2)
    assert.strictEqual((await box.run(["plugins", "install", "--", "--global"])).code, 2)
    provider(box, "good", working)
    const dry = await box.run(["plugins", "install", "./good", "--dry-run", "--json"])
    assert.include(JSON.parse(dry.stdout), { dryRun: true, plugin: null })
    assert.isFalse(existsSync(data(box)))
  })
})
