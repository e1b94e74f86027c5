import { didYouMean } from "@runctl/core/Nearest"
import { Records } from "@runctl/runtime/Records"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import { canAsk, confirm } from "../../confirm.ts"
import { fail } from "../../errors/Failure.ts"
import { dryRun, word, yes } from "../../flags.ts"
import type { PluginOutput, PluginView } from "../../output/plugins.ts"
import { pluginsFolder } from "../../plugins/folder.ts"
import { uninstall } from "../../plugins/install.ts"
import { commandsIn, installedViews } from "../../plugins/known.ts"
import { machines } from "../../render/resources.ts"
import { isLive } from "../../views/resource.ts"

export { PluginOutput as Output } from "../../output/plugins.ts"

export default class PluginsUninstall extends BaseCommand {
  static override summary = "remove an installed plugin"
  static override description =
    "By its package's name or by the name of its provider. Asks first when you still rent machines from that provider: without it, runctl cannot end them."
  static override examples = [
    { description: "By package", command: "<%= config.bin %> <%= command.id %> runctl-plugin-example" },
    { description: "See what would be done", command: "<%= config.bin %> <%= command.id %> example --dry-run" }
  ]
  static override args = { plugin: word("name of a package, or of its provider") }
  static override flags = { "dry-run": dryRun, yes }

  async run(): Promise<PluginOutput> {
    const { args, flags } = await this.parse(PluginsUninstall)
    const plugin = find(args.plugin, installedViews(process.env, commandsIn(this.config.commands)))
    const folder = pluginsFolder(process.env)
    const left = await this.rented(plugin)
    const warning = `${machines(left)} of ${plugin.provides.join(", ")} may still cost something`
    if (flags["dry-run"]) {
      this.print(`would remove ${plugin.name} from ${folder}${left === 0 ? "" : `; ${warning}`}`)
      return { dryRun: true, folder, plugin }
    }
    if (left > 0 && !flags.yes) {
      if (!canAsk()) throw fail("RUNCTL_E_NEEDS_CONFIRMATION", warning, "`runctl terminate` them first.")
      await confirm(`${warning}, and cannot be ended without ${plugin.name}. Remove it all the same?`)
    }
    await uninstall(process.env, plugin.name)
    this.print(`${plugin.name} is removed`)
    return { dryRun: false, folder, plugin }
  }

  /** How many machines would be out of reach. */
  private async rented({ kind, provides }: PluginView): Promise<number> {
    if (kind !== "provider") return 0
    const records = await this.effect(
      Effect.flatMap(Records, ({ resources }) => resources),
      { isDryRun: true, isOffline: true }
    )
    return records.filter((record) => isLive(record) && provides.includes(record.provider)).length
  }
}

const find = (wanted: string, all: ReadonlyArray<PluginView>): PluginView => {
  const found =
    all.find(({ name }) => name === wanted) ??
    all.find(({ kind, provides }) => kind === "provider" && provides[0] === wanted)
  if (found !== undefined) return found
  const known = all.flatMap(({ name, provides }) => [name, ...provides.slice(0, 1)])
  const list = known.length === 0 ? " None is installed." : ""
  throw fail("RUNCTL_E_USAGE", `no plugin "${wanted}" is installed.${didYouMean(wanted, known)}${list}`)
}
