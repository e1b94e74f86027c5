import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { linksIn } from "./markdown.ts"
import { exists, read, root } from "./repository.ts"

/** What a cloud is asked to do, as the contract has it. */
const operations: ReadonlyArray<string> = [
  "offers",
  "estimateCost",
  "billing",
  "createResource",
  "getResource",
  "listResources",
  "companions",
  "startResource",
  "stopResource",
  "terminate",
  "endpoint",
  "endActionScript",
  "preemptionProbe",
  "preemptionEvidence",
  "diagnose"
]

/** What the contract has besides: words about the cloud, and nothing that it does. */
const words: ReadonlySet<string> = new Set(["name", "capabilities", "login", "opensByKey"])

/** Nobody rents these out. */
const hosts: ReadonlySet<string> = new Set(["local", "ssh"])

/** The plugins for clouds: an empty one, which nothing is said of yet, has no tests. */
const clouds = readdirSync(join(root, "plugins")).filter(
  (plugin) => !hosts.has(plugin) && exists(`plugins/${plugin}/test`)
)

const heading = "\n## What was verified\n"

interface Verified {
  readonly rows: ReadonlyArray<readonly [operation: string, against: string, on: string]>
  /** The prose around the table. */
  readonly prose: string
}

/** The section of a page, to the next one or the end. */
const verifiedIn = (page: string): Verified | undefined => {
  const section = page.split(heading)[1]?.split(/\n## /)[0]
  if (section === undefined) return undefined
  const lines = section.split("\n")
  const cells = lines
    .filter((line) => /^\|.*\|$/.test(line.trim()))
    .map((line) =>
      line
        .trim()
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim())
    )
  const rows = cells.slice(2).map(([operation = "", against = "", on = ""]) => [operation, against, on] as const)
  return { rows, prose: lines.filter((line) => !line.startsWith("|")).join("\n") }
}

const wrongIn = (page: string): ReadonlyArray<string> => {
  const found = verifiedIn(page)
  if (found === undefined) return [`it has no section "${heading.trim()}"`]
  const { prose, rows } = found
  const times = (operation: string) => rows.filter(([name]) => name === operation).length
  return [
    ...operations.filter((operation) => times(operation) !== 1).map((each) => `${each} has ${times(each)} rows`),
    ...rows.flatMap(([name, against, on]) => [
      ...(operations.includes(name) ? [] : [`"${name}" is no operation`]),
      ...(against.length > 5 ? [] : [`"${name}" says not what it was verified against`]),
      ...(/^\d{4}-\d{2}-\d{2}$/.test(on) && !Number.isNaN(Date.parse(on)) ? [] : [`"${name}" has no date: "${on}"`])
    ]),
    ...(/\b(never|nothing|none|nobody|not)\b/i.test(prose) && /\breal\b/i.test(prose)
      ? []
      : ["it does not say what has never met the real cloud"])
  ]
}

describe("what was verified", () => {
  it("is asked of every operation of the contract", () => {
    const contract = read("packages/core/src/TrainingProvider.ts")
      .split("export interface Renting {")[1]
      ?.split("\n}")[0]
    const members = [...(contract ?? "").matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = ""]) => name)
    assert.isAbove(members.length, 15)
    assert.sameMembers(
      members.filter((name) => !words.has(name)),
      [...operations]
    )
  })

  it("is missing where a row, its date or its words are", () => {
    const rows = operations.map((name) => `| ${name} | does not exist there | 2026-11-27 |`)
    const page = (table: ReadonlyArray<string>, end = "Nothing has ever met the real one.") =>
      [
        "# A",
        "",
        "## What was verified",
        "",
        "| operation | verified against | on |",
        "| --- | --- | --- |",
        ...table,
        "",
        end
      ].join("\n")
    assert.deepStrictEqual(wrongIn(page(rows)), [])
    assert.deepStrictEqual(wrongIn(page(rows.slice(1))), ["offers has 0 rows"])
    assert.deepStrictEqual(wrongIn(page([...rows, rows[3] ?? ""])), ["createResource has 2 rows"])
    assert.lengthOf(wrongIn(page([...rows.slice(1), "| offers | | soon |"])), 2)
    assert.deepStrictEqual(wrongIn(page([...rows, "| fly | recorded answers | 2026-11-27 |"])), [
      '"fly" is no operation'
    ])
    assert.lengthOf(wrongIn(page(rows, "All is well.")), 1)
    assert.deepStrictEqual(wrongIn("# A\n\n## What was verify\n"), ['it has no section "## What was verified"'])
  })

  it("is asked of some clouds", () => assert.includeMembers(clouds, ["digitalocean", "lyceum"]))

  for (const cloud of clouds) {
    it(`is said of ${cloud}, operation by operation`, () => {
      const file = `docs/providers/${cloud}.md`
      assert.isTrue(exists(file), `there is no ${file}`)
      assert.deepStrictEqual(wrongIn(read(file)), [])
    })

    it(`is found for ${cloud} from the page about all of it`, () => {
      const targets = linksIn(read("docs/verification.md")).map(({ target }) => target)
      assert.include(targets, `providers/${cloud}.md#what-was-verified`)
    })
  }
})
