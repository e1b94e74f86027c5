/** The tests of the workspace with one bug in one source, which is changed while it is loaded and never on disk. */
import { join } from "node:path"
import { defineConfig, mergeConfig } from "vitest/config"
import base from "../../vitest.config.ts"
import { bugsOf, root } from "./Bug.ts"

const plugin = process.env["RUNCTL_BUG_PLUGIN"] ?? ""
const bug = bugsOf(plugin).find(({ name }) => name === process.env["RUNCTL_BUG"])

const planted = defineConfig({
  root,
  // Kept modules know nothing of a bug.
  test: { fsModuleCache: false },
  plugins:
    bug === undefined
      ? []
      : [
          {
            name: "planted-bug",
            enforce: "pre",
            transform: (code: string, id: string) =>
              id.split("?")[0] === join(root, "plugins", plugin, bug.file)
                ? code.replace(bug.find, () => bug.replace)
                : undefined
          }
        ]
})

export default mergeConfig(base, planted)
