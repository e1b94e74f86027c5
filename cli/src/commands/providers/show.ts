import { BaseCommand } from "../../BaseCommand.ts"
import { word } from "../../flags.ts"
import type { ProviderOutput } from "../../output/providers.ts"
import { oneProvider } from "../../providers/known.ts"
import { search } from "../../providers/sources.ts"
import { renderProvider } from "../../render/providers.ts"
import { here, load } from "../../settings/load.ts"

export { ProviderOutput as Output } from "../../output/providers.ts"

export default class ProvidersShow extends BaseCommand {
  static override summary = "show what a provider can do, and where its credentials are looked for"
  static override description = "Credentials are shown by the names of their places, never by their values."
  static override examples = [
    { description: "This computer", command: "<%= config.bin %> <%= command.id %> local" },
    { description: "For a program", command: "<%= config.bin %> <%= command.id %> local --json" }
  ]
  static override args = { provider: word("name of a provider") }

  async run(): Promise<ProviderOutput> {
    const { args } = await this.parse(ProvidersShow)
    const loaded = load(here())
    const output = oneProvider(search(loaded, process.env), args.provider, loaded, process.env)
    this.print(renderProvider(output, this.style))
    return output
  }
}
