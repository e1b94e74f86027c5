import { globSync } from "node:fs"
import { relative } from "node:path"
import type { Reporter, TestModule, Vitest } from "vitest/node"

/** A title says in parentheses what its test needs, or why it is skipped. */
const reason = (title: string): string => {
  const remarks = [...title.matchAll(/\(([^()]+)\)/g)].map(([, remark = ""]) => remark)
  const skipped = remarks.find((remark) => remark.startsWith("skipped: "))
  return skipped?.slice("skipped: ".length) ?? remarks.at(-1) ?? "without a reason"
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** One line for each reason: how many tests, and of which files. */
const skippedHere = (root: string, modules: ReadonlyArray<TestModule>): ReadonlyArray<string> => {
  const skipped = modules.flatMap((module) =>
    [...module.children.allTests("skipped")].map((test) => ({
      why: reason(test.fullName),
      file: relative(root, module.moduleId)
    }))
  )
  return [...Map.groupBy(skipped, ({ why }) => why)].map(([why, tests]) => {
    const files = new Set(tests.map(({ file }) => file))
    return `${why}: ${plural(tests.length, "test")} of ${[...files].toSorted().join(", ")}`
  })
}

/** Ends a run with the names of the suites it left out, so that a green run never looks like a whole one. */
export class LeftOutReporter implements Reporter {
  readonly #patterns: ReadonlyArray<string>
  #vitest: Vitest | undefined

  constructor(patterns: ReadonlyArray<string>) {
    this.#patterns = patterns
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const root = this.#vitest?.config.root
    if (root === undefined) return
    // Whoever filters by name has left out the others on purpose.
    const isFiltered = this.#vitest?.config.testNamePattern !== undefined
    this.#list("Skipped on this computer", isFiltered ? [] : skippedHere(root, modules))
    const files = globSync([...this.#patterns], { cwd: root, exclude: ["**/node_modules/**", "**/dist/**"] })
    this.#list(
      "Left out (they kill processes, measure, or need more than npm; RUNCTL_HEAVY=1 npm test runs them)",
      files.map((file) => relative(".", file)).toSorted()
    )
  }

  #list(title: string, lines: ReadonlyArray<string>): void {
    if (lines.length > 0) this.#vitest?.logger.log(` ${title}:\n   ${lines.join("\n   ")}\n`)
  }
}
