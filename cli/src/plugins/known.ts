/**
 * Every plugin there is: bundled, installed, and named by a configuration. Opens descriptions only.
 */
import type { PluginView } from "../output/plugins.ts"
import { allProviders } from "../providers/known.ts"
import { manifestIn, packageIn } from "../providers/manifest.ts"
import { installedPlugins, search } from "../providers/sources.ts"
import type { Loaded } from "../settings/load.ts"
import type { Environment } from "../settings/places.ts"

/** The commands that came with a package, as they are typed. */
export type CommandsOf = (plugin: string) => ReadonlyArray<string>

/** The same, by the commands that oclif has found. */
export const commandsIn =
  (commands: ReadonlyArray<{ readonly id: string; readonly pluginName?: string | undefined }>): CommandsOf =>
  (plugin) =>
    commands.filter(({ pluginName }) => pluginName === plugin).map(({ id }) => id.replaceAll(":", " "))

const installed = (folder: string, name: string, commands: ReadonlyArray<string>): PluginView => {
  const described = packageIn(folder)
  const found = manifestIn(described?.["runctl"])
  const version = typeof described?.["version"] === "string" ? described["version"] : null
  const hasCommands = described?.["oclif"] !== undefined
  const problem =
    described === undefined ? "its files are missing: install it again" : found?._tag === "Broken" ? found.why : null
  return {
    name,
    version,
    kind: found !== undefined ? "provider" : hasCommands ? "commands" : "unknown",
    provides: [...(found?._tag === "Manifest" ? [found.manifest.name] : []), ...commands],
    origin: "installed",
    problem
  }
}

/** What `plugins install` has installed. */
export const installedViews = (env: Environment, commandsOf: CommandsOf): ReadonlyArray<PluginView> =>
  installedPlugins(env).map(({ folder, name }) => installed(folder, name, commandsOf(name)))

/** All of them; what cannot be used says why. */
export const allPlugins = (loaded: Loaded, env: Environment, commandsOf: CommandsOf): ReadonlyArray<PluginView> => {
  const { broken, providers } = allProviders(search(loaded, env), loaded, env)
  const isInstalled = (origin: string): boolean => origin.startsWith("installed ")
  return [
    ...installedViews(env, commandsOf).map((view) => ({
      ...view,
      problem: view.problem ?? providers.find(({ origin }) => origin === `installed ${view.name}`)?.why ?? null
    })),
    ...providers
      .filter(({ origin }) => !isInstalled(origin))
      .map(({ name, origin, why }): PluginView => ({
        name,
        version: null,
        kind: "provider",
        provides: [name],
        origin,
        problem: why
      })),
    ...broken
      .filter(({ origin }) => !isInstalled(origin))
      .map(({ origin, why }): PluginView => ({
        name: origin,
        version: null,
        kind: "unknown",
        provides: [],
        origin,
        problem: why
      }))
  ]
}
