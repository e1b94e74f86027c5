import { assert, it } from "@effect/vitest"
import { edited, isRefused, keyNames, pathNamed, valueFor } from "../src/settings/edit.ts"
import { isBad, readDocument } from "../src/settings/document.ts"
import { asking } from "../src/settings/asking.ts"

const set = (text: string, key: string, value: string) => {
  const path = pathNamed(key)
  const edit = edited("c.yaml", text, path, valueFor(path, value))
  if (isRefused(edit)) throw new Error(edit.map(({ line, message }) => `${line}: ${message}`).join("\n"))
  return edit
}

const commented = `# mine
provider: local # at home

budget:
  # money is short
  day: 20
`

it("setting a value keeps comments, order and everything else", () => {
  const { previous, text } = set(commented, "budget.day", "30")
  assert.strictEqual(text, commented.replace("20", "30"))
  assert.strictEqual(previous, 20)
})

it("setting a value for the first time makes the groups it stands in", () => {
  assert.strictEqual(set("", "budget.day", "30").text, "budget:\n  day: 30\n")
  assert.strictEqual(set(commented, "providers.local.endpoint", "http://x").text.startsWith("# mine\n"), true)
})

it("a file of comments keeps them above what is set", () => {
  assert.strictEqual(set("# mine\n", "provider", "local").text, "# mine\n\nprovider: local\n")
})

it("a value of the wrong kind is refused with its line", () => {
  const path = pathNamed("max-hours")
  const edit = edited("c.yaml", commented, path, valueFor(path, "soon"))
  assert.isTrue(isRefused(edit))
  assert.include(JSON.stringify(edit), "max-hours: expected number")
})

it("a file that was wrong elsewhere is not written, one that is mended is", () => {
  const path = pathNamed("provider")
  assert.isTrue(isRefused(edited("c.yaml", "max-huors: 3\n", path, "local")))
  assert.strictEqual(set("max-hours: [1]\n", "max-hours", "3").text, "max-hours: 3\n")
  assert.isTrue(isRefused(edited("c.yaml", "provider: [local\n", path, "local")))
})

it("an unknown key names the nearest one, a group names its keys", () => {
  assert.throws(() => pathNamed("max-huors"), /"max-hours"/)
  assert.throws(() => pathNamed("budget"), /budget\.run, budget\.project/)
})

it("every key can be named, and a list takes commas", () => {
  for (const name of keyNames) assert.strictEqual(pathNamed(name).join("."), name)
  assert.deepStrictEqual(valueFor(["plugins"], "./a, b"), ["./a", "b"])
  assert.strictEqual(valueFor(["providers", "x", "retries"], "3"), 3)
})

it("a project asks for what runs code or receives a token, and for nothing else", () => {
  const read = readDocument(
    "runctl.yaml",
    "provider: local\nplugins: [./p]\nproviders: { aws: { endpoint: http://x } }\n"
  )
  if (isBad(read)) throw new Error("it reads")
  assert.deepStrictEqual(asking(read, ["runctl-plugin-x"]), [
    { key: "plugins", value: ["./p"] },
    { key: "providers.aws.endpoint", value: "http://x" },
    { key: "dependency", value: "runctl-plugin-x" }
  ])
})
