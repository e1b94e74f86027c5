import { filesFor } from "create-runctl-provider/Template"
import { isMistake, parse, type ProviderName } from "create-runctl-provider/ProviderName"
import { begin } from "create-runctl-provider/Scaffold"
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, assert, beforeEach, describe, it } from "vitest"

const repository = fileURLToPath(new URL("../../..", import.meta.url))
const example = join(repository, "examples", "runctl-plugin-fernhill")

const nameOf = (text: string): ProviderName => {
  const name = parse(text)
  if (isMistake(name)) throw new Error(name.message)
  return name
}

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runctl-new-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("the template", () => {
  it("is the example as it stands", () => {
    execFileSync(process.execPath, [
      join(repository, "packages/create-runctl-provider/scripts/generateTemplate.mjs"),
      "--check"
    ])
    for (const { content, path } of filesFor(nameOf("fernhill"), "0.0.0")) {
      const original = [path, path.replace(".test.ts", ".heavy.test.ts")].find((each) =>
        existsSync(join(example, each))
      )
      const text = readFileSync(join(example, original ?? path), "utf8")
      assert.strictEqual(content.replaceAll('"^0.0.0"', '"0.0.0"'), text, path)
    }
  })

  it("has the new name in every form, and no trace of the old one", () => {
    const files = filesFor(nameOf("acme-cloud"), "3.4.5")
    const whole = files.map(({ content, path }) => `${path}\n${content}`).join("\n")
    assert.notMatch(whole, /fernhill/i)
    assert.notInclude(whole, "RUNCTL_VERSION")
    const described = JSON.parse(files.find(({ path }) => path === "package.json")?.content ?? "")
    assert.strictEqual(described.name, "runctl-plugin-acme-cloud")
    assert.include(described.runctl, { api: 1, name: "acme-cloud", title: "Acme Cloud" })
    assert.deepStrictEqual(described.runctl.credentials.environment, ["ACME_CLOUD_TOKEN"])
    assert.include(described.devDependencies, { "@runctl/core": "^3.4.5", "@runctl/testkit": "^3.4.5" })
    assert.isUndefined(described.dependencies, "a plugin brings everything in its one file")
    assert.include(whole, "RUNCTL_ACME_CLOUD_ENDPOINT")
  })
})

describe("a new plugin", () => {
  it("is written whole into a folder that is not there, or empty", () => {
    const target = join(folder, "deep", "er")
    const begun = begin({ name: nameOf("acme"), folder: target, version: "1.0.0", isDryRun: false })
    assert.sameMembers(
      [...begun.files],
      readdirSync(target, { recursive: true, encoding: "utf8" }).filter((each) => /\.\w+$/.test(each))
    )
    assert.deepStrictEqual(readdirSync(join(folder, "deep")), ["er"], "nothing is left beside it")
    const empty = join(folder, "empty")
    mkdirSync(empty)
    begin({ name: nameOf("acme"), folder: empty, version: "1.0.0", isDryRun: false })
    assert.isTrue(existsSync(join(empty, "src", "Provider.ts")))
  })

  it("never takes the place of what is there", () => {
    writeFileSync(join(folder, "mine"), "mine")
    for (const target of [folder, join(folder, "mine")]) {
      for (const isDryRun of [false, true]) {
        const wanted = { name: nameOf("acme"), folder: target, version: "1.0.0", isDryRun }
        assert.throws(() => begin(wanted), /is there already, and not empty: nothing was written/)
      }
    }
    assert.deepStrictEqual(readdirSync(folder), ["mine"])
    assert.strictEqual(readFileSync(join(folder, "mine"), "utf8"), "mine")
  })

  it("is only talked about in a dry run", () => {
    const begun = begin({ name: nameOf("acme"), folder: join(folder, "new"), version: "1.0.0", isDryRun: true })
    assert.isTrue(begun.dryRun)
    assert.include(begun.files, "src/Provider.ts")
    assert.deepStrictEqual(readdirSync(folder), [])
  })
})
