import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import type { RunsOutput } from "../../output/runs.ts"
import { renderRuns } from "../../render/runs.ts"
import { viewRuns } from "../../views/run.ts"

export { RunsOutput as Output } from "../../output/runs.ts"

export default class RunsList extends BaseCommand {
  static override summary = "list all runs, newest first"
  static override examples = [
    { description: "Every run that is remembered", command: "<%= config.bin %> <%= command.id %>" }
  ]

  async run(): Promise<RunsOutput> {
    await this.parse(RunsList)
    const records = await this.effect(
      Effect.flatMap(Runs, ({ list }) => list),
      { isOffline: true }
    )
    const now = Date.now()
    const runs = viewRuns(records, now)
    this.print(renderRuns(runs, this.style, now))
    return { runs }
  }
}
