import { existsSync } from "node:fs"
import { join, normalize } from "node:path"
import { byExitCode, failed, type Gate, readJson, sources, tool, workspaces } from "./Gate.ts"

interface Solution {
  readonly references: ReadonlyArray<{ readonly path: string }>
}

/** A project that the root does not name would not be checked by anybody. */
const forgotten = (root: string): ReadonlyArray<string> => {
  const { references } = readJson<Solution>(join(root, "tsconfig.json"))
  const named = new Set(references.map(({ path }) => normalize(path)))
  return workspaces(root)
    .map(({ folder }) => folder)
    .filter((folder) => sources(root, folder).length > 0 && !named.has(folder))
}

export const types: Gate = {
  name: "types",
  holds: "sources and tests type-check",
  run: async (root) => {
    const missing = forgotten(root)
    if (missing.length > 0) return failed(`tsconfig.json does not reference ${missing.join(", ")}`)
    if (!existsSync(join(root, "tsconfig.test.json")))
      return failed("tsconfig.test.json is missing: no test is checked")
    return byExitCode(tool("tsc"), ["-b", "--pretty", "false"], root)
  }
}
