import { replaced } from "@runctl/prices/Snapshot"
import { resolve } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { answered, type Prices, pricesAt } from "../compare/answer.ts"
import { requestOf } from "../compare/asked.ts"
import { compareFlags } from "../compare/flags.ts"
import type { Said } from "../compare/words.ts"
import type { CompareOutput } from "../output/compare.ts"
import { stateFolder } from "../settings/places.ts"

export { CompareOutput as Output } from "../output/compare.ts"

export default class Compare extends BaseCommand {
  static override summary = "show what a job will really cost on every cloud"
  static override description =
    "Offers by what will be on the bill: compute by each provider's steps, setting up, disk, traffic, and on spot machines the work that interruptions are expected to undo, with a range for what is not known. Asks nobody unless told to; prices of a snapshot have a date, and old ones are shown as stale."
  static override examples = [
    { description: "A day on one H100", command: "<%= config.bin %> <%= command.id %> --gpu H100 --hours 24" },
    {
      description: "Eight GPUs that may be taken back, with checkpoints",
      command: "<%= config.bin %> <%= command.id %> --gpu h100:8 --spot --hours 100 --checkpoint-every 30m"
    },
    {
      description: "Why an offer costs what it costs",
      command: '<%= config.bin %> <%= command.id %> --gpu "A100 80GB" --explain aws/spot'
    },
    {
      description: "A page to pass on",
      command: "<%= config.bin %> <%= command.id %> --gpu-memory 80 --region europe --html prices.html"
    }
  ]
  static override flags = compareFlags

  async run(): Promise<CompareOutput> {
    const { flags } = await this.parse(Compare)
    const now = Date.now()
    const look = { isJson: this.jsonEnabled(), style: this.style, columns: process.stdout.columns ?? 80 }
    const known = pricesAt(stateFolder(process.env))
    const prices = flags.live ? await this.#asked(flags, known) : known
    const { output, text } = answered(flags, prices, look, now)
    if (flags.html !== undefined) {
      const { writePage } = await import("../compare/page.ts")
      writePage(resolve(flags.html), output, now)
      this.say(`The page is ${flags.html}.`)
    }
    if (!look.isJson) process.stdout.write(text)
    return output
  }

  /** Prices with those that providers say now, and who could not be asked. */
  async #asked(said: Said, known: Prices): Promise<Prices> {
    const { livePrices } = await import("../offers/live.ts")
    const { answered: live, failures } = await this.effect(livePrices(requestOf(said).providers ?? []), {
      isDryRun: true
    })
    const told = live.filter(({ offers }) => offers.length > 0)
    return {
      ...known,
      offers: replaced(known.offers, told),
      refreshed: [
        ...known.refreshed.filter(({ provider }) => !told.some((each) => each.provider === provider)),
        ...told.map(({ offers, provider, source, takenAt }) => ({
          provider,
          source,
          takenAt,
          sha256: null,
          offers: offers.length
        }))
      ],
      failures: [...known.failures, ...failures]
    }
  }
}
