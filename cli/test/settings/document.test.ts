import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { isBad, readDocument } from "../../src/settings/document.ts"

/** What is said about a text, each with its line. */
const complaints = (text: string): ReadonlyArray<string> => {
  const read = readDocument("runctl.yaml", text)
  return isBad(read) ? read.map(({ file, line, message }) => `${file}:${line}: ${message}`) : []
}

it("a configuration without a mistake is read as it stands, an empty one as none", () => {
  const read = readDocument("f", "provider: local\nbudget:\n  day: 5\nproviders:\n  local:\n    anything: [1, 2]\n")
  if (isBad(read)) return assert.fail(JSON.stringify(read))
  assert.deepStrictEqual(read.settings, {
    provider: "local",
    budget: { day: 5 },
    providers: { local: { anything: [1, 2] } }
  })
  assert.strictEqual(read.lineOf(["budget", "day"]), 3)
  assert.strictEqual(read.lineOf(["providers", "local", "anything"]), 6)
  for (const empty of ["", "\n", "# only a comment\n", "---\n"]) assert.deepStrictEqual(complaints(empty), [], empty)
})

it("a mistake is named with its line and the nearest key", () => {
  assert.match(complaints("provider: local\nmax-huors: 3\n")[0] ?? "", /^runctl\.yaml:2: .*"max-huors".*"max-hours"/)
  assert.match(complaints("budget:\n  dya: 3\n")[0] ?? "", /^runctl\.yaml:2: .*"dya" below "budget".*"day"/)
  assert.match(complaints("provider: local\nmax-hours: [1]\n")[0] ?? "", /^runctl\.yaml:2: max-hours: .*found \[1\]/)
  assert.match(complaints("\n\nhold: soon\n")[0] ?? "", /^runctl\.yaml:3: hold: .*"soon"/)
  assert.match(complaints("plugins:\n  - good\n  - 3\n")[0] ?? "", /^runctl\.yaml:3: plugins\.1: .*found 3/)
  assert.match(complaints("- a list\n")[0] ?? "", /^runctl\.yaml:1: the file/)
  assert.match(complaints("just text\n")[0] ?? "", /^runctl\.yaml:1: the file/)
})

it("a budget that is no amount of dollars is named with its line, what it is, and what is wanted", () => {
  for (const [value, found] of [
    ["20 USD", '"20 USD"'],
    ["$20", '"$20"'],
    ["1,50", '"1,50"'],
    ["-1", "-1"],
    [".nan", "NaN"],
    [".inf", "Infinity"],
    ["1e400", "Infinity"],
    ["[5]", "[5]"],
    ["", "null"]
  ] as const) {
    assert.deepStrictEqual(complaints(`provider: local\nbudget:\n  project: 3\n  day: ${value}\n`), [
      `runctl.yaml:4: budget.day: expected an amount of US dollars, such as 20 or 0.50, found ${found}`
    ])
  }
  assert.match(complaints("budget: 20\n")[0] ?? "", /^runctl\.yaml:1: budget: expected keys below it .*day.*found 20/)
  assert.match(complaints("budget:\n  prject: 3\n")[0] ?? "", /"prject" below "budget"\. Did you mean "project"/)
  assert.match(complaints("budgets:\n  day: 3\n")[0] ?? "", /"budgets"\. Did you mean "budget"/)
  assert.deepStrictEqual(complaints("budget:\n  day: 0\n  run: 0.5\n"), [])
})

it("every mistake is named, not only the first", () => {
  assert.lengthOf(complaints("provider: 3\nhold: soon\nnothing: 1\n"), 3)
})

it("tabs, keys that stand twice and what is no YAML are named with their line", () => {
  assert.match(complaints("provider: local\nproviders:\n\tlocal: {}\n").join("\n"), /^runctl\.yaml:3: .*tabs/m)
  assert.match(complaints("provider: local\nprovider: other\n").join("\n"), /^runctl\.yaml:2: this key was set before/m)
  assert.match(complaints("provider: [local\n")[0] ?? "", /^runctl\.yaml:[12]: /)
  assert.isNotEmpty(complaints("provider: *nowhere\n"))
})

it("aliases that would fill the memory are refused", () => {
  const bomb = ["providers:", "  local:", "    a0: &a0 [x, x, x, x, x, x, x, x, x]"]
  for (let level = 1; level < 9; level++) {
    bomb.push(`    a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(", ")}]`)
  }
  assert.isNotEmpty(complaints(bomb.join("\n")))
})

const words = [
  "provider",
  "budget",
  "day",
  "plugins",
  ":",
  " ",
  "\n",
  "  ",
  "- ",
  "[",
  "]",
  "{",
  "}",
  "&a",
  "*a",
  "!!int",
  "<<",
  "|",
  "'",
  '"',
  "#",
  "\t",
  "3",
  "-.inf",
  "null",
  "~",
  "?",
  "---",
  "%TAG",
  "\u0000",
  "é"
]
const Text = Schema.Array(Schema.Literals(words)).check(Schema.isMaxLength(40))

it.prop(
  "any text at all is read or complained about with a line of it, and never breaks anything",
  [Text],
  ([pieces]) => {
    const text = pieces.join("")
    const read = readDocument("f", text)
    if (!isBad(read)) return
    assert.isNotEmpty(read)
    for (const { line } of read) {
      assert.isAtLeast(line, 1)
      assert.isAtMost(line, text.split("\n").length)
    }
  },
  { arbitrary: { runs: 500 } }
)
