import { assert, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { variables } from "../../src/train/environment.ts"

const cwd = mkdtempSync(join(tmpdir(), "runctl-env-"))
writeFileSync(join(cwd, ".env"), "TOKEN=from-file\n# a comment\nQUOTED='two words'\n")

const read = (env: ReadonlyArray<string>, files: ReadonlyArray<string> = []) => {
  const { plain, secrets } = variables({ env, files }, { TOKEN: "from-shell", EMPTY: "" }, cwd)
  return { plain, secrets: Object.fromEntries([...secrets].map(([name, value]) => [name, Redacted.value(value)])) }
}

it("a name alone is a secret from the environment, a value on the command line is none", () => {
  assert.deepStrictEqual(read(["TOKEN", "LEVEL=3=x", "EMPTY"]), {
    plain: { LEVEL: "3=x" },
    secrets: { TOKEN: "from-shell", EMPTY: "" }
  })
})

it("what a file says is secret, and the command line counts more", () => {
  assert.deepStrictEqual(read([], [".env"]).secrets, { TOKEN: "from-file", QUOTED: "two words" })
  assert.deepStrictEqual(read(["TOKEN=open"], [".env"]), { plain: { TOKEN: "open" }, secrets: { QUOTED: "two words" } })
  assert.deepStrictEqual(read(["TOKEN"], [".env"]).secrets["TOKEN"], "from-shell")
})

it("a variable that is not set, a file that is not there and a name that is none are named", () => {
  assert.throws(() => read(["MISSING"]), /MISSING is not set/)
  assert.throws(() => read([], ["none.env"]), /none\.env/)
  for (const wrong of ["=x", "A-B=1", "1A"]) assert.throws(() => read([wrong]), /--env/)
})

it("a secret's value is in no message and no text", () => {
  const { secrets } = variables({ env: ["TOKEN"], files: [] }, { TOKEN: "hunter2" }, cwd)
  assert.notInclude(`${JSON.stringify([...secrets])} ${[...secrets.values()].map(String).join()}`, "hunter2")
})
