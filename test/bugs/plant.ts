/** Runs a plugin's tests with a bug in it. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { type Bug, root } from "./Bug.ts"

export interface Verdict {
  readonly passed: boolean
  readonly output: string
}

/** Without a bug the tests have to pass, or nothing that they find means anything. */
export const run = (plugin: string, tests: ReadonlyArray<string>, bug?: Bug): Promise<Verdict> =>
  new Promise((done, fail) => {
    const files = tests.map((test) => join("plugins", plugin, test))
    const heavy = files.some((file) => file.includes(".heavy."))
    const child = spawn(
      process.execPath,
      [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", "test/bugs/planted.config.ts", ...files],
      {
        cwd: root,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          RUNCTL_BUG_PLUGIN: plugin,
          RUNCTL_BUG: bug?.name ?? "",
          RUNCTL_HEAVY: heavy ? "1" : "",
          NO_COLOR: "1"
        }
      }
    )
    let output = ""
    const keep = (text: unknown): void => void (output += String(text))
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.once("error", fail)
    child.once("close", (code) => done({ passed: code === 0, output }))
  })
