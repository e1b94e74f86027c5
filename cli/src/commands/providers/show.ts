import { resolve } from "node:path"
import { BaseCommand } from "../../BaseCommand.ts"
import { exits } from "../../errors/codes.ts"
import { fail } from "../../errors/Failure.ts"
import { toggle, word } from "../../flags.ts"
import type { ProviderOutput } from "../../output/providers.ts"
import { moduleOf } from "../../plugins/module.ts"
import { oneProvider, sourceNamed } from "../../providers/known.ts"
import { search, searchFolder } from "../../providers/sources.ts"
import { renderProvider } from "../../render/providers.ts"
import { here, load } from "../../settings/load.ts"

export { ProviderOutput as Output } from "../../output/providers.ts"

export default class ProvidersShow extends BaseCommand {
  static override summary = "show what a provider can do, where it is from, and what is wrong with it"
  static override description = `From its package's description and files. Credentials are shown by the names of their places, never by their values.

A folder may be given instead of a name, to look at a plugin before it is installed or published. With --check its module is loaded too, in a process of its own; ends with 3 when something keeps it from being used.`
  static override examples = [
    { description: "This computer", command: "<%= config.bin %> <%= command.id %> local" },
    { description: "For a program", command: "<%= config.bin %> <%= command.id %> local --json" },
    { description: "A plugin you write", command: "<%= config.bin %> <%= command.id %> ./my-plugin --check" }
  ]
  static override args = { provider: word("name of a provider, or the folder of a plugin") }
  static override flags = { check: toggle({ summary: "load its module too, and fail when it cannot be used" }) }

  async run(): Promise<ProviderOutput> {
    const { args, flags } = await this.parse(ProvidersShow)
    const output = await this.found(args.provider, flags.check)
    this.print(renderProvider(output, this.style))
    const cannotBeUsed = output.provider.problems.some(({ status }) => status === "fail")
    if (flags.check && cannotBeUsed) process.exitCode = exits.configuration
    return output
  }

  private async found(wanted: string, isChecked: boolean): Promise<ProviderOutput> {
    const loaded = load(here())
    const isFolder = /^[./~]/.test(wanted)
    const found = isFolder ? searchFolder(resolve(wanted), process.env) : search(loaded, process.env)
    const [first] = found.sources
    if (isFolder && first === undefined) throw noPlugin(wanted, found.broken[0]?.why)
    const name = isFolder && first !== undefined ? first.manifest.name : wanted
    const output = oneProvider(found, name, loaded, process.env)
    const { folder, manifest, trusted } = sourceNamed(found, name)
    const isBroken = output.provider.problems.some(({ status }) => status === "fail")
    if (!isChecked || isBroken || folder === undefined || !trusted) return output
    const why = await moduleOf(folder, manifest).load()
    const problems = why === undefined ? [] : [{ status: "fail" as const, message: why }]
    return { provider: { ...output.provider, problems: [...problems, ...output.provider.problems] } }
  }
}

const noPlugin = (folder: string, why = "its package.json has no `runctl` in it"): Error =>
  fail(
    "RUNCTL_E_PLUGIN",
    `${folder} is no plugin of a provider: ${why}`,
    "See docs/writing-a-provider.md, The manifest."
  )
