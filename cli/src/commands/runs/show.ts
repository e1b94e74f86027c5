import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import { word } from "../../flags.ts"
import type { RunOutput } from "../../output/runs.ts"
import { renderRun } from "../../render/runs.ts"
import { viewRun } from "../../views/run.ts"

export { RunOutput as Output } from "../../output/runs.ts"

export default class RunsShow extends BaseCommand {
  static override summary = "show everything about one run"
  static override examples = [
    {
      description: "How it ended, what it left, what it cost",
      command: "<%= config.bin %> <%= command.id %> train-k3f9"
    }
  ]
  static override args = { id: word("run, by id, the beginning of one, or name") }

  async run(): Promise<RunOutput> {
    const { args } = await this.parse(RunsShow)
    const record = await this.effect(
      Effect.flatMap(Runs, (runs) => runs.get(args.id)),
      { isOffline: true }
    )
    const now = Date.now()
    const run = viewRun(record, now)
    this.print(renderRun(run, this.style, now))
    return { run }
  }
}
