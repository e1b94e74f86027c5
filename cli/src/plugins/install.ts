/**
 * Installs and removes plugins with the user's npm.
 */
import { basename, join } from "node:path"
import { fail } from "../errors/Failure.ts"
import type { PluginView } from "../output/plugins.ts"
import { packageIn } from "../providers/manifest.ts"
import type { Environment } from "../settings/places.ts"
import { changing, dependenciesIn, listedIn, pluginsFolder, writeList } from "./folder.ts"
import { npm } from "./npm.ts"
import { installedName, type PluginSpec } from "./spec.ts"
import { verify } from "./verify.ts"

/** No scripts of packages are run, nothing is sent for an audit, and the version stays what it is. */
const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=warn"]

/** What is there besides: names of providers with their origins, and ids of commands. */
export interface Surrounding {
  readonly providersWithout: (plugin: string) => ReadonlyMap<string, string>
  readonly commandsWithout: (plugin: string) => ReadonlyArray<string>
}

/** What stands in a folder or tarball of the same name and version may have changed: npm would not look. */
const forget = async (draft: string, spec: PluginSpec): Promise<void> => {
  if (!spec.isLocal) return
  const same = Object.entries(dependenciesIn(draft)).find(
    ([name, from]) => name === packageIn(spec.npm)?.["name"] || basename(from) === basename(spec.npm)
  )
  if (same !== undefined) await npm(draft, ["uninstall", ...quietly, "--", same[0]])
}

/** Installs a package that is a plugin of use; any other is refused, and everything stays as it was. */
export const install = async (env: Environment, spec: PluginSpec, around: Surrounding): Promise<PluginView> => {
  const { hasCommands, plugin } = await changing(env, async (draft) => {
    await forget(draft, spec)
    const before = dependenciesIn(draft)
    // A folder is copied, not linked: what is installed does not change by itself.
    await npm(draft, ["install", ...quietly, "--save-exact", "--install-links", "--", spec.npm])
    const name = installedName(before, dependenciesIn(draft), spec)
    if (name === undefined) throw fail("RUNCTL_E_PLUGIN", `npm has installed nothing for ${spec.npm}`)
    const folder = join(draft, "node_modules", name)
    const verdict = await verify(folder, name, around.providersWithout(name), around.commandsWithout(name))
    if (verdict._tag === "Plugin") return verdict
    const advice = "Nothing was changed. Ask its author for a version that fits this runctl."
    throw fail("RUNCTL_E_PLUGIN", `${name} was not installed: ${verdict.why}`, advice)
  })
  const others = listedIn(env).filter(({ name }) => name !== plugin.name)
  writeList(env, [...others, { name: plugin.name, type: hasCommands ? "user" : "provider", root: pluginsFolder(env) }])
  return plugin
}

/** Removes an installed plugin, with what only it needed. */
export const uninstall = (env: Environment, name: string): Promise<void> =>
  changing(env, async (draft) => {
    await npm(draft, ["uninstall", ...quietly, "--", name])
    writeList(
      env,
      listedIn(env).filter((each) => each.name !== name)
    )
  })
