import * as Flags from "@oclif/core/flags"
import { Records } from "@runctl/runtime/Records"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { costOutput } from "../cost/ledger.ts"
import { usage } from "../errors/Failure.ts"
import { toggle } from "../flags.ts"
import type { CostBy, CostOutput } from "../output/cost.ts"
import { csvOfCost, renderCost } from "../render/cost.ts"

export { CostOutput as Output } from "../output/cost.ts"

const ways = ["run", "resource", "provider", "day"] as const satisfies ReadonlyArray<CostBy>

export default class Cost extends BaseCommand {
  static override summary = "show what runs and machines were quoted at and have cost"
  static override description =
    "Every machine is counted once, with the run it was rented for. QUOTED is its price until the deadline it was asked for with; COST is what it was charged once it is gone, and until then price times time."
  static override examples = [
    { description: "Every run", command: "<%= config.bin %> <%= command.id %>" },
    { description: "One run", command: "<%= config.bin %> <%= command.id %> --run train-k3f9" },
    { description: "Each day, for a spreadsheet", command: "<%= config.bin %> <%= command.id %> --by day --csv" }
  ]
  static override flags = {
    run: Flags.string({ summary: "only the machines of this run", helpValue: "RUN" }),
    by: Flags.option({ options: ways, default: "run", summary: "what to count by" })(),
    csv: toggle({ summary: "comma-separated values instead of a table" })
  }

  async run(): Promise<CostOutput> {
    const { flags } = await this.parse(Cost)
    if (flags.csv && this.jsonEnabled()) throw usage("--csv and --json exclude each other")
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
    const output = costOutput(flags.by, facts, Date.now())
    this.print(flags.csv ? csvOfCost(output) : renderCost(output, this.style))
    return output
  }
}
