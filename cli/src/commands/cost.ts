import * as Flags from "@oclif/core/flags"
import { Records } from "@runctl/runtime/Records"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import type { CostOutput } from "../output/cost.ts"
import { renderCost } from "../render/cost.ts"
import { viewCost } from "../views/cost.ts"

export { CostOutput as Output } from "../output/cost.ts"

export default class Cost extends BaseCommand {
  static override summary = "show what machines have cost: price times time, and what was settled"
  static override examples = [
    { description: "By run", command: "<%= config.bin %> <%= command.id %>" },
    { description: "By day", command: "<%= config.bin %> <%= command.id %> --by day" },
    { description: "One run", command: "<%= config.bin %> <%= command.id %> --run train-k3f9" }
  ]
  static override flags = {
    by: Flags.option({
      summary: "what to sum up by",
      options: ["run", "provider", "day"] as const,
      default: "run" as const
    })(),
    run: Flags.string({ summary: "only this run", helpValue: "RUN" })
  }

  async run(): Promise<CostOutput> {
    const { flags } = await this.parse(Cost)
    const { names, records } = await this.effect(
      Effect.gen(function* () {
        const runs = yield* Runs
        const all = yield* (yield* Records).resources
        const only = flags.run === undefined ? undefined : (yield* runs.get(flags.run)).id
        return {
          names: new Map<string, string>((yield* runs.list).map(({ id, spec }) => [id, spec.name])),
          records: only === undefined ? all : all.filter(({ run }) => run === only)
        }
      })
    )
    const cost = viewCost(records, flags.by, names, Date.now())
    this.print(renderCost(cost, this.style))
    return cost
  }
}
