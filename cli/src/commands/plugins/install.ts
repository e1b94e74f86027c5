import { BaseCommand } from "../../BaseCommand.ts"
import { dryRun, word } from "../../flags.ts"
import type { PluginOutput } from "../../output/plugins.ts"
import { pluginsFolder } from "../../plugins/folder.ts"
import { install } from "../../plugins/install.ts"
import { specOf } from "../../plugins/spec.ts"
import { search } from "../../providers/sources.ts"
import { cameText } from "../../render/plugins.ts"
import { here, load } from "../../settings/load.ts"

export { PluginOutput as Output } from "../../output/plugins.ts"

export default class PluginsInstall extends BaseCommand {
  static override summary = "install a plugin: a provider, or more commands"
  static override description = `Uses your own npm, with your registry and your proxy, in $XDG_DATA_HOME/runctl/plugins; scripts of packages are not run. A package that is no plugin, is broken, or does not fit this runctl is refused, and everything stays as it was.

A plugin runs as you do and sees your credentials: install what you trust.`
  static override examples = [
    { description: "By name", command: "<%= config.bin %> <%= command.id %> runctl-plugin-example@1.2.0" },
    { description: "A folder or a tarball", command: "<%= config.bin %> <%= command.id %> ./my-plugin" },
    { description: "See what would be done", command: "<%= config.bin %> <%= command.id %> ./my-plugin --dry-run" }
  ]
  static override args = { plugin: word("NAME, NAME@VERSION, a folder or a tarball") }
  static override flags = { "dry-run": dryRun }

  async run(): Promise<PluginOutput> {
    const { args, flags } = await this.parse(PluginsInstall)
    const folder = pluginsFolder(process.env)
    const spec = specOf(args.plugin, process.cwd())
    if (flags["dry-run"]) {
      this.print(`would install ${spec.npm} with npm in ${folder}`)
      return { dryRun: true, folder, plugin: null }
    }
    const { sources } = search(load(here()), process.env)
    const plugin = await install(process.env, spec, {
      providersWithout: (name) =>
        new Map(
          sources
            .filter(({ origin }) => origin !== `installed ${name}`)
            .map(({ manifest, origin }) => [manifest.name, origin])
        ),
      commandsWithout: (name) =>
        this.config.commands.filter(({ pluginName }) => pluginName !== name).map(({ id }) => id)
    })
    this.print(cameText(plugin))
    return { dryRun: false, folder, plugin }
  }
}
