import { readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe } from "vitest"
import { boxed } from "../../../test/harness/boxed.ts"
import { provider, working } from "../pluginPackages.ts"

describe.concurrent("plugins", () => {
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
})
