import { globSync } from "node:fs"
import { relative } from "node:path"
import type { Reporter, Vitest } from "vitest/node"

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

  onTestRunEnd(): void {
    const root = this.#vitest?.config.root
    if (root === undefined || this.#patterns.length === 0) return
    const files = globSync([...this.#patterns], { cwd: root, exclude: ["**/node_modules/**", "**/dist/**"] })
    if (files.length === 0) return
    const names = files.map((file) => relative(".", file)).toSorted()
    this.#vitest?.logger.log(
      ` Left out (they kill processes, measure, or need more than npm; RUNCTL_HEAVY=1 npm test runs them):\n` +
        `   ${names.join("\n   ")}\n`
    )
  }
}
