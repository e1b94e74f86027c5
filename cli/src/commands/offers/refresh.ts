import { BaseCommand } from "../../BaseCommand.ts"
import { fail } from "../../errors/Failure.ts"
import { dryRun, providersFlag } from "../../flags.ts"
import { writePart } from "../../offers/parts.ts"
import type { OffersRefreshOutput } from "../../output/compare.ts"
import { renderRefreshed } from "../../render/offers.ts"
import { stateFolder } from "../../settings/places.ts"

export { OffersRefreshOutput as Output } from "../../output/compare.ts"

export default class OffersRefresh extends BaseCommand {
  static override summary = "ask the providers for their prices, and keep them"
  static override description =
    "Replaces a provider's part of the known prices, with its source, the time and a hash. A provider that cannot be asked keeps its old prices, and so does everyone when this is cut off."
  static override examples = [
    { description: "All that can be asked", command: "<%= config.bin %> <%= command.id %>" },
    { description: "One of them", command: "<%= config.bin %> <%= command.id %> --provider digitalocean" }
  ]
  static override flags = { provider: providersFlag, "dry-run": dryRun }

  async run(): Promise<OffersRefreshOutput> {
    const { flags } = await this.parse(OffersRefresh)
    const { livePrices } = await import("../../offers/live.ts")
    const { answered, failures } = await this.effect(livePrices(flags.provider ?? []), { isDryRun: true })
    const empty = answered
      .filter(({ offers }) => offers.length === 0)
      .map(({ provider }) => ({ provider, message: "it says that it has no offers; its old prices stay" }))
    const told = answered.filter(({ offers }) => offers.length > 0)
    const home = stateFolder(process.env)
    const refreshed = told.map(({ offers, ...part }) => ({
      ...part,
      offers: offers.length,
      sha256: flags["dry-run"] ? null : writePart(home, { ...part, offers }).sha256
    }))
    const output = { dryRun: flags["dry-run"], refreshed, failures: [...failures, ...empty] }
    this.print(renderRefreshed(output, this.style))
    if (refreshed.length === 0 && failures.length > 0) {
      throw fail("RUNCTL_E_UNAVAILABLE", "no provider could be asked for its prices; the old ones stay")
    }
    return output
  }
}
