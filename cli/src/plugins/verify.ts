/**
 * Whether a package really is a plugin that this runctl can use.
 */
import { Plugin } from "@oclif/core/config"
import type { ProviderManifest } from "@runctl/core/ProviderManifest"
import { type ProviderSource, whyNot } from "@runctl/core/ProviderRegistry"
import { manifestIn, packageIn } from "../providers/manifest.ts"
import type { PluginView } from "../output/plugins.ts"
import { moduleOf } from "./module.ts"

/** What a package turned out to be, or why it is refused. */
export type Verdict =
  | { readonly _tag: "Plugin"; readonly plugin: PluginView; readonly hasCommands: boolean }
  | { readonly _tag: "Refused"; readonly why: string }

const refused = (why: string): Verdict => ({ _tag: "Refused", why })

const verifyProvider = async (
  folder: string,
  manifest: ProviderManifest,
  taken: ReadonlyMap<string, string>
): Promise<string | undefined> => {
  const origin = taken.get(manifest.name)
  if (origin !== undefined) return `there already is a provider "${manifest.name}" (${origin})`
  const source: ProviderSource = { origin: "", manifest, trusted: true, load: () => Promise.resolve() }
  return whyNot(source) ?? moduleOf(folder, manifest).load()
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
