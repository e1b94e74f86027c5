import { globSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { assert, describe, it } from "vitest"
import { anchorsIn, linksIn } from "./markdown.ts"
import { documented } from "./page.ts"
import { exists, read, root } from "./repository.ts"

const all = globSync(["*.md", "docs/**/*.md", "examples/*.md"], { cwd: root, exclude: ["**/node_modules/**"] })
const pages = all.toSorted()

/** Pages with a test file of their own, so that they run side by side. */
const apart: ReadonlySet<string> = new Set([
  "README.md",
  "docs/guide.md",
  "docs/library.md",
  "docs/prices.md",
  "examples/README.md"
])

const isOfDocs = (page: string): boolean => page.startsWith("docs/") && !apart.has(page)

for (const page of pages.filter(isOfDocs)) documented(page)

/** Why a link leads nowhere; `undefined` when it leads somewhere. */
const broken = (page: string, target: string): string | undefined => {
  const [path = "", anchor] = target.split("#", 2)
  const file = path === "" ? page : normalize(join(dirname(page), path))
  if (!exists(file)) return `there is no ${file}`
  if (anchor === undefined || anchorsIn(read(file)).has(anchor)) return undefined
  return `${file} has no heading #${anchor}`
}

describe("links", () => {
  it("are found", () => {
    assert.includeMembers([...pages], [...apart])
    assert.isAbove(linksIn(read("README.md")).length, 5)
  })

  for (const page of pages) {
    it(`of ${page} lead somewhere`, () => {
      const bad = linksIn(read(page)).flatMap(({ line, target }) => {
        const why = broken(page, target)
        return why === undefined ? [] : [`${page}:${line}: ${target}: ${why}`]
      })
      assert.deepStrictEqual(bad, [])
    })
  }
})
