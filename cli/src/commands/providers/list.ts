import { BaseCommand } from "../../BaseCommand.ts"
import type { ProvidersOutput } from "../../output/providers.ts"
import { allProviders } from "../../providers/known.ts"
import { search } from "../../providers/sources.ts"
import { renderProviders } from "../../render/providers.ts"
import { here, load } from "../../settings/load.ts"

export { ProvidersOutput as Output } from "../../output/providers.ts"

export default class ProvidersList extends BaseCommand {
  static override summary = "list all providers, and whether each can be used"
  static override description =
    "From the descriptions of their packages alone: no plugin is loaded and nobody is asked. `runctl providers doctor` asks."
  static override examples = [
    { description: "All of them", command: "<%= config.bin %> <%= command.id %>" },
    { description: "For a program", command: "<%= config.bin %> <%= command.id %> --json" }
  ]

  async run(): Promise<ProvidersOutput> {
    await this.parse(ProvidersList)
    const loaded = load(here())
    const output = allProviders(search(loaded, process.env), loaded, process.env)
    this.print(renderProviders(output, this.style))
    return output
  }
}
