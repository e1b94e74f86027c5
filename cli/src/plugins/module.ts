/**
 * The module that a plugin's manifest names: whether it is there, and whether it is what it should be.
 */
import type { ProviderManifest } from "@runctl/core/ProviderManifest"
import { moduleProblem } from "@runctl/core/ProviderRegistry"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join, relative } from "node:path"
import { pathToFileURL } from "node:url"

const patienceMillis = 20_000

/** Imports the module in a process of its own, and tells of its `plugin` what can be told in JSON. */
const program = `
const { plugin } = await import(process.argv[1])
const isRecord = (value) => typeof value === "object" && value !== null
const told = isRecord(plugin) ? { api: plugin.api, name: plugin.name, layer: isRecord(plugin.layer) ? {} : null } : null
process.stdout.write("runctl:" + JSON.stringify({ plugin: told }))
process.exit()
`

/** Why a module cannot be used as runctl would use it. One that hangs or exits harms nobody but its own process. */
const loadProblem = (module: string, name: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const args = ["--input-type=module", "--eval", program, pathToFileURL(module).href]
    execFile(process.execPath, args, { timeout: patienceMillis, encoding: "utf8" }, (error, stdout, stderr) => {
      const [, told] = /runctl:(\{.*\})$/.exec(stdout) ?? []
      if (told !== undefined) return resolve(moduleProblem(JSON.parse(told), name))
      if (error === null) return resolve("its module ends the process while it is loaded")
      const words = stderr.split("\n").find((line) => /^\w*Error\b/.test(line)) ?? error.message.split("\n")[0]
      resolve(
        error.killed === true
          ? "its module does not finish loading"
          : `its module cannot be loaded: ${words ?? "no reason given"}`
      )
    })
  })

/** Why the module that a manifest names cannot be used: it is outside, it is missing, or what comes of loading it. */
export const moduleOf = (folder: string, manifest: ProviderManifest) => {
  const module = join(folder, manifest.provider)
  const missing = relative(folder, module).startsWith("..")
    ? `its module ${manifest.provider} is outside the package`
    : existsSync(module)
      ? undefined
      : `its module ${manifest.provider} is missing: is the package built?`
  const load = async (): Promise<string | undefined> => missing ?? (await loadProblem(module, manifest.name))
  return { missing, load }
}
