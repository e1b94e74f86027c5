import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"
import { withoutState } from "../../src/sync/withheld.ts"

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "runctl-withheld-"))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

describe("the state of runctl within a project", () => {
  it.each([
    ["state", "/state/"],
    ["deep/.runctl", "/deep/.runctl/"],
    ["odd [name]*", String.raw`/odd \[name\]\*/`]
  ])("is left out at %s by a pattern for that folder alone", (name, pattern) => {
    const project = folder()
    mkdirSync(join(project, name), { recursive: true })
    assert.deepStrictEqual(withoutState(project, join(project, name)), [pattern])
  })

  it("is left out by its real place, where the project is reached by a link", () => {
    const project = folder()
    mkdirSync(join(project, "state"))
    const link = join(folder(), "link")
    symlinkSync(project, link)
    assert.deepStrictEqual(withoutState(link, join(project, "state")), ["/state/"])
  })

  it("needs no rule where it is elsewhere", () => {
    assert.deepStrictEqual(withoutState("/project", "/home/state"), [])
  })
})
