/**
 * Whether a package really is a plugin that this runctl can use.
 */
import { Plugin } from "@oclif/core/config"
import type { ProviderManifest } from "@runctl/core/ProviderManifest"
import { type ProviderSource, whyNot } from "@runctl/core/ProviderRegistry"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { manifestIn, packageIn } from "../providers/manifest.ts"
import type { PluginView } from "../output/plugins.ts"

/** What a package turned out to be, or why it is refused. */
export type Verdict =
  | { readonly _tag: "Plugin"; readonly plugin: PluginView; readonly hasCommands: boolean }
  | { readonly _tag: "Refused"; readonly why: string }

const refused = (why: string): Verdict => ({ _tag: "Refused", why })

const patienceMillis = 20_000

/** Loads the module as runctl would, in a process of its own: a plugin that hangs or exits harms nobody. */
const program = `
const [module, name] = process.argv.slice(1)
const { plugin } = await import(module)
const isPlugin = typeof plugin === "object" && plugin !== null && plugin.api === 1 && plugin.name === name && typeof plugin.layer === "object"
process.stdout.write(isPlugin ? "runctl plugin" : "something else")
process.exit()
`

const loads = (module: string, name: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const args = ["--input-type=module", "--eval", program, pathToFileURL(module).href, name]
    execFile(process.execPath, args, { timeout: patienceMillis, encoding: "utf8" }, (error, stdout, stderr) => {
      if (stdout.endsWith("runctl plugin")) resolve(undefined)
      else if (stdout.endsWith("something else")) resolve(`its module exports no \`plugin\` named "${name}"`)
      else {
        const words = stderr.split("\n").find((line) => /^\w*Error\b/.test(line)) ?? error?.message.split("\n")[0]
        resolve(
          error?.killed === true
            ? "its module does not finish loading"
            : `its module cannot be loaded: ${words ?? "no reason given"}`
        )
      }
    })
  })

const verifyProvider = async (
  folder: string,
  manifest: ProviderManifest,
  taken: ReadonlyMap<string, string>
): Promise<string | undefined> => {
  const origin = taken.get(manifest.name)
  if (origin !== undefined) return `there already is a provider "${manifest.name}" (${origin})`
  const source: ProviderSource = { origin: "", manifest, trusted: true, load: () => Promise.resolve() }
  const module = join(folder, manifest.provider)
  if (relative(folder, module).startsWith("..")) return `its module ${manifest.provider} is outside the package`
  if (!existsSync(module)) return `its module ${manifest.provider} is missing`
  return whyNot(source) ?? loads(module, manifest.name)
}

/** The commands of an oclif plugin, or why it has none of use. */
const verifyCommands = async (
  folder: string,
  name: string,
  ours: ReadonlyArray<string>
): Promise<{ readonly commands: ReadonlyArray<string> } | { readonly why: string }> => {
  try {
    const plugin = new Plugin({ root: folder, type: "link", name, errorOnManifestCreate: true })
    await plugin.load()
    const ids = plugin.commandIDs
    const hidden = ids.filter((id) => ours.includes(id))
    if (hidden.length > 0)
      return { why: `runctl has its own command ${hidden.map((id) => id.replaceAll(":", " ")).join(", ")}` }
    if (ids.length === 0 && Object.keys(plugin.hooks).length === 0) return { why: "it has neither commands nor hooks" }
    return { commands: ids.map((id) => id.replaceAll(":", " ")) }
  } catch (error) {
    return { why: `its commands cannot be loaded: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Judges an installed package. `taken` are the names of providers with their origins; `ours` the ids of commands. */
export const verify = async (
  folder: string,
  name: string,
  taken: ReadonlyMap<string, string>,
  ours: ReadonlyArray<string>
): Promise<Verdict> => {
  const described = packageIn(folder)
  if (described === undefined) return refused("its package.json cannot be read")
  const version = typeof described["version"] === "string" ? described["version"] : null
  const found = manifestIn(described["runctl"])
  const hasCommands = described["oclif"] !== undefined
  if (found === undefined && !hasCommands)
    return refused("its package.json has neither `runctl` nor `oclif`: it is no plugin")
  if (found?._tag === "Broken") return refused(found.why)
  if (found !== undefined) {
    const why = await verifyProvider(folder, found.manifest, taken)
    if (why !== undefined) return refused(why)
  }
  const commands = hasCommands ? await verifyCommands(folder, name, ours) : { commands: [] }
  if ("why" in commands) return refused(commands.why)
  const provides = [...(found === undefined ? [] : [found.manifest.name]), ...commands.commands]
  const kind = found === undefined ? "commands" : "provider"
  return { _tag: "Plugin", plugin: { name, version, kind, provides, origin: "installed", problem: null }, hasCommands }
}
