import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"
import { lacking } from "../../../test/harness/tools.ts"

const skip = lacking("npm", "--version")
const working = 'export const plugin = { api: 1, name: "good", layer: {} }\n'

/** A provider's package in the project, nothing but its description and a module. */
const provider = (box: Box, name: string, module: string, change: Readonly<Record<string, unknown>> = {}): void => {
  const capabilities = {
    spot: "none",
    stop: "nothing",
    idempotency: "name",
    userData: "none",
    endAction: "stopsJobOnly",
    runMode: "machine",
    groupCreate: false
  }
  const credentials = { environment: ["GOOD_TOKEN"], files: ["~/.good"] }
  const runctl = { api: 1, kind: "provider", provider: "./index.js", name, title: name, capabilities, credentials }
  const described = {
    name: `runctl-plugin-${name}`,
    version: "1.2.3",
    type: "module",
    runctl: { ...runctl, ...change }
  }
  box.file(`${name}/package.json`, JSON.stringify(described))
  box.file(`${name}/index.js`, module)
}

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

  boxed("that are wrong in any way never break help, and say what is wrong with them", async (box) => {
    provider(box, "good", working)
    provider(box, "boom", 'throw new Error("it explodes")')
    provider(box, "newer", working, { api: 9, capabilities: "other words" })
    provider(box, "unnamed", working, { effect: undefined })
    box.file("unnamed/package.json", box.read("project", "unnamed", "package.json").replace("runctl-plugin-", "my-"))
    const plugins = ["boom", "good", "newer", "unnamed", "nowhere"].map((name) => join(box.project, name))
    const named = { XDG_CONFIG_HOME: join(box.folder, "conf") }
    box.file("../conf/runctl/config.yaml", `plugins: [${plugins.map((path) => JSON.stringify(path)).join(", ")}]\n`)
    for (const args of [["--help"], ["providers", "--help"], ["train", "--help"], ["--version"]]) {
      const { code, stderr } = await box.run(args, named)
      assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" }, args.join(" "))
    }
    const list = await box.run(["list", "--offline"], named)
    assert.strictEqual(list.code, 0, list.stderr)
    const all = JSON.parse((await box.run(["providers", "list", "--json"], named)).stdout)
    assert.includeMembers(
      all.providers.map(({ name }: { name: string }) => name),
      ["boom", "good", "unnamed", "local"]
    )
    assert.deepStrictEqual(all.broken.map(({ why }: { why: string }) => why).toSorted(), [
      "it speaks version 9 of the contract, this runctl speaks 1. Update runctl.",
      "its package.json cannot be read"
    ])
    const doctor = await box.run(["providers", "doctor", "boom"], { ...named, GOOD_TOKEN: "x" })
    assert.include(doctor.stdout, "it explodes")
    const train = await box.run(["create", "--provider", "boom", "--dry-run"], { ...named, GOOD_TOKEN: "x" })
    assert.strictEqual(train.code, 3, train.stderr)
    assert.match(train.stderr, /it cannot be loaded: it explodes/)
    const newer = await box.run(["providers", "show", "newer"], named)
    assert.strictEqual(newer.code, 3)
    assert.match(newer.stderr, /newer.*config\.yaml:1\).*version 9 of the contract/s)
  })

  boxed("are judged by `providers show`, also before they are installed", async (box) => {
    const show = async (...args: ReadonlyArray<string>) => {
      const { code, stdout } = await box.run(["providers", "show", "--json", ...args])
      return { code, ...JSON.parse(stdout).provider }
    }
    provider(box, "good", working, { effect: "^4.1.0" })
    const good = await show("./good", "--check")
    assert.include(good, { code: 0, contract: 1, effect: "^4.1.0", usable: true, name: "good" })
    assert.deepStrictEqual(good.problems, [])
    assert.deepInclude(good.package, { name: "runctl-plugin-good", version: "1.2.3" })

    provider(box, "boom", 'throw new Error("it explodes")')
    box.file("boom/package.json", box.read("project", "boom", "package.json").replace("runctl-plugin-boom", "boom"))
    const unchecked = await show("./boom")
    assert.strictEqual(unchecked.code, 0, "its code is not opened")
    const boom = await show("./boom", "--check")
    assert.strictEqual(boom.code, 3)
    assert.deepStrictEqual(
      boom.problems.map(({ status }: { status: string }) => status),
      ["fail", "warn", "warn"]
    )
    assert.match(boom.problems[0].message, /it explodes/)
    assert.match(boom.problems[1].message, /does not begin with runctl-plugin-/)
    assert.match(boom.problems[2].message, /does not say which Effect/)

    provider(box, "unbuilt", working, { provider: "./dist/index.js" })
    const unbuilt = await show("./unbuilt", "--check")
    assert.strictEqual(unbuilt.code, 3)
    assert.match(unbuilt.problems[0].message, /is missing/)

    box.file("nothing/package.json", '{"name":"nothing","version":"1.0.0"}')
    const nothing = await box.run(["providers", "show", "./nothing"])
    assert.strictEqual(nothing.code, 3)
    assert.match(nothing.stderr, /is no plugin of a provider/)
  })

  boxed("of the same name stop what would use one of them, and both origins are named", async (box) => {
    provider(box, "good", working)
    const other = box.file("other/package.json", box.read("project", "good", "package.json"))
    box.file("other/index.js", working)
    const conf = { XDG_CONFIG_HOME: join(box.folder, "conf") }
    const both = [join(box.project, "good"), dirname(other)]
    box.file("../conf/runctl/config.yaml", `plugins:\n${both.map((path) => `  - ${path}\n`).join("")}`)
    const list = await box.run(["list"], conf)
    assert.strictEqual(list.code, 3, list.stderr)
    for (const path of both) assert.include(list.stderr, path)
    assert.match(list.stderr, /RUNCTL_E_DUPLICATE_PROVIDER/)
    const listed = await box.run(["providers", "list"], conf)
    assert.strictEqual(listed.code, 0)
    for (const path of both) assert.include(listed.stdout, `${path} (`)
    assert.strictEqual((await box.run(["--help"], conf)).code, 0)
    const same = box.file("../conf/runctl/config.yaml", `plugins:\n${`  - ${both[0]}\n`.repeat(2)}`)
    const once = await box.run(["list", "--json"], conf)
    assert.strictEqual(once.code, 0, `${same}: ${once.stderr}`)
  })

  boxed("are begun by `providers new`, and nothing is overwritten", async (box) => {
    const dry = await box.run(["providers", "new", "acme", "--dry-run", "--json"])
    assert.include(JSON.parse(dry.stdout), { dryRun: true, name: "acme", package: "runctl-plugin-acme" })
    assert.deepStrictEqual(readdirSync(box.project), [])
    const begun = await box.run(["providers", "new", "acme"])
    assert.strictEqual(begun.code, 0, begun.stderr)
    assert.match(begun.stdout, /npm install\n {2}npm test/)
    const shown = JSON.parse((await box.run(["providers", "show", "./runctl-plugin-acme", "--json"])).stdout).provider
    assert.include(shown, { name: "acme", title: "Acme", contract: 1, credentials: "missing" })
    assert.deepStrictEqual(
      shown.problems.map(({ message }: { message: string }) => message),
      ["its module ./dist/index.js is missing: is the package built?"]
    )
    const again = await box.run(["providers", "new", "acme", "--json"])
    assert.strictEqual(again.code, 3)
    assert.match(JSON.parse(again.stdout).error.message, /not empty: nothing was written/)
    for (const [name, advice] of [
      ["Acme Cloud", /acme-cloud/],
      ["local", /Take another name/]
    ] as const) {
      const { code, stderr } = await box.run(["providers", "new", name])
      assert.strictEqual(code, 2, stderr)
      assert.match(stderr, advice)
    }
  })

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
