import * as Flags from "@oclif/core/flags"
import { Records } from "@runctl/runtime/Records"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { ownTimeZone } from "../cost/days.ts"
import type { Asked } from "../cost/entries.ts"
import { costOutput } from "../cost/ledger.ts"
import { usage } from "../errors/Failure.ts"
import { momentOf } from "../events/since.ts"
import { toggle } from "../flags.ts"
import type { CostBy, CostOutput } from "../output/cost.ts"
import { csvOfCost, renderCost } from "../render/cost.ts"

export { CostOutput as Output } from "../output/cost.ts"

const ways = ["run", "resource", "provider", "project", "day"] as const satisfies ReadonlyArray<CostBy>

export default class Cost extends BaseCommand {
  static override summary = "show what runs and machines were quoted at and have cost"
  static override description =
    "Every machine is counted once, with the run it was rented for. AT WORST is what was reserved for it when it was rented; COST is what it was charged once it is gone, and until then price times time, by the prices its provider has asked for. Looks only at what is remembered here and asks no provider."
  static override examples = [
    { description: "Every run", command: "<%= config.bin %> <%= command.id %>" },
    { description: "One run", command: "<%= config.bin %> <%= command.id %> --run train-k3f9" },
    { description: "The last week by day", command: "<%= config.bin %> <%= command.id %> --by day --since 7d" },
    { description: "Each day, for a spreadsheet", command: "<%= config.bin %> <%= command.id %> --by day --csv" }
  ]
  static override flags = {
    run: Flags.string({ summary: "only the machines of this run", helpValue: "RUN" }),
    by: Flags.option({ options: ways, default: "run", summary: "what to count by" })(),
    since: Flags.string({ summary: "only what arose since then: 7d ago, or a date", helpValue: "TIME" }),
    until: Flags.string({ summary: "only what arose before: a time ago, or a date", helpValue: "TIME" }),
    csv: toggle({ summary: "comma-separated values instead of a table" })
  }

  async run(): Promise<CostOutput> {
    const { flags } = await this.parse(Cost)
    if (flags.csv && this.jsonEnabled()) throw usage("--csv and --json exclude each other")
    const now = Date.now()
    const moment = (flag: "since" | "until", otherwise: number): number =>
      flags[flag] === undefined ? otherwise : momentOf(`--${flag}`, flags[flag], now)
    const asked: Asked = {
      by: flags.by,
      since: moment("since", -Infinity),
      until: moment("until", Infinity),
      timeZone: ownTimeZone(),
      now
    }
    if (asked.since >= asked.until) throw usage("--since has to be before --until")
    const facts = await this.effect(
      Effect.gen(function* () {
        const records = yield* Records
        const wanted = flags.run
        const resources = yield* records.resources
        if (wanted === undefined) return { runs: yield* records.runs, resources }
        const run = yield* Effect.flatMap(Runs, ({ get }) => get(wanted))
        return { runs: [run], resources: resources.filter((record) => record.run === run.id) }
      }),
      { isOffline: true }
    )
    const output = costOutput(facts, asked)
    if (flags.csv) process.stdout.write(csvOfCost(output))
    else this.print(renderCost(output, this.style, process.stdout.columns ?? 80))
    return output
  }
}
