import { assert, describe, it } from "@effect/vitest"
import { Capabilities } from "@runctl/core/Capabilities"
import { isRetryable, Reason } from "@runctl/core/ProviderError"
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const read = (file: string): string => readFileSync(`${root}${file}`, "utf8")

interface Excerpt {
  readonly page: string
  readonly file: string
  readonly text: string
}

const excerptsIn = (page: string): ReadonlyArray<Excerpt> =>
  [...read(page).matchAll(/^<!-- from: (\S+) -->\n```\w*\n([\s\S]*?)\n```$/gm)].map(([, file = "", text = ""]) => ({
    page,
    file,
    text
  }))

/** Whether the lines stand together somewhere in the file. */
const holds = (file: string, text: string): boolean => `\n${read(file)}\n`.includes(`\n${text}\n`)

const pages = globSync("docs/*.md", { cwd: root }).toSorted()
const excerpts = pages.flatMap(excerptsIn)

describe("a block that names a file is cut from it", () => {
  for (const { file, page, text } of excerpts) {
    it(`${page}: ${file}: ${text.split("\n")[0]}`, () => {
      assert.isTrue(holds(file, text), `the lines are not in ${file}:\n${text}`)
    })
  }

  it("every mark is followed by a block", () => {
    const marks = pages.flatMap((page) => [...read(page).matchAll(/<!-- from: /g)])
    assert.strictEqual(excerpts.length, marks.length)
    assert.isAbove(marks.length, 10)
  })

  it("lines that stand nowhere are seen", () => {
    assert.isTrue(holds("plugins/local/src/index.ts", " * Trains on this computer."))
    assert.isFalse(holds("plugins/local/src/index.ts", "Trains on this computer"))
  })
})

describe("the guide for authors of providers", () => {
  const guide = read("docs/writing-a-provider.md")

  it("marks every block of code, but for those that pages.test.ts runs", () => {
    const blocks = [...guide.matchAll(/^```(?!sh$|yaml$|text$)\w+$/gm)].length
    assert.strictEqual(blocks, excerptsIn("docs/writing-a-provider.md").length)
  })

  it("names every reason, and whether it is repeated", () => {
    for (const { fields } of Reason.members) {
      const reason = fields._tag.schema.literal
      const row = new RegExp(String.raw`^\| \`${reason}\` \|.*\| (\w+)`, "m").exec(guide)
      assert.strictEqual(row?.[1], isRetryable({ _tag: reason }) ? "yes" : "no", reason)
    }
  })

  it("explains every capability", () => {
    for (const name of Object.keys(Capabilities.fields)) assert.include(guide, `| \`${name}\` |`)
  })

  it("speaks of every member that an author writes", () => {
    const contract = read("packages/core/src/TrainingProvider.ts")
    const renting = /export interface Renting \{([\s\S]*?)\n\}/.exec(contract)?.[1] ?? ""
    const members = [...renting.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = ""]) => name)
    assert.isAbove(members.length, 12)
    for (const name of members) assert.include(guide, `\`${name}\``)
  })
})
