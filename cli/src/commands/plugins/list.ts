import { BaseCommand } from "../../BaseCommand.ts"
import type { PluginsOutput } from "../../output/plugins.ts"
import { allPlugins, commandsIn } from "../../plugins/known.ts"
import { renderPlugins } from "../../render/plugins.ts"
import { here, load } from "../../settings/load.ts"

export { PluginsOutput as Output } from "../../output/plugins.ts"

export default class PluginsList extends BaseCommand {
  static override summary = "list plugins: bundled, installed, and named by a configuration"
  static override description = "No plugin is loaded. One that cannot be used says why."
  static override examples = [
    { description: "All of them", command: "<%= config.bin %> <%= command.id %>" },
    { description: "For a program", command: "<%= config.bin %> <%= command.id %> --json" }
  ]

  async run(): Promise<PluginsOutput> {
    await this.parse(PluginsList)
    const plugins = allPlugins(load(here()), process.env, commandsIn(this.config.commands))
    this.print(renderPlugins(plugins, this.style))
    return { plugins }
  }
}
