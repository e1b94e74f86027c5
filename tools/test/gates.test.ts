import { assert, it } from "@effect/vitest"
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import { repository, type Verdict } from "../gates/Gate.ts"
import { gates } from "../gates/gates.ts"
import { planted, unformed, violations } from "./violations.ts"
import { makeTree } from "./tree.ts"

const hasGit = spawnSync("git", ["--version"]).status === 0

/** All gates over one tree: those that wait for others come later in the list. */
const verdicts = async (root: string): Promise<ReadonlyMap<string, Verdict>> => {
  const found = new Map<string, Verdict>()
  for (const gate of gates) found.set(gate.name, await gate.run(root))
  return found
}

const check = (...args: ReadonlyArray<string>): { readonly status: number | null; readonly stdout: string } =>
  spawnSync(process.execPath, [path.join(repository, "tools/check.ts"), ...args], { encoding: "utf8" })

describe.skipIf(!hasGit)("the gates (skipped where git is missing)", () => {
  const trees: Array<string> = []
  let clean: ReadonlyMap<string, Verdict> = new Map()
  let red: ReadonlyMap<string, Verdict> = new Map()
  let cleanRoot = ""
  let redRoot = ""

  beforeAll(async () => {
    cleanRoot = makeTree()
    redRoot = makeTree(planted, unformed)
    trees.push(cleanRoot, redRoot)
    ;[clean, red] = await Promise.all([verdicts(cleanRoot), verdicts(redRoot)])
  }, 240_000)

  afterAll(() => {
    for (const tree of trees) fs.rmSync(tree, { recursive: true, force: true })
  })

  it.each(gates.map(({ name }) => name))("%s is green on a clean tree", (name) => {
    const { detail, status } = clean.get(name) ?? { detail: "it did not run", status: "failed" }
    assert.notStrictEqual(status, "failed", detail)
  })

  it.for(violations)("$gate goes red on $what", ({ gate, says }, { skip }) => {
    const { detail, status } = red.get(gate) ?? { detail: "", status: "ok" }
    skip(status === "left out", detail)
    assert.strictEqual(status, "failed")
    assert.match(detail, says)
  })

  it.each(violations.filter(({ files }) => Object.keys(files).length > 0))(
    "no other gate complains of $what",
    ({ also = [], files, gate }) => {
      const complaining = [...red]
        .filter(([name, { detail }]) => name !== gate && Object.keys(files).some((file) => detail.includes(file)))
        .map(([name]) => name)
      assert.sameMembers(complaining, [...also])
    }
  )

  it("has a planted violation for every gate", () => {
    assert.sameMembers(
      [...new Set(violations.map(({ gate }) => gate))],
      gates.map(({ name }) => name)
    )
  })

  it("exits with 1 and the details of what failed, with 0 otherwise, with 2 for an unknown gate", () => {
    const bad = check("--root", redRoot, "format", "docs")
    const good = check("--root", cleanRoot, "format", "docs")
    assert.deepStrictEqual([bad.status, good.status, check("nothing").status], [1, 0, 2])
    assert.include(bad.stdout, "Ugly.ts")
    assert.match(good.stdout, /^format +ok/m)
  })

  it("leaves the changesets out, and says so, where there is no base branch", async () => {
    const root = makeTree()
    trees.push(root)
    execFileSync("git", ["branch", "--quiet", "--delete", "--force", "main"], { cwd: root })
    const verdict = await gates.find(({ name }) => name === "changesets")?.run(root)
    assert.deepStrictEqual(verdict, { status: "left out", detail: "no base branch to compare with" })
  })
})
