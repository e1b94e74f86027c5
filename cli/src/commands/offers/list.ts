import { BaseCommand } from "../../BaseCommand.ts"
import { knownPrices } from "../../offers/known.ts"
import type { OffersListOutput } from "../../output/compare.ts"
import { renderOffers } from "../../render/offers.ts"
import { stateFolder } from "../../settings/places.ts"
import { viewOffers } from "../../views/offers.ts"

export { OffersListOutput as Output } from "../../output/compare.ts"

export default class OffersList extends BaseCommand {
  static override summary = "list whose prices are known here, from where and how old"
  static override description =
    "The snapshot that comes with runctl, and what `runctl offers refresh` has replaced of it. `runctl compare` compares them."
  static override examples = [
    { description: "All of them", command: "<%= config.bin %> <%= command.id %>" },
    { description: "For a program", command: "<%= config.bin %> <%= command.id %> --json" }
  ]

  async run(): Promise<OffersListOutput> {
    await this.parse(OffersList)
    const output = viewOffers(knownPrices(stateFolder(process.env)), Date.now())
    this.print(renderOffers(output, this.style))
    return output
  }
}
