import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { exec, failed, fromComplaints, type Gate, sources, tool, workspaces } from "./Gate.ts"
import { knows } from "./dependencyRules.mjs"

interface Cruise {
  readonly modules: ReadonlyArray<{ readonly source: string }>
  readonly summary: {
    readonly violations: ReadonlyArray<{
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
      readonly cycle?: ReadonlyArray<{ readonly name: string }>
    }>
  }
}

const cruise = async (root: string): Promise<Cruise | string> => {
  const args = [
    "--import",
    join(import.meta.dirname, "typescript6.mjs"),
    tool("depcruise"),
    "--config",
    join(import.meta.dirname, "dependencyRules.mjs"),
    "--output-type",
    "json",
    ...["packages", "plugins", "cli"].filter((folder) => existsSync(join(root, folder)))
  ]
  const { stdout, stderr } = await exec(process.execPath, args, root)
  try {
    return JSON.parse(stdout)
  } catch {
    return `dependency-cruiser did not answer: ${stderr || stdout}`
  }
}

export const dependencies: Gate = {
  name: "dependencies",
  holds: "arrows point inward, no cycles",
  run: async (root) => {
    const unruled = readdirSync(join(root, "packages")).filter((name) => !(name in knows))
    if (unruled.length > 0) return failed(`say in dependencyRules.mjs what packages/${unruled.join(", ")} may know`)
    const found = await cruise(root)
    if (typeof found === "string") return failed(found)
    const seen = new Set(found.modules.map(({ source }) => source))
    const unseen = workspaces(root)
      .filter(({ folder }) => /^(packages|plugins)\/|^cli$/.test(folder))
      .flatMap(({ folder }) => sources(root, folder))
      .filter((file) => !seen.has(file))
    const violations = found.summary.violations.map(({ cycle, from, rule, to }) => {
      const path = cycle === undefined ? to : cycle.map(({ name }) => name).join(" → ")
      return `${from} → ${path}: ${rule.name}`
    })
    return fromComplaints(
      [...unseen.map((file) => `${file} was not looked at`), ...new Set(violations)],
      `${found.modules.length} modules`
    )
  }
}
